//! People: what is taken, what is refused, what changes.

use keystead_directory::{
    Error,
    actor::Actor,
    page::PageRequest,
    roles::Role,
    users::{self, NewUser, Origin, UserChange, UserFilter, UserStatus},
};

use crate::support::{START, TestDb, on_both, someone};

fn named(email: &str, display_name: &str) -> NewUser {
    NewUser { display_name: Some(display_name.to_owned()), ..NewUser::local(email) }
}

/// The names of those whom a search finds.
async fn found(db: &TestDb, q: &str) -> Vec<String> {
    let filter = UserFilter { q: Some(q.to_owned()), ..UserFilter::default() };
    let page = users::list(&mut db.read().await.unwrap(), &filter, &PageRequest::new(None, None, None).unwrap())
        .await
        .unwrap();
    let (count, exact) = users::count(&mut db.read().await.unwrap(), &filter).await.unwrap();
    assert!(exact);
    assert_eq!(usize::try_from(count).unwrap(), page.items.len(), "list and count disagree on {q:?}");
    page.items.into_iter().map(|user| user.display_name).collect()
}

#[test]
fn a_person_is_kept_as_given() {
    on_both(|db| async move {
        let new = NewUser {
            user_name: Some("Jane.Doe".to_owned()),
            given_name: Some(" Jane ".to_owned()),
            family_name: Some("Doe".to_owned()),
            phone: Some("+44 20 7946 0000".to_owned()),
            title: Some("Engineer".to_owned()),
            department: Some("Research & Development".to_owned()),
            preferred_language: Some("en-GB".to_owned()),
            origin: Origin::Csv,
            ..NewUser::local("Jane@Example.com")
        };
        let made = db.change(START, async |tx| users::create(tx, &Actor::cli(), new).await).await.unwrap();
        let user = db.user(made.id).await;
        assert_eq!(user.user_name, "Jane.Doe");
        assert_eq!(user.email, "Jane@Example.com");
        assert_eq!(user.display_name, "Jane Doe");
        assert_eq!(user.given_name.as_deref(), Some("Jane"));
        assert_eq!(user.family_name.as_deref(), Some("Doe"));
        assert_eq!(user.phone.as_deref(), Some("+44 20 7946 0000"));
        assert_eq!(user.title.as_deref(), Some("Engineer"));
        assert_eq!(user.department.as_deref(), Some("Research & Development"));
        assert_eq!(user.preferred_language.as_deref(), Some("en-GB"));
        assert_eq!((user.origin, user.status, user.active), (Origin::Csv, UserStatus::New, true));
        assert_eq!((user.created_at, user.updated_at, user.version), (START, START, 1));
        assert_eq!(user.last_activity_at, None);
        let mut conn = db.read().await.unwrap();
        assert_eq!(users::find_by_user_name(&mut conn, "JANE.doe").await.unwrap().unwrap().id, made.id);
        assert_eq!(users::find_by_email(&mut conn, "jane@EXAMPLE.com").await.unwrap()[0].id, made.id);
    });
}

#[test]
fn names_of_any_script_are_kept_and_found() {
    on_both(|db| async move {
        let names = [
            ("José Ángel Muñoz", "munoz"),
            ("Zoë Quinn", "ZOE"),
            ("田中 太郎", "田"),
            ("田中太郎", "太郎"),
            ("Владимир Петров", "петр"),
            ("محمد علي", "محمد"),
            ("Σωκράτης", "ΣΩΚΡ"),
            ("นารี สุขใจ", "นาร"),
            ("Seán O'Neill", "O'Neill"),
            ("Anne-Marie Smith", "Anne-Marie"),
            ("J.R. Ewing", "J.R."),
            ("İbrahim Şahin", "ibrahim sahin"),
            ("김민준", "김민"),
            ("👩‍🔬 Lab", "lab"),
        ];
        for (number, (name, _)) in names.iter().enumerate() {
            let new = named(&format!("p{number}@example.com"), name);
            db.change(START, async |tx| users::create(tx, &Actor::cli(), new).await).await.unwrap();
        }
        for (name, q) in names {
            let found = found(&db, q).await;
            assert!(found.iter().any(|n| n == name), "{q:?} does not find {name:?} but {found:?}");
        }
    });
}

