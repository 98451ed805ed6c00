//! Tells a tap from a card that lies there, for one reader. Without I/O or clock.
//!
//! A tap stands for a person's presence, so it has to be an act: a card is fresh when the reader was watched and empty
//! for a while before. A card that lay there when the watch began is not, and one at the edge of the field, which comes
//! and goes by itself, is not either.

/// How long a reader must have been empty before a card on it is a tap, in milliseconds. A hand takes longer to lift a
/// card and lay it down again; a card at the edge of the field flickers faster.
pub const EMPTY_BEFORE_TAP: u64 = 400;

/// What one look at a reader showed.
#[derive(Clone, Copy, Debug)]
pub struct Look {
    /// Whether a card lies there.
    pub present: bool,
    /// How many times a card came or went, as the PC/SC service counts them.
    pub changes: u32,
}

/// What changed between two looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    /// A card came; whether that is a tap.
    Came {
        /// Somebody has just laid it there.
        fresh: bool,
    },
    /// The card went.
    Went,
}

/// What is known of a reader.
#[derive(Debug, Default)]
pub struct Taps {
    seen: Option<(Look, u64)>,
}

impl Taps {
    /// Takes a look at the time `now`, in milliseconds of a clock that does not go back.
    pub fn look(&mut self, look: Look, now: u64) -> Vec<Change> {
        let before = self.seen.replace((look, now));
        let Some((last, at)) = before else {
            return if look.present { vec![Change::Came { fresh: false }] } else { Vec::new() };
        };
        match (last.present, look.present) {
            (false, true) => {
                // More than one change: it came, went and came since the last look.
                let once = look.changes.wrapping_sub(last.changes) <= 1;
                vec![Change::Came { fresh: once && now.saturating_sub(at) >= EMPTY_BEFORE_TAP }]
            }
            (true, false) => vec![Change::Went],
            // Gone and back, or another card, too fast to see.
            (true, true) if look.changes != last.changes => vec![Change::Went, Change::Came { fresh: false }],
            (false, false) if look.changes == last.changes => {
                // Still empty: since when is what counts.
                self.seen = Some((look, at));
                Vec::new()
            }
            _ => Vec::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Change, Look, Taps};

    /// Looks at (present, changes, time), and what the last one showed.
    fn after(looks: &[(bool, u32, u64)]) -> Vec<Change> {
        let mut taps = Taps::default();
        looks.iter().fold(Vec::new(), |_, (present, changes, now)| {
            taps.look(Look { present: *present, changes: *changes }, *now)
        })
    }

    const TAP: &[Change] = &[Change::Came { fresh: true }];
    const NO_TAP: &[Change] = &[Change::Came { fresh: false }];

    #[test]
    fn a_card_laid_on_an_empty_reader_is_a_tap() {
        assert_eq!(after(&[(false, 0, 0), (true, 1, 400)]), TAP);
        assert_eq!(after(&[(false, 0, 0), (true, 1, 5_000), (false, 2, 6_000), (true, 3, 6_400)]), TAP);
    }

    #[test]
    fn a_card_that_lay_there_before_the_watch_is_no_tap() {
        assert_eq!(after(&[(true, 1, 9_000)]), NO_TAP);
    }

    #[test]
    fn a_flickering_card_is_no_tap() {
        assert_eq!(after(&[(false, 0, 0), (true, 1, 1_000), (false, 2, 2_000), (true, 3, 2_399)]), NO_TAP);
        assert_eq!(after(&[(false, 0, 0), (true, 3, 1_000)]), NO_TAP, "it came twice since the last look");
        assert_eq!(
            after(&[(false, 0, 0), (true, 1, 1_000), (true, 3, 2_000)]),
            [Change::Went, Change::Came { fresh: false }],
            "it went and came since the last look"
        );
        assert_eq!(
            after(&[(false, 0, 0), (false, 2, 1_000), (true, 3, 1_200)]),
            NO_TAP,
            "it came and went just before"
        );
    }

    #[test]
    fn looking_often_at_an_empty_reader_does_not_hinder_a_tap() {
        assert_eq!(after(&[(false, 0, 0), (false, 0, 300), (true, 1, 500)]), TAP);
    }

    #[test]
    fn a_card_that_stays_is_nothing_new() {
        assert_eq!(after(&[(false, 0, 0), (true, 1, 1_000), (true, 1, 60_000)]), []);
        assert_eq!(after(&[(false, 0, 0), (true, 1, 1_000), (false, 2, 1_100)]), [Change::Went]);
    }
}
