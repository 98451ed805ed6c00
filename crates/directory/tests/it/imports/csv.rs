//! What a file may say, and what becomes of it.

use keystead_directory::{
    actor::Actor,
    imports::{self, ImportState, Mode, Options, Outcome, Reason, RowFilter, RowProblem, Verdict},
    scim::{self, users::Record},
    users::{self, NewUser, Origin},
};

use super::{LATER, csv_options, line, named};
use crate::support::{START, on_both};

#[test]
fn people_are_added_changed_and_left_as_they_are() {
    on_both(|db| async move {
        let jane = db.person("jane@example.com").await;
        db.person("same@example.com").await;
        let mut update = named(2, "JANE@example.com", "Jane Doe");
        update.fields.title = Some("Engineer".to_owned());
        let rows = vec![named(3, "new@example.com", "新しい 人"), update, line(4, "same@example.com")];
        let import = db.planned(&Actor::cli(), csv_options(), rows, START).await;
        assert_eq!(
            db.verdicts(import.id).await,
            [(2, Verdict::Update, None), (3, Verdict::Create, None), (4, Verdict::Unchanged, None)]
        );
        let shown = db.rows_of(import.id, &RowFilter::default()).await.remove(0);
        let fields: Vec<&str> = shown.changes.iter().map(|change| change.field.as_str()).collect();
        assert_eq!(fields, ["displayName", "email", "title"]);
        assert_eq!(shown.changes[0].old, "jane@example.com");
        assert_eq!(shown.changes[0].new, "Jane Doe");
        // Nothing happened yet.
        assert_eq!(db.user(jane.id).await.version, jane.version);
        db.confirm(&Actor::cli(), import.id, false, START).await.unwrap();
        db.work(&vec![].into(), LATER).await;
        let import = db.import(import.id).await;
        assert_eq!(import.state, ImportState::Finished);
        assert_eq!(import.outcome, Some(Outcome { created: 1, updated: 1, unchanged: 1, ..Outcome::default() }));
        let jane = db.user(jane.id).await;
        assert_eq!((jane.display_name.as_str(), jane.title.as_deref()), ("Jane Doe", Some("Engineer")));
        // The newcomer is found by any word, also the new words of the changed one.
        for word in ["新し", "人", "doe"] {
            let filter = users::UserFilter { q: Some(word.to_owned()), ..users::UserFilter::default() };
            let found = users::count(&mut db.read().await.unwrap(), &filter).await.unwrap();
            assert_eq!(found.0, 1, "{word}");
        }
        // One record per person, and the import's own.
        let records: Vec<(String, i64)> =
            db.all("select action, count(*) from activity where at > 0 group by action order by action").await;
        let records: Vec<(&str, i64)> = records.iter().map(|(action, number)| (action.as_str(), *number)).collect();
        assert_eq!(
            records,
            [
                ("import.confirmed", 1),
                ("import.finished", 1),
                ("import.planned", 1),
                ("user.created", 3),
                ("user.updated", 1)
            ]
        );
        assert_eq!(db.number("select count(*) from mails").await, 0);
    });
}

#[test]
fn whom_scim_manages_is_left_out_and_the_row_says_why() {
    on_both(|db| async move {
        let record = Record {
            external_id: None,
            work_email_key: None,
            roles: Vec::new(),
            resource: "{}".to_owned(),
            search: "{}".to_owned(),
        };
        let new = NewUser { origin: Origin::Scim, ..NewUser::local("ada@example.com") };
        db.change(START, async |tx| scim::users::create(tx, &Actor::cli(), new, true, record).await.map(drop))
            .await
            .unwrap();
        let mut changed = named(2, "ada@example.com", "Somebody else");
        changed.active = Some(false);
        let import = db.planned(&Actor::cli(), csv_options(), vec![changed, line(3, "new@example.com")], START).await;
        assert_eq!(
            db.verdicts(import.id).await,
            [(2, Verdict::Skipped, Some("managedByScim")), (3, Verdict::Create, None)]
        );
        db.confirm(&Actor::cli(), import.id, false, START).await.unwrap();
        db.work(&vec![].into(), LATER).await;
        let import = db.import(import.id).await;
        assert_eq!(import.outcome, Some(Outcome { created: 1, skipped: 1, ..Outcome::default() }));
        let mut conn = db.read().await.unwrap();
        let ada = users::find_by_user_name(&mut conn, "ada@example.com").await.unwrap().unwrap();
        assert!(ada.active && ada.display_name != "Somebody else");
    });
}

