//! Bodies, patches and projections.

use std::collections::BTreeSet;

use keystead_scim::json::{self, Limits};
use keystead_scim::patch::MembershipChange;
use keystead_scim::projection::Projection;
use keystead_scim::schema::Returned;
use keystead_scim::{Filter, Patch, ScimType, Unknown, resource};
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use serde_json::{Map, Value};

use crate::{GROUP, NAMES, USER, person, support, word};

/// Operations as clients write them; most can be applied.
fn operation() -> impl Strategy<Value = String> {
    let op = proptest::sample::select(vec!["add", "Replace", "remove"]);
    let path = proptest::sample::select(vec![
        "title",
        "active",
        "externalId",
        "name",
        "name.givenName",
        "emails",
        "emails.type",
        "emails[type eq \\\"a\\\"]",
        "emails[type eq \\\"a\\\"].value",
        "emails[type eq \\\"b\\\" and primary eq \\\"True\\\"].value",
        "emails[value eq \\\"a\\\"].primary",
        "emails[not (type eq \\\"a\\\")].value",
        "addresses[type eq \\\"a\\\"].locality",
        "manager",
        "department",
        "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User",
    ]);
    let value = prop_oneof![
        word().prop_map(|word| format!("{word:?}")),
        Just("\"\"".to_owned()),
        Just("null".to_owned()),
        Just("\"True\"".to_owned()),
        Just("false".to_owned()),
        Just("[]".to_owned()),
        Just("{}".to_owned()),
        (word(), word()).prop_map(|(kind, value)| format!(r#"[{{"type":"{kind}","value":"{value}"}}]"#)),
        (word(), word())
            .prop_map(|(one, other)| format!(r#"[{{"value":"{one}"}},{{"value":"{other}","primary":true}}]"#)),
        word().prop_map(|word| format!(r#"{{"givenName":"{word}","value":"{word}","department":"{word}"}}"#)),
    ];
    (op, path, value).prop_map(|(op, path, value)| format!(r#"{{"op":"{op}","path":"{path}","value":{value}}}"#))
}

fn patch_of(operations: &[String]) -> Result<Patch<'static>, keystead_scim::Error> {
    let body = format!(r#"{{"Operations":[{}]}}"#, operations.join(","));
    Patch::parse(&support::value(&body), &USER, Unknown::Ignore)
}

/// Any JSON, with many names and values that the schema knows.
fn body() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i32>().prop_map(Value::from),
        word().prop_map(Value::from),
        any::<String>().prop_map(Value::from),
        Just(Value::from("False")),
    ];
    let name = prop_oneof![
        4 => proptest::sample::select(&NAMES[..]).prop_map(str::to_owned),
        4 => proptest::sample::select(vec!["emails", "name", "roles", "value", "type", "primary", "givenName", "manager",
            support::ENTERPRISE, support::KEYSTEAD, "USERNAME", "immutableId"]).prop_map(str::to_owned),
        1 => any::<String>(),
    ];
    leaf.prop_recursive(4, 40, 6, move |inner| {
        prop_oneof![
            vec(inner.clone(), 0..4).prop_map(Value::from),
            vec((name.clone(), inner), 0..6).prop_map(|entries| Value::Object(entries.into_iter().collect())),
        ]
    })
}

proptest! {
    #[test]
    fn a_change_made_twice_is_the_change_made_once(person in person(), operation in operation()) {
        let Ok(patch) = patch_of(&[operation]) else { return Ok(()) };
        let Ok(once) = patch.apply(&person.resource()) else { return Ok(()) };
        match patch.apply(&once) {
            Ok(twice) => prop_assert_eq!(twice, once),
            // The elements that were chosen the first time have become others.
            Err(error) => prop_assert_eq!(error.scim_type, Some(ScimType::NoTarget)),
        }
    }

    #[test]
    fn a_patched_person_is_one_that_could_have_been_posted(operations in vec(operation(), 1..6), name in word()) {
        let Ok(patch) = patch_of(&operations) else { return Ok(()) };
        let before = resource::read(&serde_json::json!({"userName": name}), &USER, Unknown::Ignore).unwrap();
        if let Ok(after) = patch.apply(&before) {
            let emails = after.get("emails").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
            let primary = emails.iter().filter(|email| email["primary"] == true).count();
            prop_assert!(primary <= 1, "{:?}", emails);
            prop_assert!(emails.iter().all(|email| email.as_object().is_some_and(|email| !email.is_empty())));
            let empty = [Value::Null, serde_json::json!([]), serde_json::json!({})];
            prop_assert!(after.values().all(|value| !empty.contains(value)));
            prop_assert_eq!(&after["schemas"], &USER.urns_of(&after));
        }
    }

    #[test]
    fn what_was_read_is_read_again_as_it_is(body in body()) {
        if let Ok(once) = resource::read(&body, &USER, Unknown::Ignore) {
            let again = resource::read(&Value::Object(once.clone()), &USER, Unknown::Refuse).unwrap();
            prop_assert_eq!(again, once);
        }
    }

    #[test]
    fn any_operations_on_any_person_end_in_a_person_or_an_error(operations in vec(body(), 0..4), body in body()) {
        let message = serde_json::json!({"Operations": operations});
        let Ok(patch) = Patch::parse(&message, &USER, Unknown::Ignore) else { return Ok(()) };
        if let Ok(before) = resource::read(&body, &USER, Unknown::Ignore)
            && let Ok(after) = patch.apply(&before)
        {
            prop_assert!(after.contains_key("userName"));
        }
    }

    #[test]
    fn json_is_read_as_it_was_written(body in body()) {
        prop_assert_eq!(json::read(body.to_string().as_bytes(), Limits::default()).unwrap(), body);
    }

    #[test]
    fn what_is_excluded_or_not_asked_for_is_not_returned(
        body in body(),
        wanted in option::of(vec(proptest::sample::select(&NAMES[..]), 1..4)),
        excluded in vec(proptest::sample::select(&NAMES[..]), 0..4),
    ) {
        let Value::Object(mut whole) = body else { return Ok(()) };
        whole.insert("userName".to_owned(), Value::from("a"));
        let Ok(whole) = resource::read(&Value::Object(whole), &USER, Unknown::Ignore) else { return Ok(()) };
        let projection = Projection::parse(wanted.as_ref().map(|names| names.join(",")).as_deref(), Some(&excluded.join(",")), &USER).unwrap();
        let mut answer = whole.clone();
        projection.apply(&mut answer);
        for name in NAMES {
            let path = USER.attribute_path(name).unwrap();
            let there = Filter::Present(path).matches(&answer);
            let always = path.leaf().returned == Returned::Always;
            let hidden = excluded.contains(&name) || wanted.as_ref().is_some_and(|wanted| !wanted.contains(&name));
            if always || !hidden {
                // Unless what holds it was excluded, it is there if it was.
                prop_assert_eq!(there, Filter::Present(path).matches(&whole), "{}", name);
            } else {
                prop_assert!(!there, "{}", name);
            }
            prop_assert_eq!(projection.returns(name), always || !hidden, "{}", name);
        }
    }

    #[test]
    fn members_changed_apart_are_the_members_changed_together(
        before in vec(0_u8..6, 0..5),
        operations in vec((proptest::sample::select(vec!["add", "Remove", "replace"]), 0_u8..4, vec(0_u8..6, 0..3)), 0..6),
    ) {
        let operations: Vec<String> = operations.into_iter().map(|(op, form, ids)| {
            let list = ids.iter().map(|id| format!(r#"{{"value":"{id}"}}"#)).collect::<Vec<_>>().join(",");
            match form {
                0 if op != "add" => format!(r#"{{"op":"remove","path":"members[value eq \"{}\"]"}}"#, ids.first().unwrap_or(&0)),
                1 if op == "Remove" => r#"{"op":"Remove","path":"members"}"#.to_owned(),
                2 if op != "Remove" => format!(r#"{{"op":"{op}","value":{{"members":[{list}],"displayName":"x"}}}}"#),
                _ => format!(r#"{{"op":"{op}","path":"members","value":[{list}]}}"#),
            }
        }).collect();
        let message = support::value(&format!(r#"{{"Operations":[{}]}}"#, operations.join(",")));
        let patch = Patch::parse(&message, &GROUP, Unknown::Ignore).unwrap();
        let members: Vec<Value> = before.iter().map(|id| serde_json::json!({"value": id.to_string()})).collect();
        let group = Map::from_iter([("displayName".to_owned(), Value::from("g")), ("members".to_owned(), Value::from(members))]);
        let together: BTreeSet<String> = patch.apply(&group).unwrap().get("members").and_then(Value::as_array).into_iter().flatten()
            .map(|member| member["value"].as_str().unwrap().to_owned()).collect();

        let mut apart: BTreeSet<String> = before.iter().map(u8::to_string).collect();
        let (changes, rest) = patch.split_members("members").unwrap();
        for change in changes {
            match change {
                MembershipChange::Add(ids) => apart.extend(ids),
                MembershipChange::Remove(ids) => apart.retain(|id| !ids.contains(id)),
                MembershipChange::ReplaceAll(ids) => apart = ids.into_iter().collect(),
                MembershipChange::RemoveAll => apart.clear(),
                MembershipChange::RemoveMatching(filter) => prop_assert!(false, "{filter}"),
            }
        }
        prop_assert_eq!(apart, together);
        let after = rest.apply(&group).unwrap();
        prop_assert_eq!(after.get("members"), group.get("members"));
    }
}
