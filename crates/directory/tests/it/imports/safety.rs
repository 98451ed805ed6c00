//! What an import never does, and what it asks first.

use keystead_directory::{
    Error,
    actor::Actor,
    groups,
    imports::{self, ApprovalReason, ImportState, Options, Replanned, StagedRow, Verdict},
    roles::Role,
    users::{self, NewUser, UserChange, UserStatus},
};

use super::{LATER, csv_options, line, named};
use crate::support::{START, TestDb, acting, on_both};

fn disabled(number: i64, email: &str) -> StagedRow {
    StagedRow { active: Some(false), ..line(number, email) }
}

async fn acts(db: &TestDb, user: &users::User) -> Actor {
    acting(&mut db.write(START).await.unwrap(), user).await
}

#[test]
fn whoever_holds_a_role_needs_a_tick_and_the_rank_to_be_changed() {
    on_both(|db| async move {
        let admin = db.person_with_role("admin@example.com", Role::Administrator).await;
        let helper = db.person_with_role("help@example.com", Role::HelpDesk).await;
        let (owner, _) = db.owner("owner@example.com").await;
        let actor = acts(&db, &admin).await;
        let rows = vec![
            named(1, "help@example.com", "Helper"),
            named(2, "owner@example.com", "Mallory"),
            named(3, "admin@example.com", "Myself"),
        ];
        let import = db.planned(&actor, csv_options(), rows.clone(), START).await;
        let expected = [
            (1, Verdict::Conflict, Some("holdsRole")),
            (2, Verdict::Conflict, Some("outranks")),
            (3, Verdict::Conflict, Some("holdsRole")),
        ];
        assert_eq!(db.verdicts(import.id).await, expected);
        assert_eq!(import.plan.unwrap().need_tick, 2);
        // Only what can be ticked is: not the owner's row.
        let ticked =
            db.change(START, async |tx| imports::tick(tx, import.id, &[1, 2, 2, 99], true, None).await).await.unwrap();
        let plan = ticked.plan.unwrap();
        assert_eq!((plan.update, plan.conflict, plan.need_tick), (1, 2, 1));
        db.confirm(&actor, import.id, false, START).await.unwrap();
        db.work(&vec![].into(), LATER).await;
        assert_eq!(
            db.results(import.id).await,
            [
                (1, "Some(Updated)".to_owned(), Some("holdsRole")),
                (2, "Some(Failed)".to_owned(), Some("outranks")),
                (3, "Some(Skipped)".to_owned(), Some("holdsRole")),
            ]
        );
        assert_eq!(db.user(helper.id).await.display_name, "Helper");
        assert_eq!(db.user(owner.id).await.display_name, "owner@example.com");
    });
}

#[test]
fn a_role_given_after_the_plan_stops_the_row() {
    on_both(|db| async move {
        let admin = db.person_with_role("admin@example.com", Role::Administrator).await;
        let jane = db.person("jane@example.com").await;
        let actor = acts(&db, &admin).await;
        let import = db.planned(&actor, csv_options(), vec![named(1, "jane@example.com", "Other")], START).await;
        db.confirm(&actor, import.id, false, START).await.unwrap();
        let group = db.group("Auditors", Some(Role::Auditor)).await;
        db.join(group.id, &jane).await;
        db.work(&vec![].into(), LATER).await;
        assert_eq!(db.results(import.id).await, [(1, "Some(Skipped)".to_owned(), Some("holdsRole"))]);
        assert_eq!(db.user(jane.id).await.display_name, "jane@example.com");
    });
}

#[test]
fn nobody_gets_a_role_by_an_import_but_from_an_owner() {
    on_both(|db| async move {
        let admin = db.person_with_role("admin@example.com", Role::Administrator).await;
        let (owner, _) = db.owner("owner@example.com").await;
        let group = db.group("Help desk", Some(Role::HelpDesk)).await;
        let options = Options { group_ids: vec![group.id], ..csv_options() };
        let admin = acts(&db, &admin).await;
        let refused = db
            .change(START, async |tx| {
                let new = imports::NewImport {
                    source: imports::Source::Csv,
                    name: "x".to_owned(),
                    options: options.clone(),
                    schedule_id: None,
                };
                imports::create(tx, &admin, new).await
            })
            .await;
        assert!(matches!(&refused, Err(Error::Invalid(fields)) if fields[0].field == "groupIds"), "{refused:?}");
        // By a column neither, nor by the name of a group to be made.
        let mut row = line(1, "jane@example.com");
        row.groups = vec!["help DESK".to_owned()];
        let import = db.planned(&admin, csv_options(), vec![row], START).await;
        assert_eq!(db.verdicts(import.id).await, [(1, Verdict::Conflict, Some("outranks"))]);
        let named = Options { new_groups: vec!["Help Desk".to_owned()], ..csv_options() };
        let refused = db.change(START, async |tx| imports::set_options(tx, &admin, import.id, named, None).await).await;
        assert!(matches!(&refused, Err(Error::Invalid(_))), "{refused:?}");
        // A role that the group gets between plan and apply stops the import, and an owner may.
        let plain = db.group("Plain", None).await;
        let options = Options { group_ids: vec![plain.id], ..csv_options() };
        let import = db.planned(&admin, options, vec![line(1, "jane@example.com")], START).await;
        db.confirm(&admin, import.id, false, START).await.unwrap();
        db.change(START, async |tx| {
            let change = groups::GroupChange { role: Some(Some(Role::Auditor)), ..Default::default() };
            groups::update(tx, &Actor::cli(), plain.id, change, None).await
        })
        .await
        .unwrap();
        db.work(&vec![].into(), LATER).await;
        let import = db.import(import.id).await;
        assert_eq!(import.state, ImportState::Failed);
        assert_eq!(import.failure.unwrap().code, "groupGrantsRole");
        assert_eq!(db.number("select count(*) from users").await, 2);
        let owner = acts(&db, &owner).await;
        let options = Options { group_ids: vec![plain.id], ..csv_options() };
        let import = db.imported(&owner, options, vec![line(1, "jane@example.com")], LATER).await;
        assert_eq!(import.outcome.unwrap().created, 1);
    });
}

