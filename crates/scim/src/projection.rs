//! Which attributes an answer has: `attributes` and `excludedAttributes` (RFC 7644 section 3.9).

use serde_json::{Map, Value};

use crate::error::Error;
use crate::filter::MAX_LENGTH;
use crate::path::{AttributePath, Name};
use crate::schema::{Attribute, ResourceType, Returned, Schema};

/// The most names in one list.
pub const MAX_NAMES: usize = 200;

/// What a client asked to be returned. Names are read in any case, with or without URN, and may name
/// sub-attributes or a whole extension; unknown ones are passed over.
///
/// - Without a request: all that is `returned` by default.
/// - `attributes`: those, and what is always returned.
/// - `excludedAttributes`: all but those; what is always returned stays.
/// - Both: those of the first without those of the second.
///
/// What isn't returned isn't there at all: an empty `members` would tell a client that a group is empty.
///
/// ```
/// use keystead_scim::{projection::Projection, schema::{self, ResourceType}};
/// use serde_json::json;
///
/// let kind = ResourceType::new("Group", "/Groups", schema::group());
/// let projection = Projection::parse(None, Some("members"), &kind)?;
/// assert!(!projection.returns("members")); // no need to load them
///
/// let mut group = json!({"id": "1", "displayName": "Crew", "members": [{"value": "7"}]});
/// projection.apply(group.as_object_mut().unwrap());
/// assert_eq!(group, json!({"id": "1", "displayName": "Crew"}));
/// # Ok::<(), keystead_scim::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Projection<'s> {
    kind: &'s ResourceType,
    /// None when the client asked for no attributes in particular.
    wanted: Option<Vec<Name<'s>>>,
    excluded: Vec<Name<'s>>,
}

impl<'s> Projection<'s> {
    /// Reads the two lists of names, each separated by commas.
    ///
    /// Fails with `invalidValue` for a list of more than [`MAX_NAMES`] names or 16 KiB.
    pub fn parse(
        attributes: Option<&str>,
        excluded_attributes: Option<&str>,
        kind: &'s ResourceType,
    ) -> Result<Self, Error> {
        let split = |text: &str| -> Result<Vec<Name<'s>>, Error> {
            if text.len() > MAX_LENGTH {
                return Err(too_many());
            }
            Self::names(text.split(','), kind)
        };
        Ok(Self {
            kind,
            wanted: attributes.filter(|text| !text.trim().is_empty()).map(split).transpose()?,
            excluded: excluded_attributes.map(split).transpose()?.unwrap_or_default(),
        })
    }

    /// Reads the two lists of names as they stand in a body.
    pub(crate) fn from_lists(
        attributes: &[&str],
        excluded_attributes: &[&str],
        kind: &'s ResourceType,
    ) -> Result<Self, Error> {
        let wanted = Self::names(attributes.iter().copied(), kind)?;
        Ok(Self {
            kind,
            wanted: (!attributes.is_empty()).then_some(wanted),
            excluded: Self::names(excluded_attributes.iter().copied(), kind)?,
        })
    }

    fn names<'t>(texts: impl Iterator<Item = &'t str>, kind: &'s ResourceType) -> Result<Vec<Name<'s>>, Error> {
        let mut names = Vec::new();
        for (at, text) in texts.enumerate() {
            if at == MAX_NAMES {
                return Err(too_many());
            }
            names.extend(kind.name(text.trim()));
        }
        Ok(names)
    }

    /// Whether the attribute, or some part of it, is in the answer. Names that the schema doesn't have are not.
    pub fn returns(&self, name: &str) -> bool {
        let Some(path) = self.kind.attribute_path(name) else { return false };
        let whole = self.returns_path(AttributePath { sub_attribute: None, ..path });
        match path.sub_attribute {
            Some(_) => whole && self.returns_path(path),
            None => whole,
        }
    }

    /// Leaves in the resource what the answer has. What isn't in the schema goes too. Names must be spelled as in the
    /// schema.
    pub fn apply(&self, resource: &mut Map<String, Value>) {
        resource.retain(|name, value| match self.kind.extension(name) {
            Some(schema) => {
                let Value::Object(extension) = value else { return false };
                extension.retain(|name, value| {
                    schema.attribute(name).is_some_and(|attribute| self.retain(Some(schema), attribute, value))
                });
                !extension.is_empty()
            }
            None => self.kind.attribute(name).is_some_and(|attribute| self.retain(None, attribute, value)),
        });
    }

    /// Takes from an attribute's value what isn't returned; answers whether anything is.
    fn retain(&self, extension: Option<&Schema>, attribute: &Attribute, value: &mut Value) -> bool {
        let path = AttributePath { extension, attribute, sub_attribute: None };
        if !self.returns_path(path) {
            return false;
        }
        if attribute.sub_attributes.is_empty() {
            return true;
        }
        let mut retain_parts = |parts: &mut Value| match parts {
            Value::Object(parts) => {
                parts.retain(|name, _| {
                    attribute
                        .sub_attribute(name)
                        .is_some_and(|sub| self.returns_path(AttributePath { sub_attribute: Some(sub), ..path }))
                });
                !parts.is_empty()
            }
            _ => false,
        };
        match value {
            Value::Array(elements) => {
                let were_some = !elements.is_empty();
                elements.retain_mut(&mut retain_parts);
                !(were_some && elements.is_empty())
            }
            single => retain_parts(single),
        }
    }

    fn returns_path(&self, path: AttributePath<'_>) -> bool {
        match path.leaf().returned {
            Returned::Always => return true,
            Returned::Never => return false,
            Returned::Default | Returned::Request => {}
        }
        if self.excluded.iter().any(|name| covers(*name, path)) {
            return false;
        }
        match &self.wanted {
            Some(wanted) => wanted.iter().any(|name| covers(*name, path) && asks(*name, path) || leads_to(*name, path)),
            None => path.leaf().returned == Returned::Default,
        }
    }
}

