//! A tenant: links instead of addresses, people who leave, groups that are taken over.

use keystead_directory::{
    actor::Actor,
    groups,
    ids::ImportId,
    imports::{self, ApprovalReason, EntraOptions, EntraScope, ImportState, Options, StagedGroup, Verdict},
    page::PageRequest,
    roles::Role,
    users,
};
use uuid::Uuid;

use super::{Held, LATER, account, entra_options};
use crate::support::{START, TestDb, acting, on_both};

fn with(change: impl FnOnce(&mut EntraOptions)) -> Options {
    let mut options = entra_options();
    if let Some(entra) = &mut options.entra {
        change(entra);
    }
    options
}

fn group(object: u128, name: &str, people: &[u128]) -> (StagedGroup, Vec<Uuid>) {
    let group =
        StagedGroup { object_id: Uuid::from_u128(object), name: name.to_owned(), description: None, complete: true };
    (group, people.iter().map(|person| Uuid::from_u128(*person)).collect())
}

/// The groups of which an import changes something, with how many people come and go.
async fn group_changes(db: &TestDb, id: ImportId) -> Vec<(String, i64, i64)> {
    let import = db.import(id).await;
    let page = PageRequest { limit: 200, ..PageRequest::default() };
    let page = imports::groups(&mut db.read().await.unwrap(), &import, true, &page).await.unwrap();
    page.items.into_iter().map(|group| (group.name, group.added, group.removed)).collect()
}

/// Who comes to a group, or goes from it, page by page.
async fn people_of(db: &TestDb, id: ImportId, group: u128, added: bool) -> Vec<String> {
    let import = db.import(id).await;
    let mut conn = db.read().await.unwrap();
    let (mut names, mut cursor) = (Vec::new(), None);
    loop {
        let page = PageRequest { limit: 100, cursor, sort: None };
        let page = imports::members(&mut conn, &import, Uuid::from_u128(group), added, &page).await.unwrap();
        names.extend(page.items.into_iter().map(|person| person.name));
        cursor = page.next_cursor;
        if cursor.is_none() {
            return names;
        }
    }
}

async fn named(db: &TestDb, user_name: &str) -> users::User {
    users::find_by_user_name(&mut db.read().await.unwrap(), user_name).await.unwrap().unwrap()
}

#[test]
fn an_object_stays_the_same_person_whatever_it_is_called() {
    on_both(|db| async move {
        let local = db.person("jane@example.com").await;
        let rows = vec![account(1, "JANE@example.com", "Jane"), account(2, "new@example.com", "New")];
        let import = db.imported(&Actor::cli(), entra_options(), rows, START).await;
        assert_eq!((import.outcome.unwrap().created, import.outcome.unwrap().updated), (1, 1));
        // Both get another name and address, and the addresses even change hands.
        let rows = vec![account(1, "second@example.com", "Jane Second"), account(2, "jane@example.com", "New")];
        let import = db.planned(&Actor::cli(), entra_options(), rows.clone(), LATER).await;
        // The address is Jane's until she is renamed: a conflict now, and right the next time.
        assert_eq!(
            db.verdicts(import.id).await,
            [(1, Verdict::Update, None), (2, Verdict::Conflict, Some("severalMatches"))]
        );
        db.confirm(&Actor::cli(), import.id, false, LATER).await.unwrap();
        db.work(&Held::default(), LATER).await;
        let import = db.imported(&Actor::cli(), entra_options(), rows, LATER).await;
        assert_eq!(import.outcome.unwrap().updated, 1);
        assert_eq!(db.user(local.id).await.email, "second@example.com");
        assert_eq!(db.number("select count(*) from users").await, 2);
    });
}

