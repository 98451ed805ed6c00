//! Carrying an activation over to a phone: one phone, for minutes, never longer than the link.

use keystead_directory::{
    Error, Result, Timestamp,
    activations::{
        self,
        carry_over::{self, CODE_MINUTES, Presented, Shown, Stage},
    },
    actor::{Actor, ActorType},
    error::LinkRefusal,
    keys::{self, Assigned, Key, KeyKind, KeyState, NewKey, Step},
    roles::Role,
    secret::{Sealer, Token},
    users::{self, User, UserStatus},
};

use super::{keys::step, links::PURPOSES};
use crate::support::{START, TestDb, browser, fresh_credential, hardware, on_both, someone};

fn sealer() -> Sealer {
    Sealer::new(&[7; 32])
}

fn minutes(later: i64) -> Timestamp {
    START.plus_seconds(later * 60)
}

impl TestDb {
    async fn assign_phone(&self, user: &User) -> Assigned {
        let phone = NewKey { kind: KeyKind::Smartphone, ..hardware() };
        self.change(START, async |tx| keys::assign(tx, &Actor::cli(), user, phone).await).await.unwrap()
    }

    async fn show(&self, token: &Token, now: Timestamp) -> Result<Shown> {
        self.change(now, async |tx| carry_over::show_by_link(tx, &sealer(), &browser(), token).await).await
    }

    async fn show_for(&self, actor: &Actor, key: &Key, now: Timestamp) -> Result<Shown> {
        self.change(now, async |tx| carry_over::show_for_key(tx, &sealer(), actor, key.id, None).await).await
    }

    async fn open(&self, presented: &Presented, now: Timestamp) -> Result<Token> {
        let from = Actor { user_agent: Some("A phone".to_owned()), ..browser() };
        Ok(self.change(now, async |tx| carry_over::open(tx, &sealer(), &from, presented).await).await?.0)
    }

    async fn stage(&self, shown: &Shown, now: Timestamp) -> Stage {
        carry_over::follow(&mut self.read().await.unwrap(), &shown.follow, now).await.unwrap().stage
    }
}

fn scanned(shown: &Shown) -> Presented {
    Presented::Scanned(shown.token.clone())
}

fn typed(code: &str) -> Presented {
    Presented::Typed(code.to_owned())
}

fn refused<T>(result: Result<T>) -> LinkRefusal {
    match result {
        Err(Error::Link(refusal)) => refusal,
        Err(other) => panic!("{other:?}"),
        Ok(_) => panic!("it was taken"),
    }
}

#[test]
fn a_phone_that_scans_registers_and_the_computer_sees_each_stage() {
    on_both(|db| async move {
        let user = db.person("jane@example.com").await;
        let given = db.assign_phone(&user).await;
        assert_eq!(db.user(user.id).await.status, UserStatus::Pending);
        let shown = db.show(&given.token, START).await.unwrap();
        assert_eq!(shown.expires_at, minutes(CODE_MINUTES));
        assert_eq!(db.stage(&shown, START).await, Stage::Waiting);
        let phone = db.open(&scanned(&shown), minutes(9)).await.unwrap();
        assert_eq!(db.stage(&shown, minutes(9)).await, Stage::Opened);
        let followed = carry_over::follow(&mut db.read().await.unwrap(), &shown.follow, minutes(9)).await.unwrap();
        assert_eq!(followed.phone.as_deref(), Some("A phone"));
        // The phone's token is good for as long as it takes, past the minutes of the code.
        let (link, holder) =
            activations::inspect(&mut db.read().await.unwrap(), &phone, &PURPOSES, minutes(20)).await.unwrap();
        assert_eq!((link.id, holder.unwrap().id), (given.activation, user.id));
        db.complete(&phone, fresh_credential(), minutes(20)).await.unwrap();
        assert_eq!(db.stage(&shown, minutes(20)).await, Stage::Registered);
        assert_eq!(db.stage(&shown, START.plus_hours(20)).await, Stage::Registered);
        assert_eq!(db.user(user.id).await.status, UserStatus::Active);
        for token in [&given.token, &phone] {
            assert_eq!(refused(db.complete(token, fresh_credential(), minutes(20)).await), LinkRefusal::Used);
        }
        assert_eq!(refused(db.show(&given.token, minutes(20)).await), LinkRefusal::Used);
        let recorded = "select count(distinct action) from activity where user_name = 'jane@example.com' \
             and action in ('key.codeShown', 'key.codeUsed', 'key.registered')";
        assert_eq!(db.number(recorded).await, 3);
    });
}

