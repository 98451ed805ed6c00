//! Asks a card who it is. Here are the APDUs (ISO/IEC 7816-4) and what their answers mean; carrying them is up to
//! whoever has the card.
//!
//! The strongest means comes first. A means that needs the server (`DESFire`: a challenge that the agent carries to the
//! card) has its place between the two that there are.

use keystead_agent_protocol::{Bytes, Identity, Unusable};

/// SELECT of the FIDO applet, by its AID (CTAP 2.1 §11.3.3).
const SELECT_FIDO: &[u8] = &[0x00, 0xa4, 0x04, 0x00, 0x08, 0xa0, 0x00, 0x00, 0x06, 0x47, 0x2f, 0x00, 0x01, 0x00];

/// GET DATA of the card's number, answered by the reader (PC/SC part 3 §3.2.2.1.3).
const GET_UID: &[u8] = &[0xff, 0xca, 0x00, 0x00, 0x00];

/// The longest answer to a short APDU, in bytes: 256 of data and the status word.
pub const MAX_ANSWER: usize = 258;

/// The card did not take an APDU, and will take no other.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("the card has left the reader")]
pub struct Left;

/// Finds out who a card is. `transmit` carries an APDU to it: None if the card or the reader could not take this one.
///
/// # Errors
/// [`Left`] from `transmit`.
pub fn identify(mut transmit: impl FnMut(&[u8]) -> Result<Option<Vec<u8>>, Left>) -> Result<Identity, Left> {
    // Plain badges refuse the SELECT, or the reader does for them.
    if transmit(SELECT_FIDO)?.as_deref().is_some_and(is_fido) {
        return Ok(Identity::Fido);
    }
    Ok(transmit(GET_UID)?.map_or(Identity::Unusable { reason: Unusable::Unreadable }, |answer| of_uid(&answer)))
}

/// An authenticator names its version; any other applet that happens to take the AID does not.
fn is_fido(answer: &[u8]) -> bool {
    data(answer).is_some_and(|data| data.starts_with(b"U2F_V2") || data.starts_with(b"FIDO_2"))
}

fn of_uid(answer: &[u8]) -> Identity {
    let unusable = |reason| Identity::Unusable { reason };
    if answer.len() < 2 || answer.len() > MAX_ANSWER {
        return unusable(Unusable::Unreadable);
    }
    match data(answer) {
        None => unusable(Unusable::NoNumber),
        // ISO/IEC 14443-3 §6.5.4: a single-size number that begins with 08 is made anew each time.
        Some([0x08, _, _, _]) => unusable(Unusable::RandomNumber),
        // What a reader makes up when it has nothing.
        Some(uid) if uid.iter().all(|byte| *byte == 0) || uid.iter().all(|byte| *byte == 0xff) => {
            unusable(Unusable::NoNumber)
        }
        Some(uid) if (4..=10).contains(&uid.len()) => Identity::Uid { uid: Bytes(uid.to_vec()) },
        Some(_) => unusable(Unusable::Unreadable),
    }
}

/// The data of an answer whose status word is 9000.
fn data(answer: &[u8]) -> Option<&[u8]> {
    answer.strip_suffix(&[0x90, 0x00])
}

#[cfg(test)]
mod tests {
    use super::{GET_UID, Left, identify};
    use keystead_agent_protocol::{Bytes, Identity, Unusable};

    /// A card that answers SELECT and GET DATA like this.
    fn identity(select: Option<&[u8]>, uid: Option<&[u8]>) -> Identity {
        let answer = |apdu: &[u8]| if apdu == GET_UID { uid } else { select };
        identify(|apdu| Ok(answer(apdu).map(<[u8]>::to_vec))).unwrap()
    }

    fn unusable(reason: Unusable) -> Identity {
        Identity::Unusable { reason }
    }

    const REFUSED: Option<&[u8]> = Some(&[0x6a, 0x82]);

    #[test]
    fn a_badge_is_known_by_its_number() {
        for uid in [&[4, 1, 2, 3][..], &[4, 1, 2, 3, 4, 5, 6], &[1; 10], &[0, 0, 0, 1]] {
            let answer = [uid, &[0x90, 0x00]].concat();
            assert_eq!(identity(REFUSED, Some(&answer)), Identity::Uid { uid: Bytes(uid.to_vec()) });
            // Readers that can't carry a SELECT to a card without applets.
            assert_eq!(identity(None, Some(&answer)), Identity::Uid { uid: Bytes(uid.to_vec()) });
        }
    }

    #[test]
    fn a_security_key_is_not_taken_for_a_badge() {
        for version in [&b"U2F_V2\x90\x00"[..], b"FIDO_2_0\x90\x00"] {
            assert_eq!(identity(Some(version), Some(&[4, 1, 2, 3, 0x90, 0])), Identity::Fido);
        }
        let other_applet = Some(&b"hello\x90\x00"[..]);
        assert!(matches!(identity(other_applet, Some(&[4, 1, 2, 3, 0x90, 0])), Identity::Uid { .. }));
    }

    #[test]
    fn a_number_made_up_each_time_is_none() {
        assert_eq!(identity(REFUSED, Some(&[8, 1, 2, 3, 0x90, 0])), unusable(Unusable::RandomNumber));
    }

    #[test]
    fn a_card_without_a_number_says_so() {
        for answer in [&[0x6a, 0x81][..], &[0x63, 0x00], &[0, 0, 0, 0, 0x90, 0], &[0xff, 0xff, 0xff, 0xff, 0x90, 0]] {
            assert_eq!(identity(REFUSED, Some(answer)), unusable(Unusable::NoNumber), "{answer:x?}");
        }
    }

    #[test]
    fn garbage_is_no_number() {
        let long = [7; 300];
        for answer in [&[][..], &[0x90], &[1, 2, 3, 0x90, 0], &[1; 11].map(|_| 0x90), &long] {
            let found = identity(REFUSED, Some(answer));
            assert!(matches!(found, Identity::Unusable { .. }), "{answer:x?} gave {found:?}");
        }
        let eleven = [&[5; 11][..], &[0x90, 0]].concat();
        assert_eq!(identity(REFUSED, Some(&eleven)), unusable(Unusable::Unreadable));
        assert_eq!(identity(None, None), unusable(Unusable::Unreadable));
    }

    #[test]
    fn a_card_that_left_is_asked_no_more() {
        let mut asked = 0;
        let left = identify(|_| {
            asked += 1;
            Err(Left)
        });
        assert_eq!((left, asked), (Err(Left), 1));
    }
}