#[test]
fn a_shared_address_is_a_conflict_and_never_a_guess() {
    on_both(|db| async move {
        db.person("shared@example.com").await;
        let rows = vec![
            account(1, "one@example.com", "One"),
            account(2, "shared@example.com", "Two"),
            account(3, "shared@example.com", "Three"),
            account(4, "", "Nobody"),
        ];
        let import = db.planned(&Actor::cli(), entra_options(), rows, START).await;
        assert_eq!(
            db.verdicts(import.id).await,
            [
                (1, Verdict::Create, None),
                (2, Verdict::Conflict, Some("sharedEmail")),
                (3, Verdict::Conflict, Some("sharedEmail")),
                (4, Verdict::Rejected, Some("missingEmail")),
            ]
        );
        // Somebody who is another object already is not taken over by a second one.
        db.confirm(&Actor::cli(), import.id, false, START).await.unwrap();
        db.work(&Held::default(), START).await;
        let import =
            db.planned(&Actor::cli(), entra_options(), vec![account(9, "one@example.com", "One")], LATER).await;
        assert_eq!(db.verdicts(import.id).await[0], (9, Verdict::Conflict, Some("linkedElsewhere")));
    });
}

#[test]
fn an_address_links_nobody_with_a_role_without_a_tick() {
    on_both(|db| async move {
        let helper = db.person_with_role("help@example.com", Role::HelpDesk).await;
        let mut same = account(1, "help@example.com", "help@example.com");
        same.fields.user_name = None;
        let import = db.imported(&Actor::cli(), entra_options(), vec![same], START).await;
        assert_eq!(db.results(import.id).await, [(1, "Some(Skipped)".to_owned(), Some("holdsRole"))]);
        assert_eq!(db.number("select count(*) from entra_links").await, 0);
        assert!(db.user(helper.id).await.active);
    });
}

#[test]
fn who_left_a_whole_source_is_disabled_and_enabled_when_back() {
    on_both(|db| async move {
        let local = db.person("local@example.com").await;
        let all = |ids: &[u128]| -> Vec<_> {
            ids.iter().map(|id| account(*id, &format!("p{id}@example.com"), &format!("P{id}"))).collect()
        };
        db.imported(&Actor::cli(), entra_options(), all(&[1, 2, 3, 4]), START).await;
        // An end that is no end changes nobody.
        let held = Held { rows: all(&[1, 2]), partial: true, ..Held::default() };
        let import = db.planned(&Actor::cli(), entra_options(), held, LATER).await;
        assert_eq!(import.plan.unwrap().deactivate, 0);
        // Disabled there, gone from there, and disabled here by hand.
        let mut rows = all(&[1, 2, 4]);
        rows[1].active = Some(false);
        let by_hand = named(&db, "p4@example.com").await;
        db.change(LATER, async |tx| users::set_active(tx, &Actor::cli(), by_hand.id, false, None).await).await.unwrap();
        let import = db.imported(&Actor::cli(), entra_options(), rows, LATER).await;
        assert_eq!(
            db.results(import.id).await,
            [
                (1, "Some(Unchanged)".to_owned(), None),
                (2, "Some(Deactivated)".to_owned(), Some("disabledInSource")),
                (4, "Some(Unchanged)".to_owned(), None),
                (5, "Some(Deactivated)".to_owned(), Some("leftSource")),
            ]
        );
        assert!(db.user(local.id).await.active, "never people of other sources");
        // Back again: those whom imports disabled, not the one whom somebody did.
        let import = db.imported(&Actor::cli(), entra_options(), all(&[1, 2, 3, 4]), LATER).await;
        assert_eq!(import.outcome.unwrap().updated, 2);
        let active = async |name: &str| named(&db, name).await.active;
        assert!(active("p2@example.com").await && active("p3@example.com").await && !active("p4@example.com").await);
    });
}

#[test]
fn only_who_is_in_no_other_selection_has_left() {
    on_both(|db| async move {
        let of = |group: u128| {
            with(|entra| {
                entra.scope = EntraScope::Groups;
                entra.group_ids = vec![Uuid::from_u128(group)];
            })
        };
        let people = |ids: &[u128]| -> Vec<_> {
            ids.iter().map(|id| account(*id, &format!("p{id}@example.com"), &format!("P{id}"))).collect()
        };
        db.imported(&Actor::cli(), of(100), people(&[1, 2, 3]), START).await;
        db.imported(&Actor::cli(), of(200), people(&[3, 4]), START).await;
        // 2 and 3 leave the first group; 3 is still in the second.
        let import = db.imported(&Actor::cli(), of(100), people(&[1]), LATER).await;
        assert_eq!(import.outcome.unwrap().deactivated, 1);
        assert!(!named(&db, "p2@example.com").await.active && named(&db, "p3@example.com").await.active);
        // Everyone read: who is not there has left, wherever they were seen.
        let import = db.imported(&Actor::cli(), entra_options(), people(&[1, 2, 3]), LATER).await;
        assert!(!named(&db, "p4@example.com").await.active, "{:?}", import.outcome);
    });
}

