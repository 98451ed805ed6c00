//! Ceremonies against the software authenticator: the honest ways through, and every lie.

mod authentication;
mod ceremonies;
mod options;
mod registration;
mod robustness;
mod rs256;

use serde_json::Value;
use url::Url;
use uuid::{Uuid, uuid};

use super::software_authenticator::{Lie, SoftwareAuthenticator};
use super::{
    Authenticated, CredentialRecord, Fido, Hint, NewCredential, Policy, Refused, Registered, RegistrationState,
    identify,
};

const ORIGIN: &str = "https://keys.example.org:8443";
const PERSON: Uuid = uuid!("018f3c1e-7b2a-7000-8000-000000000001");
const SOMEBODY_ELSE: Uuid = uuid!("018f3c1e-7b2a-7000-8000-000000000002");

fn fido() -> Fido {
    Fido::new(&Url::parse(ORIGIN).unwrap()).unwrap()
}

fn person(hint: Hint) -> NewCredential<'static> {
    NewCredential {
        organisation_name: "Example Ltd",
        user: PERSON,
        name: "jane@example.org",
        display_name: "Jane Roe",
        exclude: &[],
        hint,
    }
}

fn ask_for_a_key() -> (Value, RegistrationState) {
    fido().start_registration(&person(Hint::SecurityKey), &Policy::default()).unwrap()
}

fn register_with(
    authenticator: &mut SoftwareAuthenticator,
    policy: &Policy,
    lies: &[Lie],
) -> Result<Registered, Refused> {
    let (options, state) = ask_for_a_key();
    let answer = authenticator.create_with(&options, ORIGIN, lies);
    fido().finish_registration(&state, &answer, policy)
}

fn register(authenticator: &mut SoftwareAuthenticator) -> CredentialRecord {
    register_with(authenticator, &Policy::default(), &[]).unwrap().record
}

fn sign_in_with(
    authenticator: &mut SoftwareAuthenticator,
    record: &CredentialRecord,
    lies: &[Lie],
) -> Result<Authenticated, Refused> {
    let (options, state) = fido().start_authentication(Hint::None).unwrap();
    let answer = authenticator.get_with(&options, ORIGIN, lies).unwrap();
    fido().finish_authentication(&state, &answer, record, PERSON)
}
