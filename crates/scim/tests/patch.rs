//! PATCH as the standard describes it, and what is refused.

#![expect(clippy::expect_used, reason = "helpers of tests outside their functions")]

mod support;

use keystead_scim::schema::{Attribute, Mutability, ResourceType, Schema};
use keystead_scim::{Patch, ScimType, Unknown};
use serde_json::{Value, json};
use support::{ENTERPRISE, object, patch, user, value};

/// Whether the operations make the one of the other, ignoring `schemas`.
fn makes(before: &str, operations: &str, after: &Value) {
    let mut changed =
        patch(&user(), &object(before), operations).unwrap_or_else(|error| panic!("{error}\n{operations}"));
    changed.remove("schemas");
    assert_eq!(Value::Object(changed), *after, "{operations}");
}

fn refuses(before: &str, operations: &str, why: ScimType) {
    let before = object(before);
    let error = patch(&user(), &before, operations).expect_err(operations);
    assert_eq!(error.scim_type, Some(why), "{error}\n{operations}");
}

#[test]
fn add_appends_to_lists_merges_objects_and_sets_values() {
    let emails = r#"{"emails":[{"type":"work","value":"a@x"}]}"#;
    makes(
        emails,
        r#"{"op":"add","path":"emails","value":[{"type":"home","value":"b@x"}]}"#,
        &json!({"emails": [{"type": "work", "value": "a@x"}, {"type": "home", "value": "b@x"}]}),
    );
    makes(
        emails,
        r#"{"op":"add","path":"emails","value":{"type":"home","value":"b@x"}}"#,
        &json!({"emails": [{"type": "work", "value": "a@x"}, {"type": "home", "value": "b@x"}]}),
    );
    // What is there already isn't added again, in whatever case.
    makes(
        emails,
        r#"{"op":"add","path":"emails","value":[{"type":"Work","value":"A@X","primary":true}]}"#,
        &json!({"emails": [{"type": "Work", "value": "A@X", "primary": true}]}),
    );
    makes(
        r#"{"name":{"givenName":"Ada"}}"#,
        r#"{"op":"add","path":"name","value":{"familyName":"L"}}"#,
        &json!({"name": {"givenName": "Ada", "familyName": "L"}}),
    );
    makes(
        "{}",
        r#"{"op":"add","value":{"title":"T","name":{"givenName":"A"},"emails":[{"value":"a@x"}]}}"#,
        &json!({"title": "T", "name": {"givenName": "A"}, "emails": [{"value": "a@x"}]}),
    );
}