#[test]
fn an_empty_source_and_many_leavers_wait_for_an_approval() {
    on_both(|db| async move {
        let all: Vec<_> = (1..=60).map(|id| account(id, &format!("p{id}@example.com"), &format!("P{id}"))).collect();
        db.imported(&Actor::cli(), entra_options(), all.clone(), START).await;
        let reasons = async |rows: Vec<_>| {
            let import = db.planned(&Actor::cli(), entra_options(), rows, LATER).await;
            import.approval.iter().map(|approval| approval.reason).collect::<Vec<_>>()
        };
        assert_eq!(reasons(all[12..].to_vec()).await, []);
        assert_eq!(reasons(all[13..].to_vec()).await, [ApprovalReason::ManyDeactivated]);
        assert_eq!(reasons(Vec::new()).await, [ApprovalReason::ManyDeactivated, ApprovalReason::SourceEmpty]);
        assert_eq!(db.number("select count(*) from users where not active").await, 0);
    });
}

#[test]
fn groups_are_taken_over_with_their_people_and_given_back() {
    on_both(|db| async move {
        let local = db.group("Local", None).await;
        let hand = db.person("hand@example.com").await;
        let options = with(|entra| entra.take_groups = true);
        let rows: Vec<_> = (1..=4).map(|id| account(id, &format!("p{id}@example.com"), &format!("P{id}"))).collect();
        let held = |groups| Held { rows: rows.clone(), groups, partial: false };
        let first = held(vec![group(100, "Sales", &[1, 2, 99]), group(200, "Sales", &[3])]);
        let import = db.imported(&Actor::cli(), options.clone(), first, START).await;
        let plan = import.plan.unwrap();
        assert_eq!((plan.groups_create, plan.memberships_add, plan.memberships_remove), (2, 3, 0));
        assert_eq!(import.outcome.unwrap().memberships, 3);
        let members: Vec<(String, String)> = db
            .all(
                "select g.external_id, u.user_name from group_members m join groups g on g.id = m.group_id \
                 join users u on u.id = m.user_id where g.type = 'entra' order by 1, 2",
            )
            .await;
        let members: Vec<(&str, &str)> =
            members.iter().map(|(group, user)| (&group[group.len() - 2..], user.as_str())).collect();
        assert_eq!(members, [("64", "p1@example.com"), ("64", "p2@example.com"), ("c8", "p3@example.com")]);
        // Somebody is put in by hand, the group is renamed, one goes and one comes.
        let (sales,): (keystead_directory::ids::GroupId,) = db
            .one(
                "select g.id from groups g join group_members m on m.group_id = g.id join users u on u.id = m.user_id \
                  where u.user_name = 'p1@example.com'",
            )
            .await;
        db.join(sales, &hand).await;
        db.join(local.id, &named(&db, "p1@example.com").await).await;
        let middle = db.directory().await;
        let second = held(vec![group(100, "Sales and support", &[2, 4]), group(200, "Sales", &[3])]);
        let planned = db.planned(&Actor::cli(), options.clone(), second.clone(), LATER).await;
        let plan = planned.plan.unwrap();
        assert_eq!(
            (plan.groups_create, plan.groups_update, plan.memberships_add, plan.memberships_remove),
            (0, 1, 1, 1)
        );
        assert_eq!(group_changes(&db, planned.id).await, [("Sales and support".to_owned(), 1, 1)]);
        assert_eq!(people_of(&db, planned.id, 100, true).await, ["P4"]);
        assert_eq!(people_of(&db, planned.id, 100, false).await, ["P1"]);
        db.confirm(&Actor::cli(), planned.id, false, LATER).await.unwrap();
        db.work(&second, LATER).await;
        let import = db.import(planned.id).await;
        assert_eq!(group_changes(&db, planned.id).await, [("Sales and support".to_owned(), 1, 1)]);
        assert_eq!(people_of(&db, planned.id, 100, true).await, ["P4"]);
        let renamed = groups::get(&mut db.read().await.unwrap(), sales).await.unwrap();
        assert_eq!((renamed.name.as_str(), renamed.member_count), ("Sales and support", 3));
        assert_eq!(db.number("select count(*) from group_members").await, 5);
        // It changed no person, but two memberships and a name; an undo goes back to the groups as they were.
        let outcome = import.outcome.unwrap();
        assert_eq!((outcome.updated, outcome.groups, outcome.memberships), (0, 1, 2));
        assert!(outcome.changed_anything());
        db.undone(&Actor::cli(), import.id, LATER).await;
        assert_eq!(db.directory().await, middle);
        // A group that comes back empty asks first.
        let empty = held(vec![group(100, "Sales and support", &[]), group(200, "Sales", &[3])]);
        let import = db.planned(&Actor::cli(), options.clone(), empty, LATER).await;
        assert_eq!(import.approval[0].reason, ApprovalReason::GroupBecameEmpty);
        assert!(import.approval[0].message.contains("Sales"), "{:?}", import.approval);
    });
}