#[test]
fn a_bad_row_is_rejected_alone_with_its_reason() {
    on_both(|db| async move {
        db.person("shared@example.com").await;
        let twin = db.person("twin@example.com").await;
        db.change(START, async |tx| {
            let change = users::UserChange { email: Some("shared@example.com".to_owned()), ..Default::default() };
            users::update(tx, &Actor::cli(), twin.id, change, None).await
        })
        .await
        .unwrap();
        let mut unknown_group = line(5, "group@example.com");
        unknown_group.groups = vec!["Nowhere".to_owned()];
        let mut boolean = line(6, "bool@example.com");
        boolean.problem = Some(RowProblem {
            reason: Reason::BadBoolean,
            field: Some("active".to_owned()),
            message: "Write yes or no.".to_owned(),
        });
        let mut phone = line(8, "phone@example.com");
        phone.fields.phone = Some("call me".to_owned());
        let mut nul = named(11, "nul@example.com", "a\0b");
        nul.fields.title = Some("x\u{0}".to_owned());
        let rows = vec![
            line(1, "a@example.com"),
            line(2, ""),
            line(3, "not an address"),
            line(4, "A@EXAMPLE.com"),
            unknown_group,
            boolean,
            named(7, "long@example.com", &"x".repeat(300)),
            phone,
            line(9, "shared@example.com"),
            line(10, "z@example.com"),
            nul,
        ];
        let import = db.planned(&Actor::cli(), csv_options(), rows, START).await;
        assert_eq!(
            db.verdicts(import.id).await,
            [
                (1, Verdict::Create, None),
                (2, Verdict::Rejected, Some("missingEmail")),
                (3, Verdict::Rejected, Some("malformedEmail")),
                (4, Verdict::Rejected, Some("duplicateInFile")),
                (5, Verdict::Rejected, Some("unknownGroup")),
                (6, Verdict::Rejected, Some("badBoolean")),
                (7, Verdict::Rejected, Some("tooLong")),
                (8, Verdict::Rejected, Some("malformed")),
                (9, Verdict::Conflict, Some("sharedEmail")),
                (10, Verdict::Create, None),
                (11, Verdict::Rejected, Some("malformed")),
            ]
        );
        let fourth = db.rows_of(import.id, &RowFilter::default()).await.remove(3);
        assert!(fourth.message.unwrap().contains("Line 1 "), "the line that counts is named");
        db.confirm(&Actor::cli(), import.id, false, START).await.unwrap();
        db.work(&vec![].into(), LATER).await;
        let outcome = db.import(import.id).await.outcome.unwrap();
        assert_eq!(outcome, Outcome { created: 2, failed: 9, ..Outcome::default() });
        let failed = imports::rows_that_failed(&mut db.read().await.unwrap(), import.id, 0).await.unwrap();
        assert_eq!(failed.iter().map(|row| row.number).collect::<Vec<_>>(), [2, 3, 4, 5, 6, 7, 8, 9, 11]);
    });
}

#[test]
fn a_blank_cell_keeps_the_value_and_a_mode_leaves_people_out() {
    on_both(|db| async move {
        let jane = db.person("jane@example.com").await;
        let mut told = named(1, "jane@example.com", "Jane");
        told.fields.title = Some("Engineer".to_owned());
        db.imported(&Actor::cli(), csv_options(), vec![told], START).await;
        // Blank cells and an absent one alike.
        let mut blank = line(1, "jane@example.com");
        blank.fields.display_name = Some("  ".to_owned());
        let import = db.imported(&Actor::cli(), csv_options(), vec![blank], LATER).await;
        assert_eq!(import.outcome.unwrap().unchanged, 1);
        assert!(!import.outcome.unwrap().changed_anything());
        let kept = db.user(jane.id).await;
        assert_eq!((kept.display_name.as_str(), kept.title.as_deref()), ("Jane", Some("Engineer")));
        let rows = vec![named(1, "jane@example.com", "Other"), line(2, "new@example.com")];
        for (mode, expected) in [
            (Mode::New, [(1, Verdict::Skipped, Some("alreadyHere")), (2, Verdict::Create, None)]),
            (Mode::Update, [(1, Verdict::Update, None), (2, Verdict::Skipped, Some("notHere"))]),
        ] {
            let options = Options { mode, ..csv_options() };
            let import = db.planned(&Actor::cli(), options, rows.clone(), LATER).await;
            assert_eq!(db.verdicts(import.id).await, expected, "{mode:?}");
        }
    });
}

