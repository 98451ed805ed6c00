//! Random files against random directories: planning and applying gives exactly what a naive model
//! says, doing it twice changes nothing more, and undoing gives back what was there.

use keystead_directory::{
    actor::Actor,
    imports::{Mode, Options, RowFilter, StagedRow},
    users::{self, NewUser, UserChange},
};

use super::{LATER, csv_options, line};
use crate::support::{Random, START, TestDb, on_both};

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Person {
    user_name: String,
    email: String,
    display_name: String,
    title: Option<String>,
    active: bool,
}

fn same(one: &str, other: &str) -> bool {
    one.to_lowercase() == other.to_lowercase()
}

/// What a file does to a directory, in the plainest words.
fn naive(before: &[Person], rows: &[StagedRow], mode: Mode) -> Vec<Person> {
    let mut after: Vec<Person> = before.to_vec();
    let mut added: Vec<Person> = Vec::new();
    let mut taken: Vec<usize> = Vec::new();
    let mut seen: Vec<&StagedRow> = Vec::new();
    let mut wanted_names: Vec<String> = before.iter().map(|person| person.user_name.to_lowercase()).collect();
    for row in rows {
        let email = row.fields.email.clone().unwrap_or_default();
        if !email.contains('@') {
            continue;
        }
        let user_name = row.fields.user_name.clone();
        let twice = seen.iter().any(|earlier| {
            same(earlier.fields.email.as_deref().unwrap_or_default(), &email)
                || matches!((&earlier.fields.user_name, &user_name), (Some(one), Some(other)) if same(one, other))
        });
        seen.push(row);
        if twice {
            continue;
        }
        let by_name =
            user_name.as_ref().and_then(|name| before.iter().position(|person| same(&person.user_name, name)));
        let by_email: Vec<usize> = (0..before.len()).filter(|at| same(&before[*at].email, &email)).collect();
        let whom = match (by_name, &by_email[..]) {
            (Some(at), others) if others.is_empty() || others.contains(&at) => Some(at),
            (None, []) => None,
            (None, [at]) => Some(*at),
            _ => continue,
        };
        if let Some(at) = whom {
            if taken.contains(&at) {
                continue;
            }
            taken.push(at);
            if mode == Mode::New {
                continue;
            }
            let person = &mut after[at];
            if let Some(name) = user_name {
                if name != person.user_name && !same(&name, &person.user_name) {
                    if wanted_names.contains(&name.to_lowercase()) {
                        continue;
                    }
                    wanted_names.push(name.to_lowercase());
                }
                person.user_name = name;
            }
            person.email = email;
            if let Some(name) = row.fields.display_name.clone() {
                person.display_name = name;
            }
            if row.fields.title.is_some() {
                person.title.clone_from(&row.fields.title);
            }
            person.active = row.active.unwrap_or(person.active);
        } else if mode != Mode::Update {
            let name = user_name.unwrap_or_else(|| email.clone());
            if wanted_names.contains(&name.to_lowercase()) {
                continue;
            }
            wanted_names.push(name.to_lowercase());
            added.push(Person {
                display_name: row.fields.display_name.clone().unwrap_or_else(|| name.clone()),
                user_name: name,
                email,
                title: row.fields.title.clone(),
                active: row.active != Some(false),
            });
        }
    }
    after.extend(added);
    after.sort();
    after
}

fn address(random: &mut Random) -> String {
    let name = format!("{}{}@example.com", random.one_of(&["a", "b", "c", "A"]), random.below(6));
    name
}

fn row(random: &mut Random, number: i64) -> StagedRow {
    let mut row = line(number, if random.chance(4) { "bad" } else { "" });
    if row.fields.email.as_deref() == Some("") {
        row.fields.email = Some(address(random));
    }
    if random.chance(40) {
        row.fields.user_name = Some(address(random));
    }
    if random.chance(50) {
        row.fields.display_name = Some((*random.one_of(&["Ann", "Bob", "Zoë"])).to_owned());
    }
    if random.chance(30) {
        row.fields.title = Some((*random.one_of(&["One", "Two"])).to_owned());
    }
    row.active = if random.chance(20) { Some(random.chance(50)) } else { None };
    row
}

async fn people(db: &TestDb) -> Vec<Person> {
    let rows: Vec<(String, String, String, Option<String>, i64)> = db
        .all("select user_name, email, display_name, title, cast(case when active then 1 else 0 end as bigint) from users")
        .await;
    let mut people: Vec<Person> = rows
        .into_iter()
        .map(|(user_name, email, display_name, title, active)| Person {
            user_name,
            email,
            display_name,
            title,
            active: active == 1,
        })
        .collect();
    people.sort();
    people
}

