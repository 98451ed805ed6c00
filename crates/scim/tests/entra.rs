//! What Entra ID sends through a person's and a group's life, in the dialect it speaks by default and in the one it
//! speaks with `aadOptscim062020`, and what must come of it.

#![expect(clippy::unwrap_used, reason = "helpers of tests outside their functions")]

mod support;

use keystead_scim::list::{ListQuery, PageLimits};
use keystead_scim::{Filter, ScimType};
use serde_json::{Map, Value, json};
use support::{ENTERPRISE, KEYSTEAD, group, members, patch, post, user, value};

const ADA: &str = r#"{
    "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User", "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"],
    "externalId": "7d420df3-9995-4831-a406-ecf8166f5f6a",
    "userName": "7d420df3-9995-4831-a406-ecf8166f5f6a",
    "active": true,
    "displayName": "Ada L",
    "emails": [{"primary": true, "type": "work", "value": "ada@contoso.com"}],
    "meta": {"resourceType": "User"},
    "name": {"formatted": "Ada L", "familyName": "L", "givenName": "Ada"},
    "addresses": null, "phoneNumbers": null, "title": null,
    "roles": []
}"#;

fn ada() -> Map<String, Value> {
    post(&user(), ADA).unwrap()
}

/// Applies each list of operations to the person, one request after the other, and compares the values at these
/// pointers; null is for what isn't there.
fn lives(requests: &[(&str, &[(&str, Value)])]) {
    let kind = user();
    let mut person = ada();
    for (operations, expected) in requests {
        person = patch(&kind, &person, operations).unwrap_or_else(|error| panic!("{error}\n{operations}"));
        for (pointer, expected) in *expected {
            let found = Value::Object(person.clone()).pointer(pointer).cloned().unwrap_or_default();
            assert_eq!(found, *expected, "{pointer} after {operations}");
        }
    }
}

#[test]
fn a_new_person_is_kept_without_what_is_nothing() {
    assert_eq!(
        Value::Object(ada()),
        json!({
            "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"],
            "externalId": "7d420df3-9995-4831-a406-ecf8166f5f6a",
            "userName": "7d420df3-9995-4831-a406-ecf8166f5f6a",
            "active": true,
            "displayName": "Ada L",
            "emails": [{"primary": true, "type": "work", "value": "ada@contoso.com"}],
            "name": {"formatted": "Ada L", "familyName": "L", "givenName": "Ada"},
        })
    );
}