#[test]
fn what_an_import_took_over_is_gone_when_undone() {
    on_both(|db| async move {
        db.person("p1@example.com").await;
        let options = with(|entra| entra.take_groups = true);
        let rows: Vec<_> = (1..=3).map(|id| account(id, &format!("p{id}@example.com"), &format!("P{id}"))).collect();
        let before = db.directory().await;
        let held = Held { rows, groups: vec![group(100, "Sales", &[1, 2, 3])], partial: false };
        let import = db.imported(&Actor::cli(), options, held, START).await;
        assert_eq!(db.number("select count(*) from group_members").await, 3);
        let undone = db.undone(&Actor::cli(), import.id, LATER).await;
        assert_eq!(undone.state, ImportState::Undone);
        assert_eq!(db.directory().await, before);
    });
}

#[test]
fn a_taken_over_group_that_grants_a_role_is_left_alone_but_by_an_owner() {
    on_both(|db| async move {
        let admin = db.person_with_role("admin@example.com", Role::Administrator).await;
        let (owner, _) = db.owner("owner@example.com").await;
        let options = with(|entra| entra.take_groups = true);
        let rows: Vec<_> = (1..=2).map(|id| account(id, &format!("p{id}@example.com"), &format!("P{id}"))).collect();
        let held =
            |people: &[u128]| Held { rows: rows.clone(), groups: vec![group(100, "Desk", people)], partial: false };
        db.imported(&Actor::cli(), options.clone(), held(&[1]), START).await;
        let (desk,): (keystead_directory::ids::GroupId,) = db.one("select id from groups where type = 'entra'").await;
        db.change(START, async |tx| {
            let change = groups::GroupChange { role: Some(Some(Role::HelpDesk)), ..Default::default() };
            groups::update(tx, &Actor::cli(), desk, change, None).await
        })
        .await
        .unwrap();
        let actor = async |user| acting(&mut db.write(START).await.unwrap(), user).await;
        let count = async || groups::get(&mut db.read().await.unwrap(), desk).await.unwrap().member_count;
        let admin = actor(&admin).await;
        let import = db.imported(&admin, options.clone(), held(&[1, 2]), LATER).await;
        let plan = import.plan.unwrap();
        assert_eq!((plan.memberships_add, plan.groups_with_role), (0, 1), "seen, and left alone");
        assert_eq!(count().await, 1);
        let owner = actor(&owner).await;
        let import = db.imported(&owner, options, held(&[2]), LATER).await;
        let plan = import.plan.unwrap();
        assert_eq!((plan.memberships_add, plan.memberships_remove, plan.groups_with_role), (1, 1, 1));
        assert_eq!(count().await, 1);
        // Whoever may not hand out the role leaves it to those who hold it, and the report says to whom.
        let undone = db.undone(&admin, import.id, LATER).await;
        assert_eq!(undone.undone.unwrap().memberships_left, 2);
        assert_eq!(group_changes(&db, import.id).await, [("Desk".to_owned(), 1, 1)]);
        assert_eq!(people_of(&db, import.id, 100, true).await, ["P2"]);
        assert_eq!(people_of(&db, import.id, 100, false).await, ["P1"]);
        assert_eq!(count().await, 1);
    });
}