#[test]
fn neither_the_last_owner_nor_whoever_runs_it_is_disabled() {
    on_both(|db| async move {
        let (owner, _) = db.owner("owner@example.com").await;
        let (second, _) = db.owner("second@example.com").await;
        let admin = db.person_with_role("admin@example.com", Role::Administrator).await;
        let jane = db.person("jane@example.com").await;
        let rows: Vec<_> = ["owner@example.com", "second@example.com", "admin@example.com", "jane@example.com"]
            .into_iter()
            .zip(1..)
            .map(|(email, number)| disabled(number, email))
            .collect();
        let actor = acts(&db, &owner).await;
        let import = db.planned(&actor, csv_options(), rows.clone(), START).await;
        assert_eq!(db.verdicts(import.id).await[0], (1, Verdict::Skipped, Some("yourself")));
        // The command line is nobody, but one owner stays even so.
        let import = db.planned(&Actor::cli(), csv_options(), rows, START).await;
        db.change(START, async |tx| imports::tick(tx, import.id, &[1, 2, 3], true, None).await).await.unwrap();
        db.confirm(&Actor::cli(), import.id, false, START).await.unwrap();
        db.work(&vec![].into(), LATER).await;
        assert_eq!(
            db.results(import.id).await,
            [
                (1, "Some(Deactivated)".to_owned(), Some("holdsRole")),
                (2, "Some(Skipped)".to_owned(), Some("lastOwner")),
                (3, "Some(Deactivated)".to_owned(), Some("holdsRole")),
                (4, "Some(Deactivated)".to_owned(), Some("disabledInSource")),
            ]
        );
        assert!(db.user(second.id).await.active && !db.user(jane.id).await.active);
        assert_eq!(db.user(jane.id).await.status, UserStatus::Disabled);
        // With one owner left the plan says it at once.
        let import = db.planned(&Actor::cli(), csv_options(), vec![disabled(1, "second@example.com")], LATER).await;
        assert_eq!(db.verdicts(import.id).await, [(1, Verdict::Skipped, Some("lastOwner"))]);
        // Undone, everyone may sign in again.
        let before = db.number("select count(*) from users where active").await;
        assert_eq!(before, 1);
        let ours =
            db.all::<(keystead_directory::ids::ImportId,)>("select id from imports where state = 'finished'").await;
        db.undone(&Actor::cli(), ours[0].0, LATER).await;
        assert_eq!(db.number("select count(*) from users where active").await, 4);
        assert!(db.user(admin.id).await.active);
    });
}

#[test]
fn disabling_ends_sessions_and_links_at_once() {
    on_both(|db| async move {
        let jane = db.person("jane@example.com").await;
        db.active_key(&jane).await;
        let session = db.session(&jane, START).await;
        let waiting = db.assign(&jane).await;
        db.imported(&Actor::cli(), csv_options(), vec![disabled(1, "jane@example.com")], LATER).await;
        assert!(!db.lives(&session, LATER).await);
        assert_eq!(db.state_of_link(waiting.activation).await, "cancelled");
        // An explicit yes in a file enables again, and the status follows the keys.
        let row = StagedRow { active: Some(true), ..line(1, "jane@example.com") };
        db.imported(&Actor::cli(), csv_options(), vec![row], LATER).await;
        assert_eq!(db.user(jane.id).await.status, UserStatus::Active);
    });
}