#[test]
fn an_import_does_what_a_naive_model_says_once_and_undoes_it() {
    on_both(|db| async move {
        let mut random = Random::new();
        for round in 0..40 {
            // Another directory: some people, of whom some share an address or are disabled.
            db.run("delete from users", "delete from users").await.unwrap();
            for _ in 0..random.below(9) {
                let new = NewUser { user_name: Some(address(&mut random)), ..NewUser::local(&address(&mut random)) };
                let off = random.chance(20);
                let _ = db
                    .change(START, async |tx| {
                        let user = users::create(tx, &Actor::cli(), new.clone()).await?;
                        let change = UserChange { title: Some(Some("Zero".to_owned())), ..Default::default() };
                        users::update(tx, &Actor::cli(), user.id, change, None).await?;
                        users::set_active(tx, &Actor::cli(), user.id, !off, None).await
                    })
                    .await;
            }
            let count = i64::try_from(1 + random.below(12)).unwrap();
            let rows: Vec<StagedRow> = (1..=count).map(|number| row(&mut random, number)).collect();
            let mode = *random.one_of(&[Mode::Both, Mode::Both, Mode::New, Mode::Update]);
            let options = Options { mode, ..csv_options() };
            let (before, whole) = (people(&db).await, db.directory().await);
            let expected = naive(&before, &rows, mode);
            let import = db.imported(&Actor::cli(), options.clone(), rows.clone(), START).await;
            let after = people(&db).await;
            assert_eq!(after, expected, "round {round}, {mode:?}\nbefore {before:#?}\nrows {rows:#?}");
            let outcome = import.outcome.unwrap();
            assert_eq!(
                outcome.created
                    + outcome.updated
                    + outcome.unchanged
                    + outcome.deactivated
                    + outcome.skipped
                    + outcome.failed,
                count
            );
            let done = outcome.created + outcome.updated + outcome.deactivated;
            if outcome.changed_anything() {
                let undone = db.undone(&Actor::cli(), import.id, LATER).await;
                assert_eq!(undone.undone.unwrap().reverted, done, "round {round}: {:?}", undone.undone);
                assert_eq!(db.directory().await, whole, "round {round}: what was undone");
                let again = db.imported(&Actor::cli(), options, rows, LATER).await;
                assert_eq!(people(&db).await, expected, "round {round}: done again");
                assert_eq!(again.outcome.unwrap().created, outcome.created);
            }
        }
    });
}

#[test]
fn the_same_file_again_changes_nothing() {
    on_both(|db| async move {
        let mut random = Random::new();
        for _ in 0..10 {
            db.run("delete from users", "delete from users").await.unwrap();
            // Without user names, which can lead elsewhere the second time.
            let rows: Vec<StagedRow> = (1..=12)
                .map(|number| {
                    let mut row = row(&mut random, number);
                    row.fields.user_name = None;
                    row
                })
                .collect();
            db.imported(&Actor::cli(), csv_options(), rows.clone(), START).await;
            let once = db.directory().await;
            let again = db.imported(&Actor::cli(), csv_options(), rows, LATER).await;
            assert!(!again.outcome.unwrap().changed_anything(), "{:?}", again.outcome);
            assert_eq!(db.directory().await, once);
        }
    });
}

#[test]
fn an_undo_leaves_what_somebody_changed_since() {
    on_both(|db| async move {
        let jane = db.person("jane@example.com").await;
        let mut told = line(1, "jane@example.com");
        told.fields.display_name = Some("Imported".to_owned());
        told.fields.title = Some("Imported".to_owned());
        let rows =
            vec![told, line(2, "signed@example.com"), line(3, "edited@example.com"), line(4, "plain@example.com")];
        let import = db.imported(&Actor::cli(), csv_options(), rows, START).await;
        let by_name =
            async |name: &str| users::find_by_user_name(&mut db.read().await.unwrap(), name).await.unwrap().unwrap();
        let signed = by_name("signed@example.com").await;
        db.active_key(&signed).await;
        let edited = by_name("edited@example.com").await;
        db.change(LATER, async |tx| {
            let change = UserChange { title: Some(Some("By hand".to_owned())), ..Default::default() };
            users::update(tx, &Actor::cli(), edited.id, change.clone(), None).await?;
            users::update(tx, &Actor::cli(), jane.id, change, None).await
        })
        .await
        .unwrap();
        let undone = db.undone(&Actor::cli(), import.id, LATER).await.undone.unwrap();
        assert_eq!((undone.reverted, undone.left), (1, 3));
        let jane = db.user(jane.id).await;
        assert_eq!((jane.display_name.as_str(), jane.title.as_deref()), ("jane@example.com", Some("By hand")));
        let left: Vec<String> = db
            .all::<(String,)>("select user_name from users order by user_name")
            .await
            .into_iter()
            .map(|(name,)| name)
            .collect();
        assert_eq!(left, ["edited@example.com", "jane@example.com", "signed@example.com"]);
        let messages: Vec<String> =
            db.rows_of(import.id, &RowFilter::default()).await.into_iter().filter_map(|row| row.message).collect();
        assert!(messages.iter().any(|message| message.contains("somebody changed a field")), "{messages:?}");
        assert!(messages.iter().any(|message| message.contains("has a key") || message.contains("signed in")));
    });
}