fn too_many() -> Error {
    Error::invalid_value(format!("The list of attributes is longer than {MAX_NAMES} names or {MAX_LENGTH} bytes."))
}

/// Whether the path is what the name means, or within it.
fn covers(name: Name<'_>, path: AttributePath<'_>) -> bool {
    match name {
        Name::Resource => path.extension.is_none(),
        Name::Extension(schema) => path.extension.is_some_and(|extension| extension.id == schema.id),
        Name::Attribute(named) => {
            same_attribute(named, path) && (named.sub_attribute.is_none() || same_part(named, path))
        }
    }
}

/// Whether naming this asks for the path even if it is returned only on request: naming what holds it doesn't.
fn asks(name: Name<'_>, path: AttributePath<'_>) -> bool {
    path.leaf().returned != Returned::Request
        || matches!(name, Name::Attribute(named) if named.sub_attribute.is_some() == path.sub_attribute.is_some())
}

/// Whether the path holds what the name means: `name` holds `name.givenName`.
fn leads_to(name: Name<'_>, path: AttributePath<'_>) -> bool {
    matches!(name, Name::Attribute(named) if path.sub_attribute.is_none() && same_attribute(named, path))
}

fn same_attribute(one: AttributePath<'_>, other: AttributePath<'_>) -> bool {
    one.extension.map(|schema| &schema.id) == other.extension.map(|schema| &schema.id)
        && one.attribute.name == other.attribute.name
}

