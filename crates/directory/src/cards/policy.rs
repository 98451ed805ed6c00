//! What an organisation asks of its cards.

use serde::{Deserialize, Serialize};

use crate::error::FieldError;

/// What cards may do and what their PINs have to be like.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
#[expect(clippy::struct_excessive_bools, reason = "each rule is there or isn't, and none depends on another")]
pub struct CardPolicy {
    /// Whether every card has a PIN. Without one, whoever has the badge, or a copy of its number and an enrolled
    /// workstation, signs in with it.
    pub pin_required: bool,
    /// The fewest characters (code points) of a PIN, 4 to 63.
    pub minimum_length: u8,
    /// At least one digit.
    pub digit: bool,
    /// At least one lower case letter.
    pub lower: bool,
    /// At least one upper case letter.
    pub upper: bool,
    /// At least one character that is neither letter nor digit.
    pub special: bool,
    /// No three letters or digits that follow one another: 345, cba.
    pub no_sequences: bool,
    /// No character three times in a row.
    pub no_repeats: bool,
    /// How many earlier PINs may not be used again, 0 to 10.
    pub history: u8,
    /// Whether a PIN that was made up must be changed before it is good for anything else.
    pub change_made_up: bool,
}

impl Default for CardPolicy {
    fn default() -> Self {
        Self {
            pin_required: true,
            minimum_length: 6,
            digit: false,
            lower: false,
            upper: false,
            special: false,
            no_sequences: true,
            no_repeats: true,
            history: 3,
            change_made_up: true,
        }
    }
}

impl CardPolicy {
    /// What is outside the limits.
    pub(crate) fn refusals(&self) -> Vec<FieldError> {
        let refused = |field, range| FieldError::new(field, "notAllowed", format!("Choose a number from {range}."));
        let mut refusals = Vec::new();
        if !(4..=63).contains(&self.minimum_length) {
            refusals.push(refused("cardPolicy.minimumLength", "4 to 63"));
        }
        if self.history > 10 {
            refusals.push(refused("cardPolicy.history", "0 to 10"));
        }
        refusals
    }
}