#[test]
fn a_code_is_typed_in_any_spelling_and_used_once() {
    on_both(|db| async move {
        let user = db.person("jane@example.com").await;
        let given = db.assign_phone(&user).await;
        let shown = db.show(&given.token, START).await.unwrap();
        for wrong in ["", "ABCD", "00000000", "AAAA-AAAA", &shown.code[1..], &format!("{}A", shown.code)] {
            assert_eq!(refused(db.open(&typed(wrong), START).await), LinkRefusal::CodeUnknown, "{wrong}");
        }
        // What is typed is no token, and the token is no code; another server's key finds nothing.
        assert_eq!(refused(db.open(&typed(shown.token.reveal()), START).await), LinkRefusal::CodeUnknown);
        let as_token = Presented::Scanned(Token::presented(&shown.code));
        assert_eq!(refused(db.open(&as_token, START).await), LinkRefusal::CodeUnknown);
        let other = Sealer::new(&[8; 32]);
        let elsewhere = db
            .change(START, async |tx| carry_over::open(tx, &other, &browser(), &typed(&shown.code)).await)
            .await
            .map(drop);
        assert_eq!(refused(elsewhere), LinkRefusal::CodeUnknown);
        let spelling = format!("  {} ", shown.code.to_lowercase().replace('-', " "));
        db.open(&typed(&spelling), START).await.unwrap();
        assert_eq!(refused(db.open(&typed(&shown.code), START).await), LinkRefusal::CodeUsed);
        assert_eq!(refused(db.open(&scanned(&shown), START).await), LinkRefusal::CodeUsed);
    });
}

#[test]
fn of_many_phones_at_once_one_gets_it_and_one_key_is_bound() {
    on_both(|db| async move {
        let user = db.person("jane@example.com").await;
        let given = db.assign_phone(&user).await;
        let shown = db.show(&given.token, START).await.unwrap();
        let all: Vec<_> = (0..20)
            .map(|number| {
                let db = db.clone();
                let presented = if number % 2 == 0 { scanned(&shown) } else { typed(&shown.code) };
                tokio::spawn(async move { db.open(&presented, START).await })
            })
            .collect();
        let mut won = Vec::new();
        for one in all {
            match one.await.unwrap() {
                Ok(token) => won.push(token),
                Err(Error::Link(LinkRefusal::CodeUsed)) => {}
                Err(other) => panic!("{other:?}"),
            }
        }
        assert_eq!(won.len(), 1);
        // The link itself on one phone, what was carried over on the other: still one key.
        let both = [given.token.clone(), won.remove(0)].map(|token| {
            let db = db.clone();
            tokio::spawn(async move { db.complete(&token, fresh_credential(), START).await })
        });
        let mut registered = 0;
        for one in both {
            match one.await.unwrap() {
                Ok(_) => registered += 1,
                Err(Error::Link(LinkRefusal::Used)) => {}
                Err(other) => panic!("{other:?}"),
            }
        }
        assert_eq!(registered, 1);
        assert_eq!(db.number("select count(*) from credentials").await, 1);
    });
}

