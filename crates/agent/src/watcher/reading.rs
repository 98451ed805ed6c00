//! One card, asked over a connection of its own to the PC/SC service.

use std::ffi::CStr;
use std::time::{Duration, Instant};

use keystead_agent_protocol::Identity;
use pcsc::{Card, Context, Disposition, Error, Protocols, Scope, ShareMode};

use super::READING_TIME;
use crate::card::{self, Left, MAX_ANSWER};

/// How long to wait before asking again for a card that another program holds.
const SHARING_PAUSE: Duration = Duration::from_millis(100);

/// Asks the card on that reader who it is, alone with it for that moment.
///
/// # Errors
/// The service's word for why there is no telling.
pub fn identify(reader: &CStr) -> Result<Identity, Error> {
    let context = Context::establish(Scope::System)?;
    let mut card = connect(&context, reader)?;
    let mut left = None;
    let identity = {
        let transaction = card.transaction()?;
        let identity = card::identify(|apdu| {
            let mut answer = [0; MAX_ANSWER];
            match transaction.transmit(apdu, &mut answer) {
                Ok(answer) => Ok(Some(answer.to_vec())),
                Err(error) if has_left(error) => {
                    left = Some(error);
                    Err(Left)
                }
                Err(error) => {
                    tracing::debug!("The reader did not carry a command: {error}");
                    Ok(None)
                }
            }
        });
        // Other programs may have business with the card: it is left as it is.
        let _ = transaction.end(Disposition::LeaveCard);
        identity
    };
    let _ = card.disconnect(Disposition::LeaveCard);
    identity.map_err(|Left| left.unwrap_or(Error::RemovedCard))
}

/// Other programs look at a new card too, and some of them alone.
fn connect(context: &Context, reader: &CStr) -> Result<Card, Error> {
    let began = Instant::now();
    loop {
        match context.connect(reader, ShareMode::Shared, Protocols::ANY) {
            Err(Error::SharingViolation) if began.elapsed() < READING_TIME => std::thread::sleep(SHARING_PAUSE),
            outcome => return outcome,
        }
    }
}

fn has_left(error: Error) -> bool {
    matches!(
        error,
        Error::RemovedCard
            | Error::NoSmartcard
            | Error::ResetCard
            | Error::UnpoweredCard
            | Error::ReaderUnavailable
            | Error::NoService
            | Error::ServiceStopped
            | Error::InvalidHandle
    )
}
