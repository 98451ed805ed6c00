//! A resource as a person of Keystead, and back.

use keystead_directory::{
    ids::UserId,
    names,
    roles::Role,
    scim::{
        linking::Sent,
        users::{Record, ScimUser},
    },
    users::{NewUser, Origin, UserChange},
};
use keystead_scim::{
    Error, fold,
    schema::{Attribute, ENTERPRISE_USER_URN, Type},
};
use serde_json::{Map, Value, json};

use super::kinds::USER;

/// The longest id of a client's, in bytes: it stands in an index.
const LONGEST_EXTERNAL_ID: usize = 1024;
/// The longest name in the form that is compared, in bytes: it stands in an index, and some characters grow manyfold.
const LONGEST_KEY: usize = 2000;

/// What is kept of a resource beside the fields that people see.
///
/// # Errors
/// `invalidValue` for an external id that is too long.
pub fn record(resource: &Map<String, Value>) -> Result<Record, Error> {
    Ok(Record {
        external_id: external_id(resource)?,
        work_email_key: work_email(resource).map(fold),
        roles: roles(resource),
        resource: Value::Object(resource.clone()).to_string(),
        search: search(resource).to_string(),
    })
}

/// The client's id of a resource.
///
/// # Errors
/// `invalidValue` when it is too long.
pub fn external_id(resource: &Map<String, Value>) -> Result<Option<String>, Error> {
    let id = text(resource, "externalId");
    if id.is_some_and(|id| id.len() > LONGEST_EXTERNAL_ID) {
        return Err(Error::invalid_value(format!("externalId is longer than {LONGEST_EXTERNAL_ID} bytes.")));
    }
    Ok(id.map(str::to_owned))
}

/// Refuses a name that no index could hold.
///
/// # Errors
/// `invalidValue`.
pub fn check_name(attribute: &str, name: &str) -> Result<(), Error> {
    if names::key(name).len() > LONGEST_KEY || names::folded(name).len() > LONGEST_KEY {
        return Err(Error::invalid_value(format!("{attribute} is too long. Shorten it to at most 256 characters.")));
    }
    Ok(())
}

fn text<'r>(object: &'r Map<String, Value>, name: &str) -> Option<&'r str> {
    object.get(name).and_then(Value::as_str)
}

fn elements<'r>(resource: &'r Map<String, Value>, name: &str) -> impl Iterator<Item = &'r Map<String, Value>> {
    resource
        .get(name)
        .and_then(Value::as_array)
        .map(Vec::as_slice)
        .unwrap_or_default()
        .iter()
        .filter_map(Value::as_object)
}

fn is_of_type(element: &Map<String, Value>, kind: &str) -> bool {
    text(element, "type").is_some_and(|found| fold(found) == kind)
}

fn of_type<'r>(resource: &'r Map<String, Value>, name: &str, kind: &str) -> Option<&'r str> {
    elements(resource, name).filter(|element| is_of_type(element, kind)).find_map(|element| text(element, "value"))
}

/// The work address when there is exactly one.
fn work_email(resource: &Map<String, Value>) -> Option<&str> {
    let mut found =
        elements(resource, "emails").filter(|email| is_of_type(email, "work")).filter_map(|email| text(email, "value"));
    found.next().filter(|_| found.next().is_none())
}

/// Where mails go: the work address, else the primary one, else the first, else the user name if it is an address.
fn email<'r>(resource: &'r Map<String, Value>, user_name: &'r str) -> &'r str {
    let primary = || {
        elements(resource, "emails")
            .filter(|email| email.get("primary") == Some(&Value::Bool(true)))
            .find_map(|email| text(email, "value"))
    };
    of_type(resource, "emails", "work")
        .or_else(primary)
        .or_else(|| elements(resource, "emails").find_map(|email| text(email, "value")))
        .unwrap_or_else(|| if names::email("emails", user_name).is_ok() { user_name } else { "" })
}

/// The roles of Keystead that a resource names: by their names, or as the JSON text of an application role of Entra ID.
/// What is no role of ours is somebody else's.
fn roles(resource: &Map<String, Value>) -> Vec<Role> {
    let named = |text: &str| text.parse::<Role>().ok();
    let of_json = |text: &str| {
        let app_role: Map<String, Value> = serde_json::from_str(text).ok()?;
        ["value", "displayName"].iter().filter_map(|name| self::text(&app_role, name)).find_map(named)
    };
    elements(resource, "roles")
        .filter_map(|role| text(role, "value"))
        .filter_map(|text| if text.trim_start().starts_with('{') { of_json(text) } else { named(text) })
        .collect()
}

/// How people call them: with Entra's mapping the user name is an id that says nothing.
fn display_name(resource: &Map<String, Value>, email: &str, user_name: &str) -> String {
    let name = resource.get("name").and_then(Value::as_object);
    let part = |part: &str| name.and_then(|name| text(name, part)).map(str::trim).filter(|text| !text.is_empty());
    let joined = || {
        let parts: Vec<&str> = [part("givenName"), part("familyName")].into_iter().flatten().collect();
        (!parts.is_empty()).then(|| parts.join(" "))
    };
    text(resource, "displayName")
        .map(str::trim)
        .filter(|text| !text.is_empty())
        .or_else(|| part("formatted"))
        .map(str::to_owned)
        .or_else(joined)
        .unwrap_or_else(|| if email.is_empty() { user_name } else { email }.to_owned())
}