#[test]
fn a_user_name_is_unique_without_case_and_normal_form() {
    on_both(|db| async move {
        let pairs = [
            ("Zoe\u{0308}", "zo\u{00EB}"),
            ("JANE", "jane"),
            ("ＦＵＬＬ", "full"),
            ("ΟΔΟΣ", "οδος"),
            ("STRASSE", "straße"),
        ];
        for (number, (one, other)) in pairs.into_iter().enumerate() {
            let with = |name: &str, which: &str| NewUser {
                user_name: Some(name.to_owned()),
                ..NewUser::local(&format!("{which}{number}@example.com"))
            };
            let first =
                db.change(START, async |tx| users::create(tx, &Actor::cli(), with(one, "a")).await).await.unwrap();
            match db.change(START, async |tx| users::create(tx, &Actor::cli(), with(other, "b")).await).await {
                Err(Error::Taken(field)) => {
                    assert_eq!(
                        (field.field.as_str(), field.code, field.user_id),
                        ("userName", "taken", Some(first.id))
                    );
                }
                other => panic!("{one:?} and the other were both taken: {other:?}"),
            }
        }
    });
}

#[test]
fn of_many_who_want_one_user_name_at_once_exactly_one_gets_it() {
    on_both(|db| async move {
        let spellings = ["jane", "JANE", "Jane", "jANE"];
        let all: Vec<_> = (0..20)
            .map(|number| {
                let db = db.clone();
                tokio::spawn(async move {
                    let new = NewUser {
                        user_name: Some(spellings[number % 4].to_owned()),
                        ..NewUser::local(&format!("p{number}@example.com"))
                    };
                    db.change(START, async |tx| users::create(tx, &Actor::cli(), new).await).await
                })
            })
            .collect();
        let mut won = 0;
        for one in all {
            match one.await.unwrap() {
                Ok(_) => won += 1,
                Err(Error::Taken(field)) => assert_eq!(field.field, "userName"),
                Err(other) => panic!("{other:?}"),
            }
        }
        assert_eq!(won, 1);
        assert_eq!(db.number("select count(*) from users").await, 1);
        assert_eq!(db.number("select count(*) from activity").await, 1);
    });
}

#[test]
fn of_many_who_are_renamed_to_one_user_name_at_once_exactly_one_is() {
    on_both(|db| async move {
        let mut people = Vec::new();
        for number in 0..12 {
            people.push(db.person(&format!("p{number}@example.com")).await.id);
        }
        let all: Vec<_> = people
            .into_iter()
            .map(|id| {
                let db = db.clone();
                tokio::spawn(async move {
                    let change = UserChange { user_name: Some("Chosen".to_owned()), ..UserChange::default() };
                    db.change(START, async |tx| users::update(tx, &Actor::cli(), id, change, None).await).await
                })
            })
            .collect();
        let mut won = 0;
        for one in all {
            match one.await.unwrap() {
                Ok(_) => won += 1,
                Err(Error::Taken(field)) => assert_eq!(field.field, "userName"),
                Err(other) => panic!("{other:?}"),
            }
        }
        assert_eq!(won, 1);
        assert_eq!(db.number("select count(*) from users where user_name_key = 'chosen'").await, 1);
    });
}

#[test]
fn an_address_may_be_shared() {
    on_both(|db| async move {
        for name in ["a", "b", "c"] {
            let new = NewUser { user_name: Some(name.to_owned()), ..NewUser::local("desk@example.com") };
            db.change(START, async |tx| users::create(tx, &Actor::cli(), new).await).await.unwrap();
        }
        assert_eq!(users::find_by_email(&mut db.read().await.unwrap(), "DESK@example.com").await.unwrap().len(), 3);
    });
}

