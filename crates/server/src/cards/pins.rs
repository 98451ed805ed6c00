//! What PINs have to be like, and PINs that are made up.

use keystead_ctap::{PinRules, store::PinHash};
use keystead_directory::{Error, cards::CardPolicy, secret};
use unicode_normalization::UnicodeNormalization as _;
use zeroize::Zeroizing;

/// Without characters that look alike.
const DIGITS: &str = "23456789";
const LOWER: &str = "abcdefghjkmnpqrstuvwxyz";
const UPPER: &str = "ABCDEFGHJKLMNPQRSTUVWXYZ";
const SPECIAL: &str = "+-=?!#%";

/// A made-up PIN has at least so many characters.
const SHORTEST: u8 = 6;

/// The organisation's rules, as cards check them.
pub fn rules(policy: &CardPolicy) -> PinRules {
    PinRules {
        minimum_length: policy.minimum_length,
        digit: policy.digit,
        lower: policy.lower,
        upper: policy.upper,
        special: policy.special,
        no_sequences: policy.no_sequences,
        no_repeats: policy.no_repeats,
    }
}

/// The hash of a PIN that somebody typed on a page, in the normal form that platforms use (CTAP 2.1, section 6.5.1).
///
/// # Errors
/// `notAllowed` at `pin`, with the rule that it breaks.
pub fn chosen(pin: &str, policy: &CardPolicy) -> Result<PinHash, Error> {
    let pin = Zeroizing::new(pin.nfc().collect::<String>());
    rules(policy).check(&pin).map_err(|violation| Error::field("pin", "notAllowed", violation.to_string()))?;
    Ok(PinHash::of(&pin))
}

/// A PIN by the organisation's rules, and never one that is easily guessed whatever they say.
pub fn make_up(policy: &CardPolicy) -> Zeroizing<String> {
    let mut alphabet = DIGITS.to_owned();
    for (wanted, more) in [(policy.lower, LOWER), (policy.upper, UPPER), (policy.special, SPECIAL)] {
        if wanted {
            alphabet.push_str(more);
        }
    }
    let length = policy.minimum_length.max(SHORTEST);
    let rules = PinRules { minimum_length: length, no_sequences: true, no_repeats: true, ..rules(policy) };
    loop {
        let mut pin = Zeroizing::new(String::with_capacity(usize::from(length)));
        for _ in 0..length {
            pin.push(one_of(alphabet.as_bytes()));
        }
        if rules.check(&pin).is_ok() {
            return pin;
        }
    }
}

/// One of at most 256 characters, each as likely as the others.
fn one_of(alphabet: &[u8]) -> char {
    let fair = 256 - 256 % alphabet.len();
    loop {
        let [byte] = secret::random::<1>();
        if usize::from(byte) < fair {
            return char::from(alphabet[usize::from(byte) % alphabet.len()]);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn made_up_pins_keep_every_rule_and_differ() {
        let strict = CardPolicy {
            minimum_length: 12,
            digit: true,
            lower: true,
            upper: true,
            special: true,
            ..CardPolicy::default()
        };
        let loose = CardPolicy { minimum_length: 4, no_sequences: false, no_repeats: false, ..CardPolicy::default() };
        let longest = CardPolicy { minimum_length: 63, ..CardPolicy::default() };
        for policy in [strict, loose, longest, CardPolicy::default()] {
            let pins: Vec<_> = (0..50).map(|_| make_up(&policy)).collect();
            for pin in &pins {
                assert!(pin.chars().count() >= 6 && chosen(pin, &policy).is_ok(), "{}", **pin);
            }
            assert!(pins.iter().any(|pin| *pin != pins[0]));
        }
    }

    #[test]
    fn a_typed_pin_is_normalised_before_it_is_hashed() {
        let policy = CardPolicy { minimum_length: 4, ..CardPolicy::default() };
        let composed = chosen("gr\u{fc}n7", &policy).unwrap();
        assert!(composed == chosen("gru\u{308}n7", &policy).unwrap());
        assert!(chosen("1234", &policy).is_err(), "a sequence");
    }
}
