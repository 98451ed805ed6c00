//! A filter means in the database what it means in memory.

use keystead_scim::Filter;
use proptest::{
    prelude::*,
    strategy::ValueTree as _,
    test_runner::{Config, TestRunner},
};
use serde_json::{Value, json};

use super::{Desk, id};

/// Texts that come near one another: case, accents, wildcards and empty ones.
fn word() -> impl Strategy<Value = String> {
    prop::sample::select(vec![
        "a", "A", "ab", "Ab", "b", "äb", "ÄB", "a%b", "a_b", "work", "Work", "x\\y", "'", "\"", "straße",
    ])
    .prop_map(str::to_owned)
}

fn person() -> impl Strategy<Value = Value> {
    let emails = prop::collection::vec((prop::option::of(word()), "[ab]{1}", any::<Option<bool>>()), 0..3);
    let parts =
        (prop::option::of(word()), prop::option::of(word()), prop::option::of(word()), prop::option::of(word()));
    (emails, parts, any::<Option<bool>>()).prop_map(|(emails, (title, given, external, department), active)| {
        let emails: Vec<Value> = emails
            .into_iter()
            .enumerate()
            .map(|(at, (kind, name, primary))| {
                // At most one is.
                let primary = primary.map(|primary| primary && at == 0);
                json!({ "type": kind, "value": format!("{name}@x.example"), "primary": primary })
            })
            .collect();
        json!({
            "emails": emails, "title": title, "externalId": external, "name": { "givenName": given },
            "active": active, "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User": { "department": department },
        })
    })
}

fn filter() -> impl Strategy<Value = String> {
    let operator = || prop::sample::select(vec!["eq", "ne", "co", "sw", "ew", "gt", "ge", "lt", "le"]);
    let attribute = prop::sample::select(vec![
        "title",
        "name.givenName",
        "externalId",
        "emails",
        "emails.type",
        "emails.value",
        "userName",
        "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department",
        "department",
        "nickName",
    ]);
    let quoted = || {
        prop_oneof![word(), Just(String::new()), Just("a@x.example".to_owned()), Just("A@X.example".to_owned())]
            .prop_map(|text| Value::from(text).to_string())
    };
    let part = prop::sample::select(vec!["type", "value"]);
    let leaf = prop_oneof![
        4 => (attribute.clone(), operator(), quoted()).prop_map(|(name, op, text)| format!("{name} {op} {text}")),
        1 => attribute.clone().prop_map(|name| format!("{name} pr")),
        1 => (attribute, prop::sample::select(vec!["eq", "ne"])).prop_map(|(name, op)| format!("{name} {op} null")),
        1 => (prop::sample::select(vec!["active", "emails.primary"]), prop::sample::select(vec!["eq true", "ne true", "eq false", "ne \"False\"", "pr"]))
            .prop_map(|(name, rest)| format!("{name} {rest}")),
        2 => (part.clone(), operator(), quoted(), part, operator(), quoted(), any::<bool>(), any::<bool>()).prop_map(
            |(one, op, text, other, op2, text2, both, not)| {
                let inner = format!("{one} {op} {text} {} {other} {op2} {text2}", if both { "and" } else { "or" });
                if not { format!("emails[not ({inner})]") } else { format!("emails[{inner}]") }
            }),
        1 => quoted().prop_map(|text| format!("emails[type eq \"work\"].value eq {text}")),
        1 => operator().prop_map(|op| format!("meta.created {op} \"2026-01-01T00:00:00.0005Z\"")),
        1 => Just("meta.resourceType eq \"User\"".to_owned()),
    ];
    leaf.prop_recursive(3, 8, 3, |inner| {
        prop_oneof![
            (inner.clone(), inner.clone()).prop_map(|(one, other)| format!("({one}) and ({other})")),
            (inner.clone(), inner.clone()).prop_map(|(one, other)| format!("({one}) or ({other})")),
            inner.prop_map(|one| format!("not ({one})")),
        ]
    })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_filter_means_the_same_in_sql_as_in_memory() {
    let desk = Desk::start().await;
    let mut runner = TestRunner::new_with_rng(
        Config::default(),
        proptest::test_runner::TestRng::from_seed(proptest::test_runner::RngAlgorithm::ChaCha, &[7; 32]),
    );
    let mut people = Vec::new();
    for at in 0..60 {
        let mut body = person().new_tree(&mut runner).unwrap().current();
        body["userName"] = json!(format!("{}{at}", if at % 2 == 0 { "A" } else { "b" }));
        people.push(desk.person(&body).await);
    }
    let (mut checked, mut some) = (0, 0);
    for _ in 0..400 {
        let text = filter().new_tree(&mut runner).unwrap().current();
        let Ok(filter) = Filter::parse(&text, &keystead::scim::kinds::USER) else { continue };
        let mut found = desk.found("Users", &text).await;
        let mut expected: Vec<&str> =
            people.iter().filter(|person| filter.matches(person.as_object().unwrap())).map(id).collect();
        found.sort_unstable();
        expected.sort_unstable();
        assert_eq!(found, expected, "{text}");
        checked += 1;
        some += usize::from(!found.is_empty() && found.len() < people.len());
    }
    assert!(checked > 250 && some > 60, "{checked} filters, {some} of them telling");
}