#[test]
fn every_field_to_mend_is_named_at_once() {
    on_both(|db| async move {
        let long = "x".repeat(257);
        let bad = NewUser {
            email: "not an address".to_owned(),
            user_name: Some("line\nbreak".to_owned()),
            display_name: Some(long.clone()),
            given_name: Some("\u{202E}turned".to_owned()),
            family_name: Some(long.clone()),
            phone: Some("call me".to_owned()),
            title: Some(long.clone()),
            department: Some("\u{0}".to_owned()),
            preferred_language: Some("not a language".to_owned()),
            group_ids: Vec::new(),
            origin: Origin::Local,
        };
        let Err(Error::Invalid(errors)) =
            db.change(START, async |tx| users::create(tx, &Actor::cli(), bad).await).await
        else {
            panic!("taken")
        };
        let mut fields: Vec<_> = errors.iter().map(|error| error.field.as_str()).collect();
        fields.sort_unstable();
        assert_eq!(
            fields,
            [
                "department",
                "displayName",
                "email",
                "familyName",
                "givenName",
                "phone",
                "preferredLanguage",
                "title",
                "userName"
            ]
        );
        assert_eq!(db.number("select count(*) from users").await, 0);
    });
}

#[test]
fn a_change_keeps_what_is_absent_and_clears_what_is_null() {
    on_both(|db| async move {
        let new = NewUser {
            title: Some("Engineer".to_owned()),
            phone: Some("123".to_owned()),
            department: Some("Lab".to_owned()),
            ..NewUser::local("jane@example.com")
        };
        let user = db.change(START, async |tx| users::create(tx, &Actor::cli(), new).await).await.unwrap();
        let change = UserChange { title: Some(None), phone: Some(Some("456".to_owned())), ..UserChange::default() };
        let later = START.plus_seconds(5);
        let after = db
            .change(later, async |tx| users::update(tx, &Actor::cli(), user.id, change, Some(1)).await)
            .await
            .unwrap();
        assert_eq!(after.title, None);
        assert_eq!(after.phone.as_deref(), Some("456"));
        assert_eq!(after.department.as_deref(), Some("Lab"));
        assert_eq!((after.version, after.created_at, after.updated_at), (2, START, later));
        // The version that somebody read before is stale.
        let change = UserChange { title: Some(Some("Late".to_owned())), ..UserChange::default() };
        let late = db.change(later, async |tx| users::update(tx, &Actor::cli(), user.id, change, Some(1)).await).await;
        assert!(matches!(late, Err(Error::Stale)), "{late:?}");
        assert_eq!(db.user(user.id).await.title, None);
        // Only what changed is recorded.
        let (details,): (String,) = db.one("select details from activity where action = 'user.updated'").await;
        let details: serde_json::Value = serde_json::from_str(&details).unwrap();
        let fields: Vec<_> = details.as_object().unwrap().keys().cloned().collect();
        assert_eq!(fields, ["phone", "title"]);
    });
}

#[test]
fn of_two_administrators_with_one_version_exactly_one_wins() {
    on_both(|db| async move {
        let user = db.person("jane@example.com").await;
        for version in 1..=10 {
            let both: Vec<_> = ["one", "two"]
                .map(|title| {
                    let (db, id) = (db.clone(), user.id);
                    tokio::spawn(async move {
                        let change =
                            UserChange { title: Some(Some(format!("{title} {version}"))), ..UserChange::default() };
                        db.change(START, async |tx| users::update(tx, &Actor::cli(), id, change, Some(version)).await)
                            .await
                    })
                })
                .into_iter()
                .collect();
            let mut won = 0;
            for one in both {
                match one.await.unwrap() {
                    Ok(_) => won += 1,
                    Err(error) => assert!(matches!(error, Error::Stale), "{error:?}"),
                }
            }
            assert_eq!(won, 1);
        }
    });
}

