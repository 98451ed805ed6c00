//! Filters: read, printed and matched.

use keystead_scim::Filter;
use keystead_scim::filter::{Literal, Operator};
use keystead_scim::fold;
use keystead_scim::path::Path;
use keystead_scim::schema::Type;
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;

use crate::{NAMES, Person, USER, person, word};

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
}