#[test]
fn the_plan_foresees_the_groups_of_people_who_are_only_linked_when_ticked() {
    on_both(|db| async move {
        let helper = db.person_with_role("help@example.com", Role::HelpDesk).await;
        let options = with(|entra| entra.take_groups = true);
        let mut same = account(1, "help@example.com", "help@example.com");
        same.fields.user_name = None;
        let rows = vec![same, account(2, "new@example.com", "New")];
        let held = Held { rows, groups: vec![group(100, "Sales", &[1, 2])], partial: false };
        let import = db.planned(&Actor::cli(), options, held.clone(), START).await;
        assert_eq!(import.plan.unwrap().memberships_add, 1);
        let tick = async |ticked| {
            let import = db.change(START, async |tx| imports::tick(tx, import.id, &[1], ticked, None).await).await;
            import.unwrap().plan.unwrap().memberships_add
        };
        assert_eq!(tick(true).await, 2);
        assert_eq!(people_of(&db, import.id, 100, true).await, ["help@example.com", "New"]);
        assert_eq!(tick(false).await, 1);
        assert_eq!(tick(true).await, 2);
        db.confirm(&Actor::cli(), import.id, false, START).await.unwrap();
        db.work(&held, START).await;
        assert_eq!(db.import(import.id).await.outcome.unwrap().memberships, 2);
        assert_eq!(people_of(&db, import.id, 100, true).await.len(), 2);
        assert_eq!(
            db.number("select count(*) from group_members m join groups g on g.id = m.group_id where g.type = 'entra'")
                .await,
            2
        );
        assert!(db.user(helper.id).await.active);
    });
}

#[test]
fn a_group_larger_than_a_step_comes_and_goes_whole() {
    on_both(|db| async move {
        let options = with(|entra| entra.take_groups = true);
        let ids: Vec<u128> = (1..=1203).collect();
        let rows: Vec<_> =
            ids.iter().map(|id| account(*id, &format!("p{id}@example.com"), &format!("P{id}"))).collect();
        let held = |people: &[u128]| Held {
            rows: rows.clone(),
            groups: vec![group(100, "All", people), group(200, "Two", &[7, 8])],
            partial: false,
        };
        let count = async || db.number("select count(*) from group_members").await;
        let import = db.imported(&Actor::cli(), options.clone(), held(&ids), START).await;
        assert_eq!((import.plan.unwrap().memberships_add, import.outcome.unwrap().memberships), (1205, 1205));
        assert_eq!(count().await, 1205);
        assert_eq!(people_of(&db, import.id, 100, true).await.len(), 1203);
        let import = db.imported(&Actor::cli(), options, held(&ids[..50]), LATER).await;
        assert_eq!((import.plan.unwrap().memberships_remove, import.outcome.unwrap().memberships), (1153, 1153));
        assert_eq!(count().await, 52);
    });
}

#[test]
fn guests_and_disabled_accounts_are_left_out_unless_asked_for() {
    use keystead_directory::imports::{Reason, RowProblem};
    on_both(|db| async move {
        let mut guest = account(1, "guest@example.com", "Guest");
        guest.problem =
            Some(RowProblem { reason: Reason::Guest, field: None, message: "A guest of the tenant.".to_owned() });
        let mut off = account(2, "off@example.com", "Off");
        off.active = Some(false);
        let rows = vec![guest, off];
        let import = db.planned(&Actor::cli(), entra_options(), rows.clone(), START).await;
        assert_eq!(
            db.verdicts(import.id).await,
            [(1, Verdict::Skipped, Some("guest")), (2, Verdict::Skipped, Some("disabledAtSource"))]
        );
        let options = with(|entra| {
            entra.include_guests = true;
            entra.include_disabled = true;
        });
        let import = db.imported(&Actor::cli(), options, rows, START).await;
        assert_eq!(import.outcome.unwrap().created, 2);
        assert_eq!(named(&db, "off@example.com").await.status, users::UserStatus::Disabled);
    });
}
