//! The watcher with the real PC/SC service, virtual readers and virtual badges.

use std::time::{Duration, Instant};

use keystead_agent::watcher::{Event, READING_TIME};
use keystead_agent_protocol::{Bytes, Identity, Unusable};

use crate::support::badge::{ATR, Answer, Badge};
use crate::support::namespace::within;
use crate::support::rig::{READERS, Service, Watch};

const UID: &[u8] = &[0x04, 0xa1, 0xb2, 0xc3, 0xd4, 0xe5, 0xf6];

fn uid(bytes: &[u8]) -> Identity {
    Identity::Uid { uid: Bytes(bytes.to_vec()) }
}

const UNREADABLE: Identity = Identity::Unusable { reason: Unusable::Unreadable };

fn gone(reader: usize, tap: u64) -> Event {
    Event::Gone { reader: READERS[reader].into(), tap }
}

#[test]
fn a_badge_comes_is_read_goes_and_comes_again() {
    within(|| {
        let _service = Service::start();
        let mut watch = Watch::with_readers();
        for tap in 1..=2 {
            let badge = Badge::with_uid(0, UID);
            assert_eq!(watch.card(), (READERS[0].into(), tap, true, uid(UID)));
            drop(badge);
            assert_eq!(watch.next(), gone(0, tap));
            watch.nothing_for(Duration::from_millis(600));
        }
    });
}

#[test]
fn two_badges_on_two_readers_are_told_apart() {
    within(|| {
        let _service = Service::start();
        let mut watch = Watch::with_readers();
        let first = Badge::with_uid(0, UID);
        let second = Badge::with_uid(1, &[0x04, 1, 2, 3]);
        let mut cards = [watch.card(), watch.card()];
        cards.sort_by_key(|card| card.0.clone());
        assert_eq!((cards[0].0.as_str(), &cards[0].3), (READERS[0], &uid(UID)));
        assert_eq!((cards[1].0.as_str(), &cards[1].3), (READERS[1], &uid(&[0x04, 1, 2, 3])));
        assert_ne!(cards[0].1, cards[1].1, "each lying has a number of its own");
        drop(second);
        assert_eq!(watch.next(), gone(1, cards[1].1));
        drop(first);
        assert_eq!(watch.next(), gone(0, cards[0].1));
    });
}

#[test]
fn a_badge_that_lay_there_before_the_watch_is_no_tap() {
    within(|| {
        let _service = Service::start();
        let _badge = Badge::with_uid(0, UID);
        // The service has to have seen it.
        std::thread::sleep(Duration::from_secs(2));
        let mut watch = Watch::begin();
        assert!(matches!(watch.next(), Event::Readers(_)));
        assert_eq!(watch.card(), (READERS[0].into(), 1, false, uid(UID)));
    });
}

#[test]
fn a_badge_pulled_at_any_command_is_named_unreadable_and_the_next_one_is_read() {
    within(|| {
        let _service = Service::start();
        let mut watch = Watch::with_readers();
        for (tap, commands) in [(1, 0), (3, 1)] {
            let mut taken = 0;
            let _pulled = Badge::lay(0, ATR, move |_| {
                taken += 1;
                if taken > commands { Answer::Leave } else { Answer::Bytes(vec![0x6a, 0x82]) }
            });
            assert_eq!(watch.card(), (READERS[0].into(), tap, true, UNREADABLE), "pulled after {commands} commands");
            assert_eq!(watch.next(), gone(0, tap));
            watch.nothing_for(Duration::from_millis(600));
            let whole = Badge::with_uid(0, UID);
            assert_eq!(watch.card(), (READERS[0].into(), tap + 1, true, uid(UID)));
            drop(whole);
            assert_eq!(watch.next(), gone(0, tap + 1));
            watch.nothing_for(Duration::from_millis(600));
        }
    });
}

