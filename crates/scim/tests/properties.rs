//! What must hold for every filter, patch, body and projection, shown on many made up at random.

mod support;

use std::collections::BTreeSet;
use std::sync::LazyLock;

use keystead_scim::filter::{Literal, Operator};
use keystead_scim::json::{self, Limits};
use keystead_scim::patch::{MembershipChange, Patch, Unknown};
use keystead_scim::path::Path;
use keystead_scim::projection::Projection;
use keystead_scim::schema::{ResourceType, Returned, Type};
use keystead_scim::{Filter, ScimType, fold, resource};
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use serde_json::{Map, Value};

static USER: LazyLock<ResourceType> = LazyLock::new(support::user);
static GROUP: LazyLock<ResourceType> = LazyLock::new(support::group);

const NAMES: [&str; 14] = [
    "userName",
    "externalId",
    "id",
    "active",
    "title",
    "name.givenName",
    "meta.created",
    "emails.value",
    "emails.primary",
    "addresses.locality",
    "schemas",
    "profileUrl",
    "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department",
    "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager.value",
];

/// A comparison that the attribute's type permits.
fn comparison(name: &'static str) -> impl Strategy<Value = Filter<'static>> {
    let path = USER.attribute_path(name).unwrap();
    let equality = prop_oneof![Just(Operator::Equal), Just(Operator::NotEqual)];
    let all = proptest::sample::select(vec![
        Operator::Equal,
        Operator::NotEqual,
        Operator::Contains,
        Operator::StartsWith,
        Operator::EndsWith,
        Operator::Greater,
        Operator::GreaterOrEqual,
        Operator::Less,
        Operator::LessOrEqual,
    ]);
    let ordered = proptest::sample::select(vec![Operator::Equal, Operator::Greater, Operator::LessOrEqual]);
    let compared = match path.leaf().kind {
        Type::Boolean => (equality.clone(), any::<bool>().prop_map(Literal::Boolean)).boxed(),
        Type::DateTime => {
            let moment = (-300_000_000_000_i64..250_000_000_000)
                .prop_map(|second| Literal::DateTime(jiff::Timestamp::from_second(second).unwrap()));
            (ordered, moment).boxed()
        }
        _ => (all, any::<String>().prop_map(Literal::Text)).boxed(),
    };
    prop_oneof![
        1 => Just(Filter::Present(path)),
        1 => equality.prop_map(move |operator| Filter::Compare(path, operator, Literal::Null)),
        6 => compared.prop_map(move |(operator, literal)| Filter::Compare(path, operator, literal)),
    ]
}

fn joined(leaf: BoxedStrategy<Filter<'static>>) -> BoxedStrategy<Filter<'static>> {
    leaf.prop_recursive(4, 20, 3, |inner| {
        prop_oneof![
            vec(inner.clone(), 2..4).prop_map(Filter::And),
            vec(inner.clone(), 2..4).prop_map(Filter::Or),
            inner.prop_map(|filter| Filter::Not(Box::new(filter))),
        ]
    })
    .boxed()
}

fn filter() -> BoxedStrategy<Filter<'static>> {
    let simple = proptest::sample::select(&NAMES[..]).prop_flat_map(comparison).boxed();
    let parts =
        prop_oneof![comparison("emails.value"), comparison("emails.type"), comparison("emails.primary")].boxed();
    let emails = USER.attribute_path("emails").unwrap();
    let element = joined(parts).prop_map(move |filter| Filter::Element(emails, Box::new(filter))).boxed();
    joined(prop_oneof![3 => simple, 1 => element].boxed())
}

/// A small world in which values often meet.
fn word() -> impl Strategy<Value = String> {
    proptest::sample::select(vec!["a", "A", "b", "ab", "Straße", "STRASSE", "ä"]).prop_map(str::to_owned)
}

#[derive(Debug, Clone)]
struct Mail {
    kind: Option<String>,
    value: String,
    primary: Option<bool>,
}

#[derive(Debug, Clone)]
struct Person {
    title: Option<String>,
    external_id: Option<String>,
    active: Option<bool>,
    mails: Vec<Mail>,
}

fn person() -> impl Strategy<Value = Person> {
    let mail = (option::of(word()), word(), option::of(any::<bool>())).prop_map(|(kind, value, primary)| Mail {
        kind,
        value,
        primary,
    });
    (option::of(word()), option::of(word()), option::of(any::<bool>()), vec(mail, 0..4))
        .prop_map(|(title, external_id, active, mails)| Person { title, external_id, active, mails })
}

impl Person {
    fn resource(&self) -> Map<String, Value> {
        let mut resource = Map::new();
        let mut set = |name: &str, value: Option<Value>| {
            if let Some(value) = value {
                resource.insert(name.to_owned(), value);
            }
        };
        set("title", self.title.clone().map(Value::from));
        set("externalId", self.external_id.clone().map(Value::from));
        set("active", self.active.map(Value::from));
        let mails = self.mails.iter().map(|mail| {
            let mut element = Map::from_iter([("value".to_owned(), Value::from(mail.value.clone()))]);
            element.extend(mail.kind.clone().map(|kind| ("type".to_owned(), Value::from(kind))));
            element.extend(mail.primary.map(|primary| ("primary".to_owned(), Value::from(primary))));
            Value::Object(element)
        });
        set("emails", (!self.mails.is_empty()).then(|| mails.collect()));
        resource
    }
}

/// A question about such a person: as a filter's text, and as plain code that says whether it holds.
#[derive(Debug, Clone)]
enum Question {
    Title(&'static str, String),
    ExternalId(&'static str, String),
    Active(bool),
    HasMails,
    AnyMail(&'static str, String),
    OneMail(Option<bool>, &'static str, String),
    Not(Box<Question>),
    Both(Box<Question>, Box<Question>),
    Either(Box<Question>, Box<Question>),
}

fn question() -> impl Strategy<Value = Question> {
    let operator = || proptest::sample::select(vec!["eq", "ne", "co", "sw", "ew", "gt", "ge", "lt", "le"]);
    let leaf = prop_oneof![
        (operator(), word()).prop_map(|(operator, word)| Question::Title(operator, word)),
        (operator(), word()).prop_map(|(operator, word)| Question::ExternalId(operator, word)),
        any::<bool>().prop_map(Question::Active),
        Just(Question::HasMails),
        (operator(), word()).prop_map(|(operator, word)| Question::AnyMail(operator, word)),
        (option::of(any::<bool>()), operator(), word())
            .prop_map(|(p, operator, word)| Question::OneMail(p, operator, word)),
    ];
    leaf.prop_recursive(3, 12, 2, |inner| {
        prop_oneof![
            inner.clone().prop_map(|one| Question::Not(Box::new(one))),
            (inner.clone(), inner.clone()).prop_map(|(one, other)| Question::Both(Box::new(one), Box::new(other))),
            (inner.clone(), inner).prop_map(|(one, other)| Question::Either(Box::new(one), Box::new(other))),
        ]
    })
}

impl Question {
    fn text(&self) -> String {
        match self {
            Self::Title(operator, word) => format!("title {operator} {word:?}"),
            Self::ExternalId(operator, word) => format!("externalId {operator} {word:?}"),
            Self::Active(value) => format!("active eq \"{}\"", if *value { "True" } else { "False" }),
            Self::HasMails => "emails pr".to_owned(),
            Self::AnyMail(operator, word) => format!("emails {operator} {word:?}"),
            Self::OneMail(None, operator, word) => format!("emails[value {operator} {word:?}]"),
            Self::OneMail(Some(primary), operator, word) => {
                format!("emails[primary eq {primary}].value {operator} {word:?}")
            }
            Self::Not(one) => format!("not ({})", one.text()),
            Self::Both(one, other) => format!("({}) and ({})", one.text(), other.text()),
            Self::Either(one, other) => format!("({}) or ({})", one.text(), other.text()),
        }
    }

    fn holds(&self, person: &Person) -> bool {
        let folded = |text: &str, operator, word: &str| holds(&fold(text), operator, &fold(word));
        match self {
            Self::Title(operator, word) => match &person.title {
                Some(title) => folded(title, operator, word),
                None => *operator == "ne",
            },
            Self::ExternalId(operator, word) => match &person.external_id {
                Some(id) => holds(id, operator, word),
                None => *operator == "ne",
            },
            Self::Active(value) => person.active == Some(*value),
            Self::HasMails => !person.mails.is_empty(),
            Self::AnyMail("ne", word) => person.mails.iter().all(|mail| fold(&mail.value) != fold(word)),
            Self::AnyMail(operator, word) => person.mails.iter().any(|mail| folded(&mail.value, operator, word)),
            Self::OneMail(primary, operator, word) => person
                .mails
                .iter()
                .any(|mail| (primary.is_none() || mail.primary == *primary) && folded(&mail.value, operator, word)),
            Self::Not(one) => !one.holds(person),
            Self::Both(one, other) => one.holds(person) && other.holds(person),
            Self::Either(one, other) => one.holds(person) || other.holds(person),
        }
    }
}

fn holds(value: &str, operator: &str, word: &str) -> bool {
    match operator {
        "eq" => value == word,
        "ne" => value != word,
        "co" => value.contains(word),
        "sw" => value.starts_with(word),
        "ew" => value.ends_with(word),
        "gt" => value > word,
        "ge" => value >= word,
        "lt" => value < word,
        _ => value <= word,
    }
}

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

fn patch_of(operations: &[String]) -> Result<Patch<'static>, keystead_scim::Error> {
    let body = format!(r#"{{"Operations":[{}]}}"#, operations.join(","));
    Patch::parse(&support::value(&body), &USER, Unknown::Ignore)
}

proptest! {
    #[test]
    fn what_is_printed_is_read_as_the_same_filter(filter in filter()) {
        let printed = filter.to_string();
        prop_assume!(printed.len() <= keystead_scim::filter::MAX_LENGTH);
        prop_assert_eq!(Filter::parse(&printed, &USER).unwrap(), filter, "{}", printed);
    }

    #[test]
    fn any_text_is_read_or_refused(text in r#"((userName|emails\[|\]|\.value|not|\(|\)|and|or|eq|pr|"[a-z\\"]*"|true|null|5| ){0,12}|\PC{0,40})"#) {
        if let Ok(filter) = Filter::parse(&text, &USER) {
            prop_assert_eq!(Filter::parse(&filter.to_string(), &USER).unwrap(), filter);
        }
        if let Ok(path) = Path::parse(&text, &USER) {
            prop_assert_eq!(Path::parse(&path.to_string(), &USER).unwrap(), path);
        }
    }

    #[test]
    fn a_filter_matches_exactly_whom_plain_code_would_choose(question in question(), person in person()) {
        let filter = Filter::parse(&question.text(), &USER).unwrap();
        prop_assert_eq!(filter.matches(&person.resource()), question.holds(&person), "{}", question.text());
    }

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
