//! What is taken as a message and what is not.

use keystead_agent_protocol::{
    Bytes, CardState, FromAgent, FromServer, Identity, MAX_COMMAND, MAX_FRAME, MAX_READERS, Malformed, Refusal, decode,
    encode,
};
use proptest::prelude::*;

#[test]
fn messages_are_written_as_the_protocol_says() {
    let card = FromAgent::Card {
        reader: "R 0".into(),
        tap: 3,
        fresh: true,
        identity: Identity::Uid { uid: Bytes(vec![4, 1, 2, 3]) },
    };
    let text = r#"{"type":"card","reader":"R 0","tap":3,"fresh":true,"identity":{"kind":"uid","uid":"BAECAw"}}"#;
    assert_eq!(encode(&card), text);
    assert_eq!(decode::<FromAgent>(text).unwrap(), card);

    let refused = FromServer::Refused { reason: Refusal::TooMany, text: "Later.".into() };
    assert_eq!(encode(&refused), r#"{"type":"refused","reason":"tooMany","text":"Later."}"#);

    let state = FromServer::Card {
        reader: "R 0".into(),
        tap: 3,
        state: CardState::Suspended,
        text: "This card is suspended.".into(),
    };
    assert_eq!(decode::<FromServer>(&encode(&state)).unwrap(), state);
}

#[test]
fn the_longest_ctap_message_fits_into_a_frame() {
    let reply = FromServer::Reply { request: u64::MAX, bytes: Bytes(vec![0xff; MAX_COMMAND]) };
    assert!(encode(&reply).len() <= MAX_FRAME);
    assert_eq!(decode::<FromServer>(&encode(&reply)).unwrap(), reply);
    let longer = FromServer::Reply { request: 1, bytes: Bytes(vec![0; MAX_COMMAND + 1]) };
    assert!(matches!(decode::<FromServer>(&encode(&longer)), Err(Malformed::Limit("bytes"))));
}

#[test]
fn a_value_outside_its_limits_is_named() {
    let reader = || "Reader".to_owned();
    let cases = [
        ("readers", FromAgent::Readers { readers: vec![reader(); MAX_READERS + 1] }),
        ("readers", FromAgent::Readers { readers: vec!["a\nb".into()] }),
        ("reader", FromAgent::CardGone { reader: String::new(), tap: 1 }),
        (
            "uid",
            FromAgent::Card {
                reader: reader(),
                tap: 1,
                fresh: true,
                identity: Identity::Uid { uid: Bytes(vec![1; 11]) },
            },
        ),
        (
            "signature",
            FromAgent::Hello {
                agent: "a".into(),
                version: "1".into(),
                platform: "linux".into(),
                signature: Bytes(vec![0; 63]),
            },
        ),
    ];
    for (what, message) in cases {
        match decode::<FromAgent>(&encode(&message)) {
            Err(Malformed::Limit(named)) => assert_eq!(named, what),
            other => panic!("{message:?} gave {other:?}"),
        }
    }
    let nonce = FromServer::Challenge { nonce: Bytes(vec![1; 16]), server: "https://a.example".into() };
    assert!(matches!(decode::<FromServer>(&encode(&nonce)), Err(Malformed::Limit("nonce"))));
    let heartbeat = FromServer::Welcome { name: "Desk".into(), information: Bytes(vec![0]), heartbeat: 1 };
    assert!(matches!(decode::<FromServer>(&encode(&heartbeat)), Err(Malformed::Limit("heartbeat"))));
}

#[test]
fn a_long_frame_is_refused_unread() {
    let frame = "[".repeat(MAX_FRAME + 1);
    assert!(matches!(decode::<FromAgent>(&frame), Err(Malformed::TooLong(_))));
}

#[test]
fn bytes_are_not_shown_in_logs() {
    let command = FromServer::Reply { request: 1, bytes: Bytes(b"secret".to_vec()) };
    assert_eq!(format!("{command:?}"), "Reply { request: 1, bytes: 6 bytes }");
}

proptest! {
    #[test]
    fn anything_may_come_as_a_frame(frame in ".{0,300}") {
        let _ = decode::<FromAgent>(&frame);
        let _ = decode::<FromServer>(&frame);
    }

    #[test]
    fn what_is_taken_is_written_as_it_came(tap: u64, fresh: bool, uid in proptest::collection::vec(any::<u8>(), 4..=10)) {
        let message = FromAgent::Card { reader: "R".into(), tap, fresh, identity: Identity::Uid { uid: Bytes(uid) } };
        prop_assert_eq!(decode::<FromAgent>(&encode(&message)).unwrap(), message);
    }
}