#[test]
fn garbage_from_a_card_is_no_identity() {
    within(|| {
        let _service = Service::start();
        let mut watch = Watch::with_readers();
        let long = vec![0x55; 4000];
        let garbage: [(&[u8], &[u8]); 6] = [
            (&[0xff; 33], &[0x90, 0x00]),
            (&[0x00], &[0x90, 0x00]),
            (ATR, &[]),
            (ATR, &[0x90]),
            (ATR, &[1, 2, 3, 0x90, 0x00]),
            (ATR, &long),
        ];
        for (atr, answer) in garbage {
            let bytes = answer.to_vec();
            let badge = Badge::lay(0, atr, move |_| Answer::Bytes(bytes.clone()));
            let (_, tap, _, identity) = watch.card();
            assert!(matches!(identity, Identity::Unusable { .. }), "{atr:x?} {answer:x?} gave {identity:?}");
            drop(badge);
            assert_eq!(watch.next(), gone(0, tap));
            watch.nothing_for(Duration::from_millis(600));
        }
        let _badge = Badge::with_uid(0, UID);
        assert_eq!(watch.card().3, uid(UID), "and the next badge is read");
    });
}

#[test]
fn a_security_key_and_a_number_made_up_each_time_are_known_for_what_they_are() {
    within(|| {
        let _service = Service::start();
        let mut watch = Watch::with_readers();
        let key = Badge::lay(0, &[0x3b, 0x80, 0x80, 0x01, 0x01], |command| {
            Answer::Bytes(if command.starts_with(&[0, 0xa4, 4, 0]) {
                b"FIDO_2_0\x90\x00".to_vec()
            } else {
                vec![0x6d, 0]
            })
        });
        assert_eq!(watch.card().3, Identity::Fido);
        drop(key);
        watch.next();
        let _phone = Badge::with_uid(1, &[0x08, 1, 2, 3]);
        assert_eq!(watch.card().3, Identity::Unusable { reason: Unusable::RandomNumber });
    });
}

#[test]
fn a_card_that_hangs_holds_up_nobody_else() {
    within(|| {
        let _service = Service::start();
        let mut watch = Watch::with_readers();
        let began = Instant::now();
        let _silent = Badge::lay(0, ATR, |_| Answer::Hang);
        std::thread::sleep(Duration::from_millis(500));
        let badge = Badge::with_uid(1, UID);
        let (reader, ..) = watch.card();
        assert_eq!(reader, READERS[1], "the other reader is served first");
        let (reader, _, _, identity) = watch.card();
        assert_eq!((reader.as_str(), identity), (READERS[0], UNREADABLE));
        assert!(began.elapsed() < READING_TIME * 4, "the silent card was named after {:?}", began.elapsed());
        drop(badge);
        assert!(matches!(watch.next(), Event::Gone { .. }));
    });
}

#[test]
fn the_service_may_end_and_come_back() {
    within(|| {
        let service = Service::start();
        let mut watch = Watch::with_readers();
        let badge = Badge::with_uid(0, UID);
        let (_, tap, ..) = watch.card();
        drop(service);
        assert_eq!(watch.next(), gone(0, tap), "a card that can't be seen is not there");
        assert!(matches!(watch.next(), Event::NoService(_)));
        watch.nothing_for(Duration::from_secs(3));
        drop(badge);

        let _service = Service::start();
        assert_eq!(watch.next(), Event::Readers(READERS.map(Into::into).into()));
        watch.nothing_for(Duration::from_secs(1));
        let _badge = Badge::with_uid(0, UID);
        let (_, again, fresh, identity) = watch.card();
        assert!(again > tap && fresh, "taps count on");
        assert_eq!(identity, uid(UID));
    });
}

#[test]
fn without_a_service_that_is_said_once_and_it_is_found_when_it_starts() {
    within(|| {
        let mut watch = Watch::begin();
        assert_eq!(watch.next(), Event::NoService(pcsc::Error::NoService));
        watch.nothing_for(Duration::from_secs(3));
        let _service = Service::start();
        assert!(matches!(watch.next(), Event::Readers(_)));
    });
}
