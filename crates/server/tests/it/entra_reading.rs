//! What is read of a tenant, and who is taken.

use entra_simulator::{
    Size,
    directory::{group_id, person, user_id},
};
use serde_json::{Value, json};

use crate::support::entra::Connected;

fn by_verdict(rows: &[Value], verdict: &str) -> Vec<String> {
    let of = rows.iter().filter(|row| row["verdict"] == verdict);
    of.map(|row| row["label"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn people_come_with_their_fields_and_a_second_run_changes_nothing() {
    let connected = Connected::start().await;
    connected.microsoft.change(|tenant| tenant.generate(Size { users: 30, groups: 2, members: 10, ..Size::default() }));
    let import = connected.import(json!({ "scope": "allUsers" })).await;
    assert_eq!(import["plan"]["create"], 30, "{import}");
    let done = connected.confirm(&import).await;
    assert_eq!(done["outcome"]["created"], 30, "{done}");
    let found = connected.get("/users?q=person7%40contoso.com").await.json();
    let user = &found["items"][0];
    assert_eq!((&user["origin"], &user["displayName"]), (&json!("entra"), &json!("Hiroshi Andersson")), "{found}");
    let again = connected.import(json!({ "scope": "allUsers" })).await;
    assert_eq!((&again["plan"]["unchanged"], &again["plan"]["create"]), (&json!(30), &json!(0)), "{again}");
}

#[tokio::test]
async fn chosen_groups_bring_those_in_them_through_nested_groups_and_circles_end() {
    let connected = Connected::start().await;
    connected.microsoft.change(|tenant| {
        for n in 0..6 {
            tenant.put_user(&user_id(n), person(&format!("p{n}@contoso.com"), &format!("Person {n}")));
        }
        tenant.put_group(&group_id(0), "Outer", &[&user_id(0), &group_id(1)]);
        tenant.put_group(&group_id(1), "Inner", &[&user_id(1), &user_id(0), &group_id(2)]);
        tenant.put_group(&group_id(2), "Innermost", &[&user_id(2), &group_id(0)]);
        tenant.put_group(&group_id(3), "Other", &[&user_id(3)]);
    });
    let options = json!({ "scope": "groups", "groupIds": [group_id(0)], "takeGroups": true });
    let import = connected.import(options).await;
    let mut people = by_verdict(&connected.rows(&import).await, "create");
    people.sort();
    assert_eq!(people, ["Person 0", "Person 1", "Person 2"], "{import}");
    assert_eq!(
        (&import["plan"]["groupsCreate"], &import["plan"]["membershipsAdd"], &import["plan"]["membershipsRemove"]),
        (&json!(1), &json!(3), &json!(0)),
        "{import}"
    );
    let path = format!("/imports/{}/groups", import["id"].as_str().unwrap());
    let groups = connected.get(&format!("{path}?changed=true")).await.json();
    let group = &groups["items"][0];
    assert_eq!((&group["name"], &group["verdict"], &group["added"]), (&json!("Outer"), &json!("create"), &json!(3)));
    let members = format!("{path}/{}/members?change=added", group_id(0));
    let first = connected.get(&format!("{members}&limit=2")).await.json();
    assert_eq!(first["items"][1], json!({ "name": "Person 1", "email": "p1@contoso.com", "userId": null }), "{first}");
    let more = connected.get(&format!("{members}&cursor={}", first["nextCursor"].as_str().unwrap())).await.json();
    assert_eq!((&more["items"][0]["name"], &more["nextCursor"]), (&json!("Person 2"), &Value::Null), "{more}");
    assert_eq!(connected.get(&members.replace("added", "removed")).await.json()["items"], json!([]));
    connected.get(&format!("{members}&cursor=x")).await.problem(422, "invalid");
    let done = connected.confirm(&import).await;
    assert_eq!(done["state"], "finished", "{done}");
    assert_eq!((&done["outcome"]["groups"], &done["outcome"]["memberships"]), (&json!(1), &json!(3)), "{done}");
    let members = connected.get(&members).await.json();
    assert!(members["items"].as_array().unwrap().iter().all(|person| person["userId"].is_string()), "{members}");
    let groups = connected.get("/groups?q=Outer").await.json();
    assert_eq!(
        (&groups["items"][0]["type"], &groups["items"][0]["memberCount"]),
        (&json!("entra"), &json!(3)),
        "{groups}"
    );
}

#[tokio::test]
async fn all_groups_leave_out_and_count_those_who_are_in_none() {
    let connected = Connected::start().await;
    connected.microsoft.change(|tenant| tenant.generate(Size { users: 40, groups: 3, members: 10, ..Size::default() }));
    let import = connected.import(json!({ "scope": "allGroups" })).await;
    assert_eq!((&import["plan"]["create"], &import["plan"]["ungrouped"]), (&json!(30), &json!(10)), "{import}");
    let import = connected.import(json!({ "scope": "allGroups", "includeUngrouped": true })).await;
    assert_eq!(import["plan"]["create"], 40, "{import}");
}

#[tokio::test]
async fn guests_and_disabled_accounts_are_left_out_unless_they_are_asked_for() {
    let connected = Connected::start().await;
    connected.microsoft.change(|tenant| {
        tenant.generate(Size { users: 40, groups: 0, guests: 10, disabled: 8, without_mail: 13, ..Size::default() });
    });
    let import = connected.import(json!({ "scope": "allUsers" })).await;
    let plan = &import["plan"];
    // Of 40: four guests, five disabled (one of them a guest), three without any address.
    assert_eq!((&plan["rows"], &plan["rejected"]), (&json!(40), &json!(3)), "{plan}");
    assert_eq!(plan["skipped"], 8, "{plan}");
    assert_eq!(plan["create"], 29, "{plan}");
    let everyone = json!({ "scope": "allUsers", "includeGuests": true, "includeDisabled": true });
    let import = connected.import(everyone).await;
    assert_eq!((&import["plan"]["create"], &import["plan"]["rejected"]), (&json!(37), &json!(3)), "{import}");
}

#[tokio::test]
async fn somebody_who_was_disabled_there_is_disabled_here_too() {
    let connected = Connected::start().await;
    connected.microsoft.change(|tenant| tenant.generate(Size { users: 30, groups: 0, ..Size::default() }));
    let import = connected.import(json!({ "scope": "allUsers" })).await;
    connected.confirm(&import).await;
    connected.microsoft.change(|tenant| {
        tenant.set_user(&user_id(3), "accountEnabled", json!(false));
        tenant.set_user(&user_id(4), "department", json!("Elsewhere"));
        tenant.delete_user(&user_id(5));
    });
    let import = connected.import(json!({ "scope": "allUsers" })).await;
    let rows = connected.rows(&import).await;
    let of = |n: usize| rows.iter().find(|row| row["objectId"] == json!(user_id(n))).unwrap_or(&Value::Null).clone();
    assert_eq!((&of(3)["verdict"], &of(3)["reason"]), (&json!("deactivate"), &json!("disabledInSource")), "{import}");
    assert_eq!(of(4)["changes"][0]["field"], "department", "{}", of(4));
    assert_eq!((&of(5)["verdict"], &of(5)["reason"]), (&json!("deactivate"), &json!("leftSource")), "{}", of(5));
    let done = connected.confirm(&import).await;
    assert_eq!(done["outcome"]["deactivated"], 2, "{done}");
}

#[tokio::test]
async fn several_with_one_address_are_a_conflict() {
    let connected = Connected::start().await;
    connected.microsoft.change(|tenant| {
        tenant.put_user(&user_id(0), person("a@contoso.com", "Anna One"));
        tenant.put_user(&user_id(1), person("b@contoso.com", "Bea Two"));
        tenant.set_user(&user_id(1), "mail", json!("A@Contoso.com"));
    });
    let import = connected.import(json!({ "scope": "allUsers" })).await;
    assert_eq!((&import["plan"]["conflict"], &import["plan"]["create"]), (&json!(2), &json!(0)), "{import}");
}

#[tokio::test]
async fn an_advanced_query_says_so_on_every_page() {
    let connected = Connected::start().await;
    connected.microsoft.change(|tenant| {
        tenant.generate(Size { users: 40, groups: 1, members: 40, ..Size::default() });
        tenant.most = 10;
    });
    connected.microsoft.forget_requests();
    let import = connected.import(json!({ "scope": "groups", "groupIds": [group_id(0)] })).await;
    assert_eq!(import["plan"]["create"], 40, "{import}");
    let pages = connected.microsoft.requests("/transitiveMembers");
    assert_eq!(pages.len(), 4);
    assert!(pages.iter().all(|page| page.eventual && page.query.contains("count=true")), "{pages:?}");
}

#[tokio::test]
async fn a_chosen_group_that_is_gone_stops_the_import() {
    let connected = Connected::start().await;
    connected.microsoft.change(|tenant| tenant.generate(Size { users: 5, groups: 1, members: 5, ..Size::default() }));
    let import = connected.import(json!({ "scope": "groups", "groupIds": [group_id(0), group_id(9)] })).await;
    assert_eq!((&import["state"], &import["failure"]["code"]), (&json!("failed"), &json!("groupGone")), "{import}");
}

#[tokio::test]
async fn a_large_tenant_is_read_page_by_page() {
    let connected = Connected::start().await;
    connected.microsoft.change(|tenant| {
        tenant.generate(Size { users: 3000, groups: 30, members: 80, ..Size::default() });
    });
    connected.microsoft.forget_requests();
    let import = connected.import(json!({ "scope": "allGroups", "includeUngrouped": true, "takeGroups": true })).await;
    assert_eq!((&import["plan"]["create"], &import["plan"]["groupsCreate"]), (&json!(3000), &json!(30)), "{import}");
    assert_eq!(connected.microsoft.requests("/v1.0/users").len(), 4);
}