#[test]
fn a_newer_code_takes_the_activation_back_also_from_a_phone_that_has_it() {
    on_both(|db| async move {
        let user = db.person("jane@example.com").await;
        let given = db.assign_phone(&user).await;
        let first = db.show(&given.token, START).await.unwrap();
        let second = db.show(&given.token, START).await.unwrap();
        assert_eq!(db.stage(&first, START).await, Stage::Replaced);
        assert_eq!(refused(db.open(&scanned(&first), START).await), LinkRefusal::CodeReplaced);
        let taken = db.open(&scanned(&second), START).await.unwrap();
        let third = db.show(&given.token, START).await.unwrap();
        assert_eq!(refused(db.complete(&taken, fresh_credential(), START).await), LinkRefusal::CodeReplaced);
        let phone = db.open(&typed(&third.code), START).await.unwrap();
        db.complete(&phone, fresh_credential(), START).await.unwrap();
        assert_eq!(db.stage(&second, START).await, Stage::Registered);
        assert_eq!(db.number("select count(*) from credentials").await, 1);
    });
}

#[test]
fn many_codes_shown_at_once_leave_one_that_works() {
    on_both(|db| async move {
        let user = db.person("jane@example.com").await;
        let given = db.assign_phone(&user).await;
        let all: Vec<_> = (0..12)
            .map(|_| {
                let (db, token) = (db.clone(), given.token.clone());
                tokio::spawn(async move { db.show(&token, START).await })
            })
            .collect();
        let mut shown = Vec::new();
        for one in all {
            shown.push(one.await.unwrap().unwrap());
        }
        let mut works = 0;
        for shown in shown {
            match db.open(&scanned(&shown), START).await {
                Ok(_) => works += 1,
                Err(Error::Link(LinkRefusal::CodeReplaced)) => {}
                Err(other) => panic!("{other:?}"),
            }
        }
        assert_eq!(works, 1);
    });
}

#[test]
fn a_code_ends_with_its_minutes_and_with_its_link() {
    on_both(|db| async move {
        let user = db.person("jane@example.com").await;
        // To the millisecond.
        let given = db.assign_phone(&user).await;
        let shown = db.show(&given.token, START).await.unwrap();
        assert_eq!(db.stage(&shown, shown.expires_at).await, Stage::Expired);
        assert_eq!(refused(db.open(&scanned(&shown), shown.expires_at).await), LinkRefusal::CodeExpired);
        let last = Timestamp(shown.expires_at.0 - 1);
        let phone = db.open(&scanned(&shown), last).await.unwrap();
        // What the phone got has minutes too.
        let late = last.plus_seconds(15 * 60);
        assert_eq!(refused(db.complete(&phone, fresh_credential(), late).await), LinkRefusal::CodeExpired);
        assert_eq!(db.stage(&shown, late).await, Stage::Expired);
        // It never outlives its link.
        let short = db.assign_phone(&user).await;
        let nearly = Timestamp(short.expires_at.0 - 60_000);
        let shown = db.show(&short.token, nearly).await.unwrap();
        assert_eq!(shown.expires_at, short.expires_at);
        let phone = db.open(&typed(&shown.code), nearly).await.unwrap();
        assert_eq!(refused(db.complete(&phone, fresh_credential(), short.expires_at).await), LinkRefusal::Expired);
        assert_eq!(db.stage(&shown, short.expires_at).await, Stage::Ended);
        // Cancelled, sent again, disabled: before it is opened and after.
        let now = minutes(1);
        for opened in [false, true] {
            for end in ["cancel", "resend", "disable"] {
                let user = db.person(&format!("{end}.{opened}@example.com")).await;
                let given = db.assign_phone(&user).await;
                let shown = db.show(&given.token, now).await.unwrap();
                let phone = if opened { Some(db.open(&scanned(&shown), now).await.unwrap()) } else { None };
                let wanted = match end {
                    "cancel" => {
                        step(&db, given.key.id, Step::Cancel).await.unwrap();
                        LinkRefusal::Cancelled
                    }
                    "resend" => {
                        let resent = keys::resend;
                        db.change(now, async |tx| resent(tx, &Actor::cli(), given.key.id, None, None).await)
                            .await
                            .unwrap();
                        LinkRefusal::Cancelled
                    }
                    _ => {
                        db.change(now, async |tx| users::set_active(tx, &Actor::cli(), user.id, false, None).await)
                            .await
                            .unwrap();
                        LinkRefusal::Disabled
                    }
                };
                assert_eq!(db.stage(&shown, now).await, Stage::Ended, "{end}");
                assert_eq!(refused(db.show(&given.token, now).await), wanted, "{end}");
                match phone {
                    Some(phone) => {
                        assert_eq!(refused(db.complete(&phone, fresh_credential(), now).await), wanted, "{end}");
                    }
                    None => assert_eq!(refused(db.open(&scanned(&shown), now).await), wanted, "{end}"),
                }
            }
        }
        assert_eq!(db.number("select count(*) from credentials").await, 0);
    });
}