#[test]
fn a_search_finds_the_new_name_and_not_the_old() {
    on_both(|db| async move {
        let new = named("old@contoso.com", "Jane Miller");
        let user = db.change(START, async |tx| users::create(tx, &Actor::cli(), new).await).await.unwrap();
        let change = UserChange {
            display_name: Some("Jane Rossi".to_owned()),
            email: Some("new@fabrikam.com".to_owned()),
            user_name: Some("jrossi".to_owned()),
            ..UserChange::default()
        };
        db.change(START, async |tx| users::update(tx, &Actor::cli(), user.id, change, None).await).await.unwrap();
        for q in ["miller", "old@contoso.com", "contoso", "jane miller"] {
            assert!(found(&db, q).await.is_empty(), "{q}");
        }
        for q in ["rossi", "jane", "new@fab", "fabrikam", "jros", "Rossi Jane"] {
            assert_eq!(found(&db, q).await, ["Jane Rossi"], "{q}");
        }
        for q in ["!!!", "%", "_", "' or 1=1 --", "\u{0}", "\\", "@"] {
            assert!(found(&db, q).await.is_empty(), "{q:?}");
        }
    });
}

#[test]
fn looking_up_what_can_not_be_finds_nobody() {
    on_both(|db| async move {
        db.person("jane@example.com").await;
        let mut conn = db.read().await.unwrap();
        for text in ["", "\u{0}", "jane\u{0}", "%", &"x".repeat(100_000)] {
            assert!(users::find_by_user_name(&mut conn, text).await.unwrap().is_none());
            assert!(users::find_by_email(&mut conn, text).await.unwrap().is_empty());
        }
    });
}

#[test]
fn statuses_follow_the_keys() {
    on_both(|db| async move {
        use keystead_directory::keys::{self, Step};
        let user = db.person("jane@example.com").await;
        let status = async |wanted| assert_eq!(db.user(user.id).await.status, wanted);
        let step = async |id, step| {
            db.change(START, async |tx| keys::step(tx, &Actor::cli(), id, step, None, None).await).await.unwrap();
        };
        status(UserStatus::New).await;
        let first = db.assign(&user).await;
        status(UserStatus::Pending).await;
        step(first.key.id, Step::Cancel).await;
        status(UserStatus::New).await;
        let key = db.active_key(&user).await;
        status(UserStatus::Active).await;
        let second = db.assign(&user).await;
        status(UserStatus::Active).await;
        step(key.id, Step::Suspend).await;
        status(UserStatus::Active).await;
        step(key.id, Step::Revoke).await;
        status(UserStatus::Pending).await;
        let set = async |active| {
            db.change(START, async |tx| users::set_active(tx, &Actor::cli(), user.id, active, None).await)
                .await
                .unwrap()
        };
        assert_eq!(set(false).await.status, UserStatus::Disabled);
        assert_eq!(set(true).await.status, UserStatus::Pending);
        step(second.key.id, Step::Cancel).await;
        status(UserStatus::New).await;
        let counts = users::status_counts(&mut db.read().await.unwrap()).await.unwrap();
        assert_eq!((counts.total, counts.new, counts.pending, counts.active, counts.disabled), (1, 1, 0, 0, 0));
    });
}

#[test]
fn deleting_takes_everything_but_the_record() {
    on_both(|db| async move {
        let user = db.person("jane@example.com").await;
        let group = db.group("Lab", None).await;
        db.join(group.id, &user).await;
        db.active_key(&user).await;
        let session = db.session(&user, START).await;
        db.assign(&user).await;
        db.change(START, async |tx| users::delete(tx, &someone(Role::Administrator), user.id, None).await)
            .await
            .unwrap();
        assert!(!db.lives(&session, START).await);
        for table in [
            "select count(*) from users",
            "select count(*) from user_terms",
            "select count(*) from group_members",
            "select count(*) from security_keys",
            "select count(*) from credentials",
            "select count(*) from activations",
            "select count(*) from sessions",
        ] {
            assert_eq!(db.number(table).await, 0, "{table}");
        }
        let (details,): (String,) = db.one("select details from activity where action = 'user.deleted'").await;
        assert!(details.contains("jane@example.com") && details.contains("Model One"), "{details}");
        // The name is free again.
        db.person("JANE@example.com").await;
    });
}
