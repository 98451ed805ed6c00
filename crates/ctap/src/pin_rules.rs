//! What an organisation asks of a card's PIN.

/// The fewest code points that CTAP allows a PIN (CTAP 2.1 §6.5.1).
pub const SHORTEST_PIN: u8 = 4;

/// The most bytes of UTF-8 that CTAP allows a PIN.
pub const LONGEST_PIN: usize = 63;

/// As many code points as these in a row make a sequence or a repetition.
const RUN: usize = 3;

/// What a PIN has to be like. The default is what CTAP itself asks: 4 code points of any kind.
///
/// ```
/// use keystead_ctap::{PinRules, PinViolation};
///
/// let rules = PinRules { minimum_length: 6, digit: true, no_sequences: true, ..PinRules::default() };
/// assert_eq!(rules.check("482915"), Ok(()));
/// assert_eq!(rules.check("4829"), Err(PinViolation::TooShort));
/// assert_eq!(rules.check("481234"), Err(PinViolation::Sequence));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "each rule is there or isn't, and none depends on another")]
pub struct PinRules {
    /// The fewest code points, [`SHORTEST_PIN`] to [`LONGEST_PIN`]; values outside are taken as the nearest of these.
    pub minimum_length: u8,
    /// At least one digit, of any script.
    pub digit: bool,
    /// At least one lower case letter.
    pub lower: bool,
    /// At least one upper case letter.
    pub upper: bool,
    /// At least one code point that is neither letter nor digit.
    pub special: bool,
    /// No three letters or digits that follow one another, up or down: 345, cba.
    pub no_sequences: bool,
    /// No code point three times in a row.
    pub no_repeats: bool,
}

impl Default for PinRules {
    fn default() -> Self {
        Self {
            minimum_length: SHORTEST_PIN,
            digit: false,
            lower: false,
            upper: false,
            special: false,
            no_sequences: false,
            no_repeats: false,
        }
    }
}

/// What a PIN lacks, or has too much of: the first rule that it breaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PinViolation {
    /// Fewer code points than asked.
    #[error("The PIN is too short.")]
    TooShort,
    /// More than [`LONGEST_PIN`] bytes.
    #[error("The PIN is too long.")]
    TooLong,
    /// No digit.
    #[error("The PIN needs a digit.")]
    NoDigit,
    /// No lower case letter.
    #[error("The PIN needs a lower case letter.")]
    NoLower,
    /// No upper case letter.
    #[error("The PIN needs an upper case letter.")]
    NoUpper,
    /// Nothing but letters and digits.
    #[error("The PIN needs a character that is neither a letter nor a digit.")]
    NoSpecial,
    /// Neighbours in the alphabet or among the digits, three or more.
    #[error("The PIN has characters that follow one another, such as 123 or cba.")]
    Sequence,
    /// The same code point three times or more.
    #[error("The PIN repeats a character three times.")]
    Repetition,
}

impl PinRules {
    /// The fewest code points, within what CTAP allows.
    pub fn minimum_length(&self) -> u8 {
        self.minimum_length.clamp(SHORTEST_PIN, 63)
    }

    /// Whether this PIN, in NFC, is one that the organisation takes.
    pub fn check(&self, pin: &str) -> Result<(), PinViolation> {
        let points: Vec<char> = pin.chars().collect();
        let lacks = |rule: bool, kind: fn(char) -> bool| rule && !points.iter().copied().any(kind);
        if points.len() < usize::from(self.minimum_length()) {
            Err(PinViolation::TooShort)
        } else if pin.len() > LONGEST_PIN {
            Err(PinViolation::TooLong)
        } else if lacks(self.digit, char::is_numeric) {
            Err(PinViolation::NoDigit)
        } else if lacks(self.lower, char::is_lowercase) {
            Err(PinViolation::NoLower)
        } else if lacks(self.upper, char::is_uppercase) {
            Err(PinViolation::NoUpper)
        } else if lacks(self.special, |point| !point.is_alphanumeric()) {
            Err(PinViolation::NoSpecial)
        } else if self.no_sequences && (has_run(&points, 1) || has_run(&points, -1)) {
            Err(PinViolation::Sequence)
        } else if self.no_repeats && has_run(&points, 0) {
            Err(PinViolation::Repetition)
        } else {
            Ok(())
        }
    }
}

/// Whether [`RUN`] neighbours each differ from the one before by this; what is neither letter nor digit has no order.
fn has_run(points: &[char], step: i64) -> bool {
    let follows = |a: char, b: char| {
        i64::from(u32::from(b)) - i64::from(u32::from(a)) == step
            && (step == 0 || (a.is_alphanumeric() && b.is_alphanumeric()))
    };
    points.windows(RUN).any(|run| run.windows(2).all(|pair| follows(pair[0], pair[1])))
}
