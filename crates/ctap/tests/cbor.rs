//! CTAP's canonical CBOR: what is read is what is written, and nothing else is read.

use keystead_ctap::cbor::Value;
use proptest::prelude::*;

fn any_value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::Unsigned),
        any::<u64>().prop_map(Value::Negative),
        prop::collection::vec(any::<u8>(), 0..40).prop_map(Value::Bytes),
        ".{0,30}".prop_map(Value::Text),
        any::<bool>().prop_map(Value::Bool),
    ];
    leaf.prop_recursive(4, 60, 6, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Value::Array),
            prop::collection::vec((inner.clone(), inner), 0..6).prop_map(|mut entries| {
                entries.sort_by_key(|(key, _)| key.write());
                entries.dedup_by_key(|(key, _)| key.write());
                Value::Map(entries)
            }),
        ]
    })
}

proptest! {
    #[test]
    fn what_is_written_reads_as_the_same_bytes(value in any_value()) {
        let bytes = value.write();
        let read = Value::read(&bytes).unwrap();
        prop_assert_eq!(read.write(), bytes);
    }

    #[test]
    fn what_is_read_is_written_as_it_came(bytes in prop::collection::vec(any::<u8>(), 0..60)) {
        if let Ok(value) = Value::read(&bytes) {
            prop_assert_eq!(value.write(), bytes);
        }
    }

    #[test]
    fn nothing_is_read_of_a_part(value in any_value(), cut in any::<prop::sample::Index>()) {
        let bytes = value.write();
        prop_assert!(Value::read(&bytes[..cut.index(bytes.len())]).is_err());
        prop_assert!(Value::read(&[&bytes[..], &[0]].concat()).is_err());
    }
}

#[test]
fn other_encodings_of_a_value_are_refused() {
    for bytes in [
        &[0x18, 0x17][..],                                 // 23 in two bytes
        &[0x19, 0, 0xff],                                  // 255 in three
        &[0x1b, 0, 0, 0, 0, 0xff, 0xff, 0xff, 0xff],       // 2³²-1 in nine
        &[0x58, 0x01, 0x00],                               // a length in two bytes
        &[0xa2, 0x02, 0xf4, 0x01, 0xf4],                   // keys out of order
        &[0xa2, 0x01, 0xf4, 0x01, 0xf4],                   // a key twice
        &[0xa2, 0x61, b'a', 0xf4, 0x01, 0xf4],             // a text before a number
        &[0xa2, 0x62, b'a', b'a', 0xf4, 0x61, b'b', 0xf4], // the longer key first
        &[0x9f, 0xff],                                     // indefinite lengths
        &[0x5f, 0xff],
        &[0xc0, 0x00],                                           // a tag
        &[0xf6],                                                 // null
        &[0xf9, 0, 0],                                           // a float
        &[0xf8, 0x14],                                           // false in two bytes
        &[0x61, 0xff],                                           // not UTF-8
        &[0x9b, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff], // as long as can be said
        &[0x81, 0x81, 0x81, 0x81, 0x80],                         // five levels
    ] {
        assert!(Value::read(bytes).is_err(), "{bytes:02x?}");
    }
    assert!(Value::read(&[0x81, 0x81, 0x81, 0x80]).is_ok());
}

#[test]
fn numbers_take_as_few_bytes_as_can_be() {
    for (number, bytes) in [
        (0_i64, &[0x00][..]),
        (23, &[0x17]),
        (24, &[0x18, 24]),
        (256, &[0x19, 1, 0]),
        (65_536, &[0x1a, 0, 1, 0, 0]),
        (1 << 32, &[0x1b, 0, 0, 0, 1, 0, 0, 0, 0]),
        (-1, &[0x20]),
        (-7, &[0x26]),
        (-257, &[0x39, 1, 0]),
    ] {
        let value = Value::from(number);
        assert_eq!(value.write(), bytes);
        assert_eq!(Value::read(bytes), Ok(value));
    }
}