#[test]
fn many_disabled_people_need_an_approval() {
    on_both(|db| async move {
        let people: Vec<String> = (0..40).map(|number| format!("p{number}@example.com")).collect();
        for email in &people {
            db.person(email).await;
        }
        let rows = |off: usize| -> Vec<StagedRow> {
            people
                .iter()
                .zip(1..)
                .map(|(email, number)| StagedRow { active: Some(number > off as i64), ..line(number, email) })
                .collect()
        };
        // Ten of forty are a fourth, but few.
        let import = db.planned(&Actor::cli(), csv_options(), rows(10), START).await;
        assert!(import.approval.is_empty(), "{:?}", import.approval);
        let import = db.planned(&Actor::cli(), csv_options(), rows(11), START).await;
        assert_eq!(import.approval[0].reason, ApprovalReason::ManyDeactivated);
        assert!(import.approval[0].message.contains("11 of 40"), "{:?}", import.approval);
        let refused = db.confirm(&Actor::cli(), import.id, false, START).await;
        assert!(matches!(refused, Err(Error::IllegalState(_))), "{refused:?}");
        assert_eq!(db.import(import.id).await.state, ImportState::Ready);
        db.confirm(&Actor::cli(), import.id, true, START).await.unwrap();
        db.work(&vec![].into(), LATER).await;
        assert_eq!(db.number("select count(*) from users where not active").await, 11);
    });
}

#[test]
fn a_plan_that_was_overtaken_or_is_old_is_made_and_shown_again() {
    on_both(|db| async move {
        let jane = db.person("jane@example.com").await;
        db.person("other@example.com").await;
        let rows = vec![named(1, "jane@example.com", "From the file"), line(2, "new@example.com")];
        let import = db.planned(&Actor::cli(), csv_options(), rows, START).await;
        // Somebody else changing is no matter of this plan.
        db.person("bystander@example.com").await;
        db.change(LATER, async |tx| {
            let change = UserChange { title: Some(Some("By hand".to_owned())), ..Default::default() };
            users::update(tx, &Actor::cli(), jane.id, change, None).await
        })
        .await
        .unwrap();
        let again = db.confirm(&Actor::cli(), import.id, false, LATER).await.unwrap();
        assert_eq!((again.state, again.replanned), (ImportState::Planning, Some(Replanned::Overtaken)));
        db.work(&vec![].into(), LATER).await;
        // Somebody with an address of the plan comes.
        db.person("NEW@example.com").await;
        let again = db.confirm(&Actor::cli(), import.id, false, LATER).await.unwrap();
        assert_eq!(again.replanned, Some(Replanned::Overtaken));
        db.work(&vec![].into(), LATER).await;
        assert_eq!(db.verdicts(import.id).await[1].1, Verdict::Update, "new@example.com is here now");
        let much_later = LATER.plus_hours(2);
        let again = db.confirm(&Actor::cli(), import.id, false, much_later).await.unwrap();
        assert_eq!(again.replanned, Some(Replanned::Old));
        db.work(&vec![].into(), much_later).await;
        let confirmed = db.confirm(&Actor::cli(), import.id, false, much_later).await.unwrap();
        assert_eq!(confirmed.state, ImportState::Applying);
        db.work(&vec![].into(), much_later).await;
        assert_eq!(db.import(import.id).await.outcome.unwrap().updated, 2);
        assert_eq!(db.user(jane.id).await.title.as_deref(), Some("By hand"));
    });
}

#[test]
fn what_happens_between_confirming_and_applying_stands() {
    on_both(|db| async move {
        let (jane, gone) = (db.person("jane@example.com").await, db.person("gone@example.com").await);
        let rows = vec![
            named(1, "jane@example.com", "From the file"),
            named(2, "gone@example.com", "Gone"),
            line(3, "first@example.com"),
            line(4, "second@example.com"),
            line(5, "third@example.com"),
        ];
        let import = db.planned(&Actor::cli(), csv_options(), rows, START).await;
        db.confirm(&Actor::cli(), import.id, false, START).await.unwrap();
        db.change(START, async |tx| {
            let change = UserChange { display_name: Some("By hand".to_owned()), ..Default::default() };
            users::update(tx, &Actor::cli(), jane.id, change, None).await?;
            users::delete(tx, &Actor::cli(), gone.id, None).await?;
            // One comes with an address of the plan, another with only the user name.
            let new = NewUser { user_name: Some("someone".to_owned()), ..NewUser::local("first@example.com") };
            users::create(tx, &Actor::cli(), new).await?;
            let new = NewUser { user_name: Some("SECOND@example.com".to_owned()), ..NewUser::local("x@example.com") };
            users::create(tx, &Actor::cli(), new).await
        })
        .await
        .unwrap();
        db.work(&vec![].into(), LATER).await;
        assert_eq!(
            db.results(import.id).await,
            [
                (1, "Some(Failed)".to_owned(), Some("changedMeanwhile")),
                (2, "Some(Failed)".to_owned(), Some("deletedMeanwhile")),
                (3, "Some(Failed)".to_owned(), Some("sharedEmail")),
                (4, "Some(Failed)".to_owned(), Some("userNameTaken")),
                (5, "Some(Created)".to_owned(), None),
            ]
        );
        assert_eq!(db.user(jane.id).await.display_name, "By hand");
        assert_eq!(db.import(import.id).await.state, ImportState::Finished);
    });
}