#[test]
fn new_people_come_in_all_of_entras_forms() {
    let kind = user();
    for (sent, pointer, kept) in [
        // An extension that `schemas` doesn't name.
        (
            format!(
                r#"{{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"userName":"a","{KEYSTEAD}":{{"immutableId":"x"}}}}"#
            ),
            "/schemas",
            json!(["urn:ietf:params:scim:schemas:core:2.0:User", KEYSTEAD]),
        ),
        // A manager as text.
        (
            format!(r#"{{"userName":"a","{ENTERPRISE}":{{"manager":"123456"}}}}"#),
            &format!("/{ENTERPRISE}/manager"),
            json!({"value": "123456"}),
        ),
        // Booleans as text, at the top and in a list.
        (r#"{"userName":"a","active":"False"}"#.to_owned(), "/active", json!(false)),
        (
            r#"{"userName":"a","roles":[{"primary":"True","type":"WindowsAzureActiveDirectoryRole","value":"Admin"}]}"#
                .to_owned(),
            "/roles",
            json!([{"primary": true, "type": "WindowsAzureActiveDirectoryRole", "value": "Admin"}]),
        ),
        // A role as JSON in a text.
        (
            r#"{"userName":"a","roles":[{"value":"{\"id\":\"1\",\"value\":\"Admin\",\"displayName\":\"Admin\"}"}]}"#
                .to_owned(),
            "/roles/0/value",
            json!(r#"{"id":"1","value":"Admin","displayName":"Admin"}"#),
        ),
    ] {
        assert_eq!(Value::Object(post(&kind, &sent).unwrap()).pointer(pointer), Some(&kept), "{sent}");
    }
}

#[test]
fn a_life_in_the_default_dialect() {
    let enterprise = |rest: &str| format!("/{ENTERPRISE}/{rest}");
    let (manager, department) = (enterprise("manager"), enterprise("department"));
    lives(&[
        // Test runs and empty cycles.
        ("", &[("/displayName", json!("Ada L"))]),
        // A change of name; Add on what is set already replaces it.
        (
            r#"{"op":"Replace","path":"displayName","value":"Ada Lovelace"},
               {"op":"Replace","path":"name.familyName","value":"Lovelace"},
               {"op":"Add","path":"name.formatted","value":"Ada Lovelace"},
               {"op":"Add","path":"nickName","value":"Babs"}"#,
            &[
                ("/displayName", json!("Ada Lovelace")),
                ("/name", json!({"formatted": "Ada Lovelace", "familyName": "Lovelace", "givenName": "Ada"})),
                ("/nickName", json!("Babs")),
            ],
        ),
        // The address that is there is changed, one that isn't is made; several parts make one element.
        (
            r#"{"op":"Replace","path":"emails[type eq \"work\"].value","value":"lovelace@contoso.com"},
               {"op":"Add","path":"phoneNumbers[type eq \"mobile\"].value","value":"+44 1"},
               {"op":"Replace","path":"phoneNumbers[type eq \"fax\"].value","value":"+44 2"},
               {"op":"Add","path":"addresses[type eq \"work\"].streetAddress","value":"1 Way"},
               {"op":"Add","path":"addresses[type eq \"work\"].locality","value":"Town"},
               {"op":"Add","path":"addresses[type eq \"other\"].formatted","value":"Elsewhere"}"#,
            &[
                ("/emails", json!([{"primary": true, "type": "work", "value": "lovelace@contoso.com"}])),
                ("/phoneNumbers", json!([{"type": "mobile", "value": "+44 1"}, {"type": "fax", "value": "+44 2"}])),
                (
                    "/addresses",
                    json!([
                        {"type": "work", "streetAddress": "1 Way", "locality": "Town"},
                        {"type": "other", "formatted": "Elsewhere"}
                    ]),
                ),
            ],
        ),
        // Extensions, and a core attribute by its full name.
        (
            r#"{"op":"Add","path":"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager","value":"11"},
               {"op":"Replace","path":"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department","value":"R&D"},
               {"op":"Add","path":"urn:ietf:params:scim:schemas:extension:keystead:2.0:User:immutableId","value":"i"},
               {"op":"Replace","path":"urn:ietf:params:scim:schemas:core:2.0:User:title","value":"Countess"}"#,
            &[
                (&manager, json!({"value": "11"})),
                (&department, json!("R&D")),
                ("/title", json!("Countess")),
                ("/schemas", json!(["urn:ietf:params:scim:schemas:core:2.0:User", ENTERPRISE, KEYSTEAD])),
            ],
        ),
        // The next manager, in the old form, comes without the address of the last.
        (
            r#"{"op":"Add","path":"manager","value":[{"$ref":"http://x/Users/12","value":"12"}]}"#,
            &[(&manager, json!({"$ref": "http://x/Users/12", "value": "12"}))],
        ),
        (
            r#"{"op":"Replace","path":"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager","value":"13"}"#,
            &[(&manager, json!({"value": "13"}))],
        ),
        // Cleared, by an empty text and by null.
        (
            r#"{"op":"Replace","path":"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager","value":""},
               {"op":"Replace","path":"title","value":null},
               {"op":"Replace","path":"nickName","value":""},
               {"op":"Replace","path":"phoneNumbers[type eq \"fax\"].value","value":""},
               {"op":"Remove","path":"addresses[type eq \"other\"].formatted"},
               {"op":"Remove","path":"emails[type eq \"home\"].value"}"#,
            &[
                (&manager, Value::Null),
                ("/title", Value::Null),
                ("/nickName", Value::Null),
                ("/phoneNumbers", json!([{"type": "mobile", "value": "+44 1"}])),
                ("/addresses", json!([{"type": "work", "streetAddress": "1 Way", "locality": "Town"}])),
                ("/emails/0/value", json!("lovelace@contoso.com")),
            ],
        ),
        // Leaving and coming back.
        (r#"{"op":"Replace","path":"active","value":"False"}"#, &[("/active", json!(false))]),
        (
            r#"{"op":"Add","path":"active","value":"True"}"#,
            &[("/active", json!(true)), ("/displayName", json!("Ada Lovelace"))],
        ),
    ]);
}

#[test]
fn a_life_in_the_other_dialect() {
    let (number, manager) = (format!("/{ENTERPRISE}/employeeNumber"), format!("/{ENTERPRISE}/manager"));
    lives(&[
        (
            r#"{"op":"replace","value":{"displayName":"Bjfe","name.givenName":"Kkom","name.familyName":"Unua",
                "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:employeeNumber":"Aklq"}}"#,
            &[
                ("/displayName", json!("Bjfe")),
                ("/name", json!({"formatted": "Ada L", "familyName": "Unua", "givenName": "Kkom"})),
                (&number, json!("Aklq")),
            ],
        ),
        // Filtered paths stay operations of their own beside the object.
        (
            r#"{"op":"replace","path":"emails[type eq \"work\"].value","value":"b@contoso.com"},
               {"op":"add","path":"roles[primary eq \"True\"].value","value":"Admin"},
               {"op":"add","value":{"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager":"11","active":"true"}},
               {"op":"replace","path":"addresses[type eq \"work\"].country","value":"GB"}"#,
            &[
                ("/emails/0/value", json!("b@contoso.com")),
                ("/roles", json!([{"primary": true, "value": "Admin"}])),
                (&manager, json!({"value": "11"})),
                ("/addresses", json!([{"type": "work", "country": "GB"}])),
            ],
        ),
        // The role becomes another; the primary one is met as a boolean.
        (
            r#"{"op":"replace","path":"roles[primary eq \"True\"].value","value":"Helper"}"#,
            &[("/roles", json!([{"primary": true, "value": "Helper"}]))],
        ),
        // An extension as an object merges; null and empty texts clear within it.
        (
            r#"{"op":"replace","value":{"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User":{"employeeNumber":"","manager":null,"costCenter":"7"},"title":""}}"#,
            &[(&format!("/{ENTERPRISE}"), json!({"costCenter": "7"})), ("/title", Value::Null)],
        ),
        (r#"{"op":"replace","path":"active","value":false}"#, &[("/active", json!(false))]),
        (r#"{"op":"remove","path":"roles[primary eq \"True\"]"}"#, &[("/roles", Value::Null)]),
        (r#"{"op":"replace","value":{"active":true}}"#, &[("/active", json!(true))]),
    ]);
}

#[test]
fn roles_as_json_text_stay_as_they_were_sent_and_do_not_pile_up() {
    let role = r#"{\"id\":\"1\",\"value\":\"Admin\",\"displayName\":\"Admin\"}"#;
    let add = format!(r#"{{"op":"Add","path":"roles","value":[{{"value":"{role}"}}]}}"#);
    let expected = json!([{"value": r#"{"id":"1","value":"Admin","displayName":"Admin"}"#}]);
    lives(&[(&add, &[("/roles", expected.clone())]), (&add, &[("/roles", expected)])]);
}

#[test]
fn a_request_is_all_or_nothing() {
    let kind = user();
    let before = ada();
    for (last, kind_of_error) in [
        (r#"{"op":"Replace","path":"nothing","value":"x"}"#, ScimType::InvalidPath),
        (r#"{"op":"Replace","path":"active","value":"perhaps"}"#, ScimType::InvalidValue),
        (r#"{"op":"Remove","path":"userName"}"#, ScimType::Mutability),
        (r#"{"op":"Replace","path":"userName","value":""}"#, ScimType::Mutability),
        (r#"{"op":"Replace","path":"id","value":"1"}"#, ScimType::Mutability),
        (r#"{"op":"Replace","path":"emails[value sw \"x\"].type","value":"home"}"#, ScimType::NoTarget),
        (r#"{"op":"Move","path":"title","value":"x"}"#, ScimType::InvalidSyntax),
    ] {
        let error =
            patch(&kind, &before, &format!(r#"{{"op":"Replace","path":"title","value":"x"}},{last}"#)).unwrap_err();
        assert_eq!(error.scim_type, Some(kind_of_error), "{last}");
        // What must hold of the whole is told by the attribute, the rest by the operation.
        assert!(error.detail.starts_with("Operation 2: ") || error.detail.starts_with("userName"), "{error}");
    }
    assert_eq!(before, ada());
}

#[test]
fn probes_find_whom_they_mean_and_nobody_else() {
    let (user, group) = (user(), group());
    let ada = ada();
    for (filter, found) in [
        (r#"externalId eq "7d420df3-9995-4831-a406-ecf8166f5f6a""#, true),
        (r#"externalId eq "7d420df3-9995-4831-a406-ecf8166f5f6""#, false),
        (r#"userName eq "7D420DF3-9995-4831-A406-ECF8166F5F6A""#, true),
        (r#"emails[type eq "work"].value eq "ADA@contoso.com""#, true),
        (r#"emails[type eq "home"].value eq "ada@contoso.com""#, false),
        (r#"externalId eq "7d420df3-9995-4831-a406-ecf8166f5f6a" and active eq "True""#, true),
        (r#"externalId eq "7d420df3-9995-4831-a406-ecf8166f5f6a" and active eq false"#, false),
    ] {
        assert_eq!(Filter::parse(filter, &user).unwrap().matches(&ada), found, "{filter}");
    }
    let probe = "excludedAttributes=members&filter=externalId+eq+%227d420df3-9995-4831-a406-ecf8166f5f6a%22";
    let query = ListQuery::from_query(probe, &group, PageLimits { default: 100, most: 200 }).unwrap();
    assert!(!query.projection.returns("members"));
    assert_eq!(query.filter.unwrap().to_string(), r#"externalId eq "7d420df3-9995-4831-a406-ecf8166f5f6a""#);
}

#[test]
fn a_group_is_made_with_microsofts_own_schema_beside() {
    let made = post(
        &group(),
        r#"{"schemas":["urn:ietf:params:scim:schemas:core:2.0:Group","http://schemas.microsoft.com/2006/11/ResourceManagement/ADSCIM/2.0/Group"],
            "externalId":"g","displayName":"Crew","description":"At sea","meta":{"resourceType":"Group"}}"#,
    )
    .unwrap();
    let schemas = ["urn:ietf:params:scim:schemas:core:2.0:Group"];
    assert_eq!(
        Value::Object(made),
        json!({"schemas": schemas, "externalId": "g", "displayName": "Crew", "description": "At sea"})
    );
}

#[test]
fn every_change_of_members_is_told_from_the_rest() {
    for (operations, changes, rest) in [
        (r#"{"op":"Add","path":"members","value":[{"$ref":null,"value":"1"}]}"#, vec!["+1"], 0),
        (r#"{"op":"Add","path":"members","value":[{"value":"1"},{"value":"2"},{"value":"1"}]}"#, vec!["+1,2"], 0),
        (r#"{"op":"Add","path":"members","value":{"value":"1"}}"#, vec!["+1"], 0),
        (r#"{"op":"Add","path":"members","value":[]}"#, vec![], 0),
        // The classic disaster: those members only.
        (r#"{"op":"Remove","path":"members","value":[{"$ref":null,"value":"1"}]}"#, vec!["-1"], 0),
        (r#"{"op":"Remove","path":"members","value":[]}"#, vec![], 0),
        (r#"{"op":"Remove","path":"members"}"#, vec!["="], 0),
        (r#"{"op":"remove","path":"members[value eq \"1\"]"}"#, vec!["-1"], 0),
        (r#"{"op":"remove","path":"members[value eq \"1\" or value eq \"2\" or value eq \"1\"]"}"#, vec!["-1,2"], 0),
        (r#"{"op":"remove","path":"members[type eq \"Group\"]"}"#, vec![r#"-[members.type eq "Group"]"#], 0),
        (r#"{"op":"Replace","path":"members","value":[{"value":"1"}]}"#, vec!["=1"], 0),
        (r#"{"op":"Replace","path":"members","value":[]}"#, vec!["="], 0),
        (r#"{"op":"Replace","path":"members","value":null}"#, vec!["="], 0),
        (r#"{"op":"replace","path":"members[value eq \"1\"]","value":{"value":"2"}}"#, vec!["-1", "+2"], 0),
        (
            r#"{"op":"replace","path":"urn:ietf:params:scim:schemas:core:2.0:Group:members","value":[{"value":"1"}]}"#,
            vec!["=1"],
            0,
        ),
        // Beside other changes, in their order.
        (
            r#"{"op":"replace","value":{"displayName":"Crew","externalId":"y"}},
               {"op":"Add","path":"members","value":[{"value":"1"}]},
               {"op":"Add","path":"description","value":"At sea"},
               {"op":"remove","path":"members[value eq \"2\"]"},
               {"op":"add","value":{"members":[{"value":"3"}],"displayName":"Crew"}}"#,
            vec!["+1", "-2", "+3"],
            4,
        ),
        (r#"{"op":"replace","value":{"displayName":"x"}}"#, vec![], 1),
        ("", vec![], 0),
    ] {
        let (found, others) = members(operations).unwrap_or_else(|error| panic!("{error}\n{operations}"));
        assert_eq!((found, others), (changes.into_iter().map(str::to_owned).collect(), rest), "{operations}");
    }
}

#[test]
fn changes_of_members_that_name_nobody_are_refused() {
    for (operations, kind_of_error) in [
        (r#"{"op":"Add","path":"members","value":[{"display":"Ada"}]}"#, ScimType::InvalidValue),
        (r#"{"op":"Add","path":"members","value":[{"value":""}]}"#, ScimType::InvalidValue),
        (r#"{"op":"Remove","path":"members","value":[{"value":7}]}"#, ScimType::InvalidValue),
        (r#"{"op":"Remove","path":"members","value":true}"#, ScimType::InvalidValue),
        (r#"{"op":"Replace","path":"members[value eq \"1\"].value","value":"2"}"#, ScimType::Mutability),
        (r#"{"op":"Add","path":"members"}"#, ScimType::InvalidValue),
        (r#"{"op":"Remove","path":"members[value = \"1\"]"}"#, ScimType::InvalidFilter),
    ] {
        assert_eq!(members(operations).unwrap_err().scim_type, Some(kind_of_error), "{operations}");
    }
}

#[test]
fn renaming_a_group_leaves_its_members_alone() {
    let kind = group();
    let before = support::object(r#"{"id":"g","displayName":"Crew","members":[{"value":"1"},{"value":"2"}]}"#);
    let after = patch(&kind, &before, r#"{"op":"replace","value":{"displayName":"Sailors"}}"#).unwrap();
    assert_eq!(
        Value::Object(after),
        value(r#"{"id":"g","displayName":"Sailors","members":[{"value":"1"},{"value":"2"}]}"#)
    );
}