#[test]
fn an_administrator_shows_a_code_for_a_phone_that_waits_and_for_nothing_else() {
    on_both(|db| async move {
        let user = db.person("jane@example.com").await;
        let desk = someone(Role::HelpDesk);
        let given = db.assign_phone(&user).await;
        let shown = db.show_for(&desk, &given.key, START).await.unwrap();
        assert_eq!(db.state_of_link(given.activation).await, "open", "the mailed link works, too");
        // The link ran out: a new one is made, which nobody but the code knows.
        let later = given.expires_at;
        let renewed = db.show_for(&desk, &given.key, later).await.unwrap();
        assert_eq!(refused(db.open(&scanned(&shown), later).await), LinkRefusal::Expired);
        let phone = db.open(&typed(&renewed.code), later).await.unwrap();
        db.complete(&phone, fresh_credential(), later).await.unwrap();
        assert_eq!(db.key(given.key.id).await.state, KeyState::Active);
        // Not for a key that is active, for another kind, for a disabled person, or above one's rank.
        let twice = db.show_for(&desk, &given.key, later).await;
        assert!(matches!(twice, Err(Error::IllegalState(_))));
        let other_kind = db.assign(&user).await;
        assert!(matches!(db.show_for(&desk, &other_kind.key, START).await, Err(Error::IllegalState(_))));
        assert!(matches!(db.show(&other_kind.token, START).await, Err(Error::IllegalState(_))));
        let above = db.person_with_role("ada@example.com", Role::Administrator).await;
        let theirs = db.assign_phone(&above).await;
        assert!(matches!(db.show_for(&desk, &theirs.key, START).await, Err(Error::Forbidden(_))));
        let disabled = db.person("didi@example.com").await;
        let waits = db.assign_phone(&disabled).await;
        db.change(START, async |tx| users::set_active(tx, &Actor::cli(), disabled.id, false, None).await)
            .await
            .unwrap();
        assert!(matches!(db.show_for(&desk, &waits.key, START).await, Err(Error::IllegalState(_))));
        assert_eq!(desk.kind, ActorType::User);
    });
}

#[test]
fn a_phone_is_forgotten_with_its_person_and_old_codes_after_a_day() {
    on_both(|db| async move {
        let (jane, joe) = (db.person("jane@example.com").await, db.person("joe@example.com").await);
        let (hers, his) = (db.assign_phone(&jane).await, db.assign_phone(&joe).await);
        let shown = db.show(&hers.token, START).await.unwrap();
        db.show(&his.token, START).await.unwrap();
        db.change(START, async |tx| users::delete(tx, &Actor::cli(), jane.id, None).await).await.unwrap();
        assert_eq!(refused(db.open(&scanned(&shown), START).await), LinkRefusal::CodeUnknown);
        let gone = carry_over::follow(&mut db.read().await.unwrap(), &shown.follow, START).await.map(drop);
        assert_eq!(refused(gone), LinkRefusal::CodeUnknown);
        let forget = async |now| db.change(now, async |tx| carry_over::forget_old(tx).await).await.unwrap();
        assert_eq!(forget(minutes(CODE_MINUTES).plus_hours(24)).await, 0);
        assert_eq!(forget(minutes(CODE_MINUTES).plus_hours(24).plus_seconds(1)).await, 1);
    });
}