#[test]
fn a_user_name_leads_before_an_address_does() {
    on_both(|db| async move {
        let jane = db.person("jane@example.com").await;
        let joe = db.person("joe@example.com").await;
        let by_name = |number, user_name: &str, email: &str| {
            let mut row = line(number, email);
            row.fields.user_name = Some(user_name.to_owned());
            row
        };
        let rows = vec![
            by_name(1, "jane@example.com", "jane.new@example.com"),
            // Leads to Joe by name, and to Jane by address.
            by_name(2, "joe@example.com", "jane@example.com"),
            by_name(3, "third", "third@example.com"),
        ];
        let import = db.imported(&Actor::cli(), csv_options(), rows, START).await;
        let results = db.results(import.id).await;
        assert_eq!(results[0], (1, "Some(Updated)".to_owned(), None));
        assert_eq!(results[1], (2, "Some(Failed)".to_owned(), Some("severalMatches")));
        assert_eq!(db.user(jane.id).await.email, "jane.new@example.com");
        assert_eq!(db.user(joe.id).await.email, "joe@example.com");
        assert_eq!(db.number("select count(*) from users where user_name = 'third'").await, 1);
    });
}

#[test]
fn everyone_joins_the_chosen_groups_and_those_of_their_row() {
    on_both(|db| async move {
        let chosen = db.group("Everybody imported", None).await;
        let own = db.group("Engineers", None).await;
        let jane = db.person("jane@example.com").await;
        db.join(own.id, &jane).await;
        let mut row = line(1, "jane@example.com");
        row.groups = vec!["ENGINEERS".to_owned(), "Second floor".to_owned()];
        let options = Options {
            group_ids: vec![chosen.id],
            new_groups: vec!["Second floor".to_owned(), "second FLOOR".to_owned()],
            ..csv_options()
        };
        let import = db.imported(&Actor::cli(), options, vec![row, line(2, "new@example.com")], START).await;
        assert_eq!(import.outcome.unwrap().updated, 1, "joining is a change");
        let members: Vec<(String, i64)> = db
            .all("select g.name, count(*) from group_members m join groups g on g.id = m.group_id group by g.name order by 1")
            .await;
        assert_eq!(
            members,
            [("Engineers".to_owned(), 1), ("Everybody imported".to_owned(), 2), ("Second floor".to_owned(), 2)]
        );
        // Taken back, nobody is left in them, and the new group is gone.
        let before = db.import(import.id).await;
        assert!(before.undo_until().is_some());
        db.undone(&Actor::cli(), import.id, LATER).await;
        let members: Vec<(String, i64)> = db
            .all("select g.name, count(*) from group_members m join groups g on g.id = m.group_id group by g.name order by 1")
            .await;
        assert_eq!(members, [("Engineers".to_owned(), 1)]);
        assert_eq!(db.number("select count(*) from groups where name = 'Second floor'").await, 0);
    });
}

#[test]
fn rows_are_searched_and_filtered_page_by_page() {
    on_both(|db| async move {
        let rows: Vec<_> = (1..=700)
            .map(|number| {
                named(number, &format!("p{number}@example.com"), if number % 7 == 0 { "Zoë Sieben" } else { "Other" })
            })
            .chain([line(701, "no address")])
            .collect();
        let import = db.planned(&Actor::cli(), csv_options(), rows, START).await;
        let plan = import.plan.unwrap();
        assert_eq!((plan.rows, plan.create, plan.rejected), (701, 700, 1));
        let count = async |filter: RowFilter| db.rows_of(import.id, &filter).await.len();
        assert_eq!(count(RowFilter::default()).await, 701);
        assert_eq!(count(RowFilter { q: Some("zoe sieb".to_owned()), ..RowFilter::default() }).await, 100);
        assert_eq!(count(RowFilter { q: Some("p70".to_owned()), ..RowFilter::default() }).await, 2);
        assert_eq!(count(RowFilter { verdict: Some(Verdict::Rejected), ..RowFilter::default() }).await, 1);
        assert_eq!(count(RowFilter { reason: Some(Reason::MalformedEmail), ..RowFilter::default() }).await, 1);
        let both = RowFilter { verdict: Some(Verdict::Create), q: Some("sieben".to_owned()), ..RowFilter::default() };
        assert_eq!(count(both).await, 100);
        assert_eq!(count(RowFilter { q: Some("%".to_owned()), ..RowFilter::default() }).await, 0);
    });
}
