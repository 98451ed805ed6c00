//! What must hold for every filter, patch, body and projection, shown on many made up at random.

#![expect(clippy::unwrap_used, reason = "helpers of tests outside their functions")]

mod changes;
mod filters;
#[path = "../support/mod.rs"]
mod support;

use std::sync::LazyLock;

use keystead_scim::schema::ResourceType;
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
