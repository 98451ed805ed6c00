//! Answers that no authenticator would give. None may panic, and none that differs in a signed
//! bit may be believed.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use proptest::prelude::*;
use serde_json::json;

use super::super::software_authenticator::Statement;
use super::*;

fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        ".{0,12}".prop_map(Value::from),
        prop::collection::vec(any::<u8>(), 0..80).prop_map(|bytes| Value::from(URL_SAFE_NO_PAD.encode(bytes))),
    ];
    leaf.prop_recursive(4, 32, 6, |inner| {
        let name = prop::sample::select(vec![
            "id",
            "rawId",
            "type",
            "response",
            "clientDataJSON",
            "attestationObject",
            "authenticatorData",
            "signature",
            "userHandle",
            "transports",
            "clientExtensionResults",
            "credProps",
            "rk",
        ]);
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
            prop::collection::btree_map(name, inner, 0..8)
                .prop_map(|members| { members.into_iter().map(|(name, value)| (name.to_owned(), value)).collect() }),
        ]
    })
}

/// A change to bytes: at a place, cut off, or with more behind.
#[derive(Debug, Clone)]
enum Change {
    Flip(prop::sample::Index, u8),
    Cut(prop::sample::Index),
    Append(Vec<u8>),
    Replace(prop::sample::Index, Vec<u8>),
}

fn any_change() -> impl Strategy<Value = Change> {
    prop_oneof![
        (any::<prop::sample::Index>(), 0u8..8).prop_map(|(at, bit)| Change::Flip(at, bit)),
        any::<prop::sample::Index>().prop_map(Change::Cut),
        prop::collection::vec(any::<u8>(), 1..40).prop_map(Change::Append),
        (any::<prop::sample::Index>(), prop::collection::vec(any::<u8>(), 1..20))
            .prop_map(|(at, bytes)| Change::Replace(at, bytes)),
    ]
}

fn change(member: &mut Value, change: &Change) {
    let mut bytes = URL_SAFE_NO_PAD.decode(member.as_str().unwrap()).unwrap();
    match change {
        Change::Flip(at, bit) => {
            let at = at.index(bytes.len());
            bytes[at] ^= 1 << bit;
        }
        Change::Cut(at) => bytes.truncate(at.index(bytes.len())),
        Change::Append(more) => bytes.extend(more),
        Change::Replace(at, with) => {
            let at = at.index(bytes.len());
            let end = bytes.len().min(at + with.len());
            bytes.splice(at..end, with.iter().copied());
        }
    }
    *member = json!(URL_SAFE_NO_PAD.encode(bytes));
}

fn any_statement() -> impl Strategy<Value = Statement> {
    prop::sample::select(vec![Statement::None, Statement::PackedSelf, Statement::PackedCertificate])
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn arbitrary_json_is_refused_without_panic(answer in any_json()) {
        let fido = fido();
        let (_, state) = ask_for_a_key();
        prop_assert!(fido.finish_registration(&state, &answer, &Policy::default()).is_err());
        let record = register(&mut SoftwareAuthenticator::new("any"));
        let (_, state) = fido.start_authentication(Hint::None).unwrap();
        prop_assert!(fido.finish_authentication(&state, &answer, &record, PERSON).is_err());
        let _ = identify(&answer);
    }

    #[test]
    fn a_registration_with_any_member_replaced_does_not_panic(
        statement in any_statement(),
        member in prop::sample::select(vec![
            "/id", "/rawId", "/type", "/response", "/response/clientDataJSON",
            "/response/attestationObject", "/response/transports", "/clientExtensionResults",
            "/clientExtensionResults/credProps", "/authenticatorAttachment",
        ]),
        replacement in any_json(),
    ) {
        let (options, state) = ask_for_a_key();
        let mut authenticator = SoftwareAuthenticator::new("replaced").attesting(statement);
        let mut answer = authenticator.create(&options, ORIGIN);
        *answer.pointer_mut(member).unwrap() = replacement;
        let _ = fido().finish_registration(&state, &answer, &Policy::default());
    }

    #[test]
    fn a_changed_attestation_object_does_not_panic(
        statement in any_statement(),
        changes in prop::collection::vec(any_change(), 1..4),
    ) {
        let (options, state) = ask_for_a_key();
        let mut authenticator = SoftwareAuthenticator::new("changed").attesting(statement);
        let mut answer = authenticator.create(&options, ORIGIN);
        for one in &changes {
            if answer["response"]["attestationObject"] != json!("") {
                change(&mut answer["response"]["attestationObject"], one);
            }
        }
        let _ = fido().finish_registration(&state, &answer, &Policy::default());
    }

    #[test]
    fn client_data_changed_after_attestation_is_refused(
        statement in prop::sample::select(vec![Statement::PackedSelf, Statement::PackedCertificate]),
        at in any::<prop::sample::Index>(),
        bit in 0u8..8,
    ) {
        let (options, state) = ask_for_a_key();
        let mut authenticator = SoftwareAuthenticator::new("changed").attesting(statement);
        let mut answer = authenticator.create(&options, ORIGIN);
        change(&mut answer["response"]["clientDataJSON"], &Change::Flip(at, bit));
        prop_assert!(fido().finish_registration(&state, &answer, &Policy::default()).is_err());
    }

    #[test]
    fn an_assertion_that_differs_anywhere_is_refused(
        member in prop::sample::select(vec![
            "clientDataJSON", "authenticatorData", "signature", "userHandle",
        ]),
        difference in any_change(),
    ) {
        let mut authenticator = SoftwareAuthenticator::new("changed");
        let record = register(&mut authenticator);
        let fido = fido();
        let (options, state) = fido.start_authentication(Hint::None).unwrap();
        let honest = authenticator.get(&options, ORIGIN).unwrap();
        let mut answer = honest.clone();
        change(&mut answer["response"][member], &difference);
        let result = fido.finish_authentication(&state, &answer, &record, PERSON);
        prop_assert_eq!(result.is_ok(), answer == honest);
    }
}