/// The first language of an `Accept-Language` list, if it is a tag.
fn language(resource: &Map<String, Value>) -> Option<String> {
    let first = text(resource, "preferredLanguage")?.split([',', ';']).next()?.trim().replace('_', "-");
    let is_part = |part: &str| (1..=8).contains(&part.len()) && part.chars().all(|c| c.is_ascii_alphanumeric());
    let is_tag =
        first.len() <= 35 && first.split('-').all(is_part) && first.starts_with(|c: char| c.is_ascii_alphabetic());
    is_tag.then_some(first)
}

/// A phone number that the panel can show; what is none stays in the resource only.
fn phone(resource: &Map<String, Value>) -> Option<String> {
    let number = of_type(resource, "phoneNumbers", "work").or_else(|| of_type(resource, "phoneNumbers", "mobile"))?;
    let number = number.strip_prefix("tel:").unwrap_or(number).trim();
    let is_number = number.len() <= 64 && number.chars().all(|c| c.is_ascii_digit() || " +-().x#*,;/ext".contains(c));
    (is_number && !number.is_empty()).then(|| number.to_owned())
}

/// The fields of a person that people see.
///
/// # Errors
/// `invalidValue` for names that are too long.
pub fn person(resource: &Map<String, Value>) -> Result<NewUser, Error> {
    let user_name = text(resource, "userName").unwrap_or_default();
    let email = email(resource, user_name);
    let display_name = display_name(resource, email, user_name);
    check_name("userName", user_name)?;
    check_name("displayName", &display_name)?;
    if user_name.trim().is_empty() {
        return Err(Error::invalid_value("userName is required."));
    }
    let enterprise = resource.get(ENTERPRISE_USER_URN).and_then(Value::as_object);
    let name = resource.get("name").and_then(Value::as_object);
    let part = |part: &str| name.and_then(|name| text(name, part)).map(str::to_owned);
    Ok(NewUser {
        email: email.to_owned(),
        user_name: Some(user_name.to_owned()),
        display_name: Some(display_name),
        given_name: part("givenName"),
        family_name: part("familyName"),
        phone: phone(resource),
        title: text(resource, "title").map(str::to_owned),
        department: enterprise.and_then(|enterprise| text(enterprise, "department")).map(str::to_owned),
        preferred_language: language(resource),
        group_ids: Vec::new(),
        origin: Origin::Scim,
    })
}

/// The same as a change of everything.
///
/// # Errors
/// As [`person`].
pub fn change(resource: &Map<String, Value>) -> Result<UserChange, Error> {
    Ok(person(resource)?.into())
}

/// All of a resource, for a person who is there already.
///
/// # Errors
/// As [`person`] and [`record`].
pub fn sent(resource: &Map<String, Value>) -> Result<Sent, Error> {
    Ok(Sent { change: change(resource)?, active: active(resource).unwrap_or(true), record: record(resource)? })
}

/// Whether the resource says that the person may sign in; none when it doesn't say.
pub fn active(resource: &Map<String, Value>) -> Option<bool> {
    resource.get("active").and_then(Value::as_bool)
}

/// The resource as it was sent, with what is known better by now. A client that took `active` away sees none, whatever
/// the person may do.
pub fn kept(user: &ScimUser) -> Map<String, Value> {
    let mut resource: Map<String, Value> = serde_json::from_str(&user.resource).unwrap_or_default();
    if let Some(active) = resource.get_mut("active") {
        *active = user.active.into();
    }
    resource
}

/// The entity tag of a version.
pub fn tag(version: i64) -> String {
    format!("W/\"{version}\"")
}

/// The address of a person.
pub fn location(base: &str, id: UserId) -> String {
    format!("{base}/Users/{id}")
}

/// The whole resource, but for the groups.
pub fn resource(user: &ScimUser, base: &str) -> Map<String, Value> {
    let mut resource = kept(user);
    resource.insert("id".to_owned(), user.id.to_string().into());
    resource.insert(
        "meta".to_owned(),
        json!({
            "resourceType": "User",
            "created": user.created_at.to_string(),
            "lastModified": user.updated_at.to_string(),
            "location": location(base, user.id),
            "version": tag(user.version),
        }),
    );
    resource
}

/// The document that filters are asked of: a list of values under each attribute's full name, texts in the form in
/// which they compare.
pub fn search(resource: &Map<String, Value>) -> Value {
    let mut document = Map::new();
    let mut add = |key: String, attribute: &Attribute, value: &Value| {
        let values = match value {
            Value::Array(values) => values.iter().map(|value| comparable(attribute, value)).collect(),
            single => vec![comparable(attribute, single)],
        };
        document.insert(key, Value::Array(values));
    };
    for (name, value) in resource {
        if let (Some(schema), Value::Object(parts)) = (USER.extension(name), value) {
            for (name, value) in parts {
                if let Some(attribute) = schema.attribute(name) {
                    add(format!("{}:{}", schema.id, attribute.name), attribute, value);
                }
            }
        } else if let Some(attribute) = USER.attribute(name) {
            add(attribute.name.clone().into_owned(), attribute, value);
        }
    }
    Value::Object(document)
}

fn comparable(attribute: &Attribute, value: &Value) -> Value {
    match value {
        Value::String(text) if attribute.kind != Type::Complex && !attribute.case_exact => fold(text).into(),
        Value::Object(parts) => parts
            .iter()
            .filter_map(|(name, value)| {
                let sub = attribute.sub_attribute(name)?;
                Some((sub.name.clone().into_owned(), comparable(sub, value)))
            })
            .collect::<Map<_, _>>()
            .into(),
        other => other.clone(),
    }
}