fn same_part(one: AttributePath<'_>, other: AttributePath<'_>) -> bool {
    one.sub_attribute.map(|sub| &sub.name) == other.sub_attribute.map(|sub| &sub.name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::{ENTERPRISE_USER_URN, enterprise_user, user};
    use serde_json::json;

    fn kind() -> ResourceType {
        let secret = Attribute::string("nationalId", "Only for those who ask.").returned(Returned::Request);
        ResourceType::new("User", "/Users", user().with([secret])).with_extension(enterprise_user())
    }

    fn projected(attributes: Option<&str>, excluded: Option<&str>) -> Value {
        let mut ada = json!({
            "schemas": [crate::schema::USER_URN],
            "id": "1",
            "userName": "ada",
            "password": "hidden",
            "nationalId": "123",
            "name": {"givenName": "Ada", "familyName": "Lovelace"},
            "emails": [{"value": "a@example.com", "type": "work"}, {"value": "b@example.com"}],
            "roles": [],
            "stray": 1,
            ENTERPRISE_USER_URN: {"department": "R", "manager": {"value": "7"}},
        });
        let kind = kind();
        let projection = Projection::parse(attributes, excluded, &kind).unwrap();
        projection.apply(ada.as_object_mut().unwrap());
        ada.as_object_mut().unwrap().remove("schemas").expect("schemas is always returned");
        ada
    }

    #[test]
    fn by_default_what_is_secret_on_request_or_unknown_is_not_returned() {
        assert_eq!(
            projected(None, None),
            json!({
                "id": "1",
                "userName": "ada",
                "name": {"givenName": "Ada", "familyName": "Lovelace"},
                "emails": [{"value": "a@example.com", "type": "work"}, {"value": "b@example.com"}],
                "roles": [],
                ENTERPRISE_USER_URN: {"department": "R", "manager": {"value": "7"}},
            })
        );
    }

    #[test]
    fn what_is_asked_for_comes_with_what_is_always_returned() {
        for (asked, answered) in [
            ("USERNAME", json!({"id": "1", "userName": "ada"})),
            ("nationalId,password", json!({"id": "1", "nationalId": "123"})),
            (
                "name.givenName, Emails.Type",
                json!({"id": "1", "name": {"givenName": "Ada"}, "emails": [{"type": "work"}]}),
            ),
            (
                ENTERPRISE_USER_URN,
                json!({"id": "1", ENTERPRISE_USER_URN: {"department": "R", "manager": {"value": "7"}}}),
            ),
            (
                &format!("{ENTERPRISE_USER_URN}:manager.value"),
                json!({"id": "1", ENTERPRISE_USER_URN: {"manager": {"value": "7"}}}),
            ),
            ("nothing", json!({"id": "1"})),
        ] {
            assert_eq!(projected(Some(asked), None), answered, "{asked}");
        }
    }

    #[test]
    fn what_is_excluded_is_gone_down_to_the_key() {
        for (excluded, gone) in [
            ("emails", vec!["/emails"]),
            ("name.familyName", vec!["/name/familyName"]),
            ("emails.value,emails.type", vec!["/emails"]),
            (ENTERPRISE_USER_URN, vec!["/urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"]),
            ("id", vec![]),
        ] {
            let answer = projected(None, Some(excluded));
            for pointer in gone {
                assert_eq!(answer.pointer(pointer), None, "{excluded}");
            }
            assert_eq!(answer["id"], "1");
            assert_eq!(answer["userName"], "ada");
        }
    }

    #[test]
    fn a_server_learns_what_it_need_not_load() {
        let kind = kind();
        let returns =
            |attributes, excluded, name| Projection::parse(attributes, excluded, &kind).unwrap().returns(name);
        assert!(returns(None, None, "emails"));
        assert!(!returns(None, Some("emails"), "emails.value"));
        assert!(returns(None, Some("emails.value"), "emails"));
        assert!(returns(Some("emails.value"), None, "emails"));
        assert!(!returns(Some("emails.value"), None, "emails.type"));
        assert!(!returns(Some("userName"), None, "emails"));
        assert!(!returns(Some("userName,emails"), Some("emails"), "emails"));
        assert!(!returns(None, None, "nationalId"));
        assert!(!returns(None, None, "nothing"));
    }

    #[test]
    fn what_is_returned_on_request_must_be_named_itself() {
        let code = Attribute::string("code", "").returned(Returned::Request);
        let lock = Attribute::complex("lock", "", [Attribute::string("place", ""), code]);
        let badge = Schema::new("urn:x:Badge", "", "").with([Attribute::string("pin", "").returned(Returned::Request)]);
        let kind = ResourceType::new("X", "/X", Schema::new("urn:x:X", "", "").with([lock])).with_extension(badge);
        let whole = json!({"lock": {"place": "door", "code": "1234"}, "urn:x:Badge": {"pin": "5678"}});
        for (asked, answered) in [
            (None, json!({"lock": {"place": "door"}})),
            (Some("lock"), json!({"lock": {"place": "door"}})),
            (Some("urn:x:X"), json!({"lock": {"place": "door"}})),
            (Some("urn:x:Badge"), json!({})),
            (Some("lock.code"), json!({"lock": {"code": "1234"}})),
            (Some("urn:x:Badge:pin"), json!({"urn:x:Badge": {"pin": "5678"}})),
        ] {
            let mut answer = whole.clone();
            Projection::parse(asked, None, &kind).unwrap().apply(answer.as_object_mut().unwrap());
            assert_eq!(answer, answered, "{asked:?}");
        }
    }

    #[test]
    fn lists_of_names_are_bounded() {
        let kind = kind();
        assert!(Projection::parse(Some(&"a,".repeat(MAX_NAMES)), None, &kind).is_err());
        assert!(Projection::parse(None, Some(&"a".repeat(MAX_LENGTH + 1)), &kind).is_err());
    }
}