#[test]
fn replace_sets_whole_lists_and_leaves_other_parts_of_objects() {
    makes(
        r#"{"emails":[{"value":"a@x"},{"value":"b@x"}]}"#,
        r#"{"op":"replace","path":"emails","value":[{"value":"c@x"}]}"#,
        &json!({"emails": [{"value": "c@x"}]}),
    );
    makes(r#"{"emails":[{"value":"a@x"}]}"#, r#"{"op":"replace","path":"emails","value":[]}"#, &json!({}));
    makes(
        r#"{"name":{"givenName":"Ada","familyName":"L"}}"#,
        r#"{"op":"replace","path":"name","value":{"givenName":"Eve","familyName":null}}"#,
        &json!({"name": {"givenName": "Eve"}}),
    );
    makes(
        r#"{"addresses":[{"type":"work","locality":"A","region":"R"},{"type":"home","locality":"B"}]}"#,
        r#"{"op":"replace","path":"addresses[type eq \"work\"]","value":{"locality":"C"}}"#,
        &json!({"addresses": [{"type": "work", "locality": "C"}, {"type": "home", "locality": "B"}]}),
    );
    makes(
        r#"{"addresses":[{"type":"work","locality":"A","region":"R"}]}"#,
        r#"{"op":"add","path":"addresses[type eq \"work\"]","value":{"locality":"C"}}"#,
        &json!({"addresses": [{"type": "work", "locality": "C", "region": "R"}]}),
    );
    // A text for an element is its value.
    makes(
        "{}",
        r#"{"op":"replace","path":"emails[type eq \"work\"]","value":"a@x"}"#,
        &json!({"emails": [{"type": "work", "value": "a@x"}]}),
    );
    makes(
        "{}",
        r#"{"op":"replace","path":"roles","value":["a","b"]}"#,
        &json!({"roles": [{"value": "a"}, {"value": "b"}]}),
    );
    // A part of each element.
    makes(
        r#"{"emails":[{"value":"a@x"},{"value":"b@x"}]}"#,
        r#"{"op":"replace","path":"emails.type","value":"work"}"#,
        &json!({"emails": [{"value": "a@x", "type": "work"}, {"value": "b@x", "type": "work"}]}),
    );
    makes("{}", r#"{"op":"add","path":"emails.value","value":"a@x"}"#, &json!({"emails": [{"value": "a@x"}]}));
}

#[test]
fn remove_takes_what_the_path_names_and_nothing_else() {
    let emails = r#"{"title":"T","emails":[{"type":"work","value":"a@x"},{"type":"home","value":"b@x"}]}"#;
    makes(emails, r#"{"op":"remove","path":"emails"}"#, &json!({"title": "T"}));
    makes(
        emails,
        r#"{"op":"remove","path":"title"},{"op":"remove","path":"emails[type eq \"work\"]"}"#,
        &json!({"emails": [{"type": "home", "value": "b@x"}]}),
    );
    makes(
        emails,
        r#"{"op":"remove","path":"emails[type eq \"work\"].type"},{"op":"remove","path":"title"}"#,
        &json!({"emails": [{"value": "a@x"}, {"type": "home", "value": "b@x"}]}),
    );
    makes(
        emails,
        r#"{"op":"remove","path":"emails","value":[{"value":"A@x"}]},{"op":"remove","path":"title"}"#,
        &json!({"emails": [{"type": "home", "value": "b@x"}]}),
    );
    makes(
        emails,
        r#"{"op":"remove","path":"emails","value":[{"type":"home"}]},{"op":"remove","path":"title"}"#,
        &json!({"emails": [{"type": "work", "value": "a@x"}]}),
    );
    makes(
        emails,
        r#"{"op":"remove","path":"emails","value":[{"type":"other","value":"a@x"},{"value":"c@x"}]},{"op":"remove","path":"title"}"#,
        &json!({"emails": [{"type": "work", "value": "a@x"}, {"type": "home", "value": "b@x"}]}),
    );
    // What isn't there.
    makes(
        "{}",
        r#"{"op":"remove","path":"title"},{"op":"remove","path":"emails[type eq \"work\"]"},{"op":"remove","path":"name.givenName"}"#,
        &json!({}),
    );
    makes(r#"{"name":{"givenName":"A"}}"#, r#"{"op":"remove","path":"name.givenName"}"#, &json!({}));
}

#[test]
fn extensions_are_changed_and_removed_as_a_whole() {
    let before = format!(r#"{{"schemas":[],"{ENTERPRISE}":{{"department":"A","division":"B"}}}}"#);
    makes(
        &before,
        &format!(r#"{{"op":"replace","path":"{ENTERPRISE}","value":{{"department":"C"}}}}"#),
        &json!({ENTERPRISE: {"department": "C", "division": "B"}}),
    );
    makes(&before, &format!(r#"{{"op":"remove","path":"{ENTERPRISE}"}}"#), &json!({}));
    makes(&before, &format!(r#"{{"op":"replace","value":{{"{ENTERPRISE}":null}}}}"#), &json!({}));
    let changed = patch(
        &user(),
        &object(&before),
        &format!(
            r#"{{"op":"remove","path":"{ENTERPRISE}:department"}},{{"op":"remove","path":"{ENTERPRISE}:division"}}"#
        ),
    )
    .unwrap();
    assert_eq!(Value::Object(changed), json!({"schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"]}));
}

#[test]
fn a_new_primary_value_takes_it_from_the_old() {
    let before = r#"{"emails":[{"value":"a@x","primary":true},{"value":"b@x"}]}"#;
    for operations in [
        r#"{"op":"replace","path":"emails[value eq \"b@x\"].primary","value":"True"}"#,
        r#"{"op":"add","path":"emails","value":[{"value":"b@x","primary":true}]}"#,
        r#"{"op":"add","path":"emails[value eq \"b@x\"]","value":{"primary":true}}"#,
    ] {
        makes(
            before,
            operations,
            &json!({"emails": [{"value": "a@x", "primary": false}, {"value": "b@x", "primary": true}]}),
        );
    }
    refuses(before, r#"{"op":"replace","path":"emails.primary","value":true}"#, ScimType::InvalidValue);
    refuses(
        before,
        r#"{"op":"replace","path":"emails","value":[{"value":"a","primary":true},{"value":"b","primary":true}]}"#,
        ScimType::InvalidValue,
    );
}

#[test]
fn an_element_is_made_only_from_what_the_filter_says_it_equals() {
    makes(
        "{}",
        r#"{"op":"add","path":"emails[type eq \"work\" and primary eq true].value","value":"a@x"}"#,
        &json!({"emails": [{"type": "work", "primary": true, "value": "a@x"}]}),
    );
    for filter in [
        "type ne \\\"work\\\"",
        "type eq \\\"a\\\" or type eq \\\"b\\\"",
        "type pr",
        "not (type eq \\\"x\\\")",
        "type eq null and display pr",
    ] {
        let operation = format!(r#"{{"op":"replace","path":"phoneNumbers[{filter}].value","value":"1"}}"#);
        refuses("{}", &operation, ScimType::NoTarget);
    }
    // An element that the filter wouldn't choose isn't what was meant.
    refuses("{}", r#"{"op":"replace","path":"emails[value eq \"a\"].value","value":"b"}"#, ScimType::NoTarget);
    refuses(
        "{}",
        r#"{"op":"add","path":"emails[type eq \"work\"]","value":{"type":"home","value":"a"}}"#,
        ScimType::NoTarget,
    );
    // What is set before the value waits for it.
    makes(
        "{}",
        r#"{"op":"add","path":"emails[type eq \"work\"].primary","value":true},{"op":"add","path":"emails[type eq \"work\"].value","value":"a@x"}"#,
        &json!({"emails": [{"type": "work", "primary": true, "value": "a@x"}]}),
    );
    makes("{}", r#"{"op":"add","path":"emails[type eq \"work\"].primary","value":true}"#, &json!({}));
    // Nothing given, nothing made.
    makes(
        "{}",
        r#"{"op":"add","path":"emails[type eq \"work\"].value","value":""},{"op":"add","path":"emails[type eq \"work\"]","value":{}}"#,
        &json!({}),
    );
}

#[test]
fn paths_that_are_wrong_or_forbidden_are_refused() {
    for (operation, why) in [
        (r#"{"op":"add","path":"nothing","value":1}"#, ScimType::InvalidPath),
        (r#"{"op":"add","path":7,"value":1}"#, ScimType::InvalidPath),
        (r#"{"op":"add","path":"name[givenName eq \"A\"].familyName","value":"x"}"#, ScimType::InvalidPath),
        (r#"{"op":"add","path":"emails[type eq work]","value":"x"}"#, ScimType::InvalidFilter),
        (r#"{"op":"replace","path":"id","value":"1"}"#, ScimType::Mutability),
        (r#"{"op":"replace","path":"meta.version","value":"1"}"#, ScimType::Mutability),
        (r#"{"op":"remove","path":"schemas"}"#, ScimType::Mutability),
        (r#"{"op":"add","path":"groups","value":[{"value":"1"}]}"#, ScimType::Mutability),
        (r#"{"op":"add","path":"manager.displayName","value":"B"}"#, ScimType::Mutability),
        (r#"{"op":"remove"}"#, ScimType::NoTarget),
        (r#"{"op":"remove","value":{"title":"x"}}"#, ScimType::NoTarget),
        (r#"{"op":"add","path":"title"}"#, ScimType::InvalidValue),
        (r#"{"op":"add"}"#, ScimType::InvalidValue),
        (r#"{"op":"add","value":"x"}"#, ScimType::InvalidValue),
        (r#"{"op":"add","value":{"title":"x","TITLE":"y"}}"#, ScimType::InvalidSyntax),
        (r#"{"op":"","path":"title","value":"x"}"#, ScimType::InvalidSyntax),
        (r#"{"path":"title","value":"x"}"#, ScimType::InvalidSyntax),
        (r#""x""#, ScimType::InvalidSyntax),
        (r#"{"op":"replace","path":"title","value":5}"#, ScimType::InvalidValue),
        (r#"{"op":"replace","path":"name","value":"Ada"}"#, ScimType::InvalidValue),
        (r#"{"op":"replace","path":"emails","value":[5]}"#, ScimType::InvalidValue),
        (r#"{"op":"replace","path":"emails[type eq \"work\"].primary","value":"maybe"}"#, ScimType::InvalidValue),
    ] {
        refuses(r#"{"userName":"ada"}"#, operation, why);
    }
}

#[test]
fn unknown_and_read_only_names_in_an_object_are_passed_over_or_refused() {
    let kind = user();
    let body = value(
        r#"{"Operations":[{"op":"replace","value":{"id":"x","meta":{},"nothing":1,"urn:x:y":{"a":1},"title":"T"}}]}"#,
    );
    let changed = Patch::parse(&body, &kind, Unknown::Ignore).unwrap().apply(&object(r#"{"id":"1"}"#)).unwrap();
    assert_eq!(Value::Object(changed), json!({"id": "1", "title": "T"}));
    assert_eq!(Patch::parse(&body, &kind, Unknown::Refuse).unwrap_err().scim_type, Some(ScimType::InvalidSyntax));
    let within = value(r#"{"Operations":[{"op":"replace","path":"name","value":{"stageName":"A"}}]}"#);
    let patch = Patch::parse(&within, &kind, Unknown::Refuse).unwrap();
    assert!(patch.apply(&object("{}")).is_err());
}

#[test]
fn what_may_be_written_once_stays() {
    let schema = Schema::new("urn:x", "X", "").with([
        Attribute::string("serial", "").mutability(Mutability::Immutable),
        Attribute::complex(
            "parts",
            "",
            [Attribute::string("value", ""), Attribute::string("made", "").mutability(Mutability::Immutable)],
        )
        .multi_valued(),
    ]);
    let kind = ResourceType::new("X", "/X", schema);
    let before =
        patch(&kind, &object("{}"), r#"{"op":"add","value":{"serial":"1","parts":[{"value":"a","made":"x"}]}}"#)
            .unwrap();
    for same in [
        r#"{"op":"replace","path":"serial","value":"1"}"#,
        r#"{"op":"replace","path":"parts[value eq \"a\"].made","value":"x"}"#,
    ] {
        assert_eq!(patch(&kind, &before, same).unwrap(), before);
    }
    for other in [
        r#"{"op":"replace","path":"serial","value":"2"}"#,
        r#"{"op":"remove","path":"serial"}"#,
        r#"{"op":"replace","path":"parts[value eq \"a\"].made","value":"y"}"#,
        r#"{"op":"remove","path":"parts[value eq \"a\"].made"}"#,
    ] {
        assert_eq!(patch(&kind, &before, other).unwrap_err().scim_type, Some(ScimType::Mutability), "{other}");
    }
    assert!(patch(&kind, &before, r#"{"op":"remove","path":"parts[value eq \"a\"]"}"#).is_ok());
}

#[test]
fn plain_lists_are_patched_too() {
    let schema = Schema::new("urn:x", "X", "").with([Attribute::string("tags", "").multi_valued()]);
    let kind = ResourceType::new("X", "/X", schema);
    let mut resource = object("{}");
    for (operation, tags) in [
        (r#"{"op":"add","path":"tags","value":["a","b","a"]}"#, json!(["a", "b"])),
        (r#"{"op":"add","path":"tags","value":"c"}"#, json!(["a", "b", "c"])),
        (r#"{"op":"remove","path":"tags[value eq \"A\"]"}"#, json!(["b", "c"])),
        (r#"{"op":"remove","path":"tags","value":["c"]}"#, json!(["b"])),
        (r#"{"op":"replace","path":"tags[value eq \"b\"]","value":"d"}"#, json!(["d"])),
    ] {
        resource = patch(&kind, &resource, operation).unwrap();
        assert_eq!(resource["tags"], tags, "{operation}");
    }
}

#[test]
fn messages_are_read_in_any_case_and_refused_when_they_are_something_else() {
    let kind = user();
    let accepted = [
        r#"{"operations":[{"OP":"ADD","PATH":"TITLE","Value":"x"}]}"#,
        r#"{"schemas":["URN:ietf:params:scim:api:messages:2.0:PatchOp"],"Operations":[]}"#,
        r#"{"Operations":[]}"#,
        r#"{"Operations":[{"op":"replace","path":"","value":{"title":"x"}},{"op":"replace","path":null,"value":{"title":"x"}}]}"#,
    ];
    for body in accepted {
        assert!(Patch::parse(&value(body), &kind, Unknown::Ignore).is_ok(), "{body}");
    }
    for body in [
        "[]",
        "{}",
        r#"{"Operations":{}}"#,
        r#"{"schemas":["urn:x"],"Operations":[]}"#,
        r#"{"schemas":"urn:x","Operations":[]}"#,
    ] {
        let error = Patch::parse(&value(body), &kind, Unknown::Ignore).unwrap_err();
        assert_eq!(error.scim_type, Some(ScimType::InvalidSyntax), "{body}");
    }
}

#[test]
fn a_patch_is_bounded() {
    let kind = user();
    let operations =
        |count: usize| json!({"Operations": vec![json!({"op": "add", "path": "title", "value": "x"}); count]});
    assert!(Patch::parse(&operations(1000), &kind, Unknown::Ignore).is_ok());
    assert_eq!(Patch::parse(&operations(1001), &kind, Unknown::Ignore).unwrap_err().status, 413);
    // Many operations over a long list.
    let emails: Vec<Value> = (0..5_000).map(|at| json!({"value": format!("{at}@x")})).collect();
    let mut operations = vec![json!({"op": "add", "path": "emails", "value": emails})];
    operations.extend(vec![
        json!({"op": "replace", "path": "emails[value eq \"none\" and type eq \"work\"].type", "value": ""});
        900
    ]);
    let patch = Patch::parse(&json!({"Operations": operations}), &kind, Unknown::Ignore).unwrap();
    assert_eq!(patch.apply(&object("{}")).unwrap_err().status, 413);
    // Many elements that are known by nothing but their parts.
    let addresses: Vec<Value> = (0..101).map(|at| json!({"locality": at.to_string()})).collect();
    let remove = json!({"Operations": [{"op": "remove", "path": "addresses", "value": addresses}]});
    let patch = Patch::parse(&remove, &kind, Unknown::Ignore).unwrap();
    assert_eq!(patch.apply(&object(r#"{"addresses":[{"locality":"1"}]}"#)).unwrap_err().status, 413);
}
