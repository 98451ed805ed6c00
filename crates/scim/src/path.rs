//! Names of things in a resource: attribute paths, and the paths of patches
//! (RFC 7644 sections 3.5.2 and 3.10).

use std::fmt;

use crate::error::Error;
use crate::filter::{Filter, parse};
use crate::schema::{Attribute, Mutability, ResourceType, Returned, Schema, Type};

/// An attribute or sub-attribute, found in the schema: `userName`, `name.givenName`,
/// `urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager.value`.
///
/// Prints in the schema's own spelling, whatever the client wrote.
#[derive(Clone, Copy, PartialEq)]
pub struct AttributePath<'s> {
    /// The extension that it belongs to; none for what stands in the resource itself.
    pub extension: Option<&'s Schema>,
    /// The attribute.
    pub attribute: &'s Attribute,
    /// The part of it that is meant.
    pub sub_attribute: Option<&'s Attribute>,
}

impl<'s> AttributePath<'s> {
    /// What the path ends in: the sub-attribute, or else the attribute.
    pub fn leaf(&self) -> &'s Attribute {
        self.sub_attribute.unwrap_or(self.attribute)
    }

    /// Itself, or its `value` where it names the whole of a complex attribute that has one: what
    /// `emails eq "ada@example.com"` compares and `sortBy=emails` sorts by (RFC 7643 section 2.4).
    #[must_use]
    pub fn or_value(self) -> Self {
        match self.sub_attribute {
            None if self.attribute.kind == Type::Complex => {
                Self { sub_attribute: self.attribute.sub_attribute("value"), ..self }
            }
            _ => self,
        }
    }

    /// Whether no answer may tell what it holds: it can't be filtered or sorted by (RFC 7644 section 7.5).
    pub fn is_hidden(&self) -> bool {
        [self.attribute, self.leaf()]
            .into_iter()
            .any(|attribute| attribute.returned == Returned::Never || attribute.mutability == Mutability::WriteOnly)
    }

    /// Its parts by their names in the schema, to `match` on: the extension's URN, the attribute, the
    /// sub-attribute.
    ///
    /// ```
    /// use keystead_scim::schema::{self, ResourceType};
    ///
    /// let user = ResourceType::new("User", "/Users", schema::user());
    /// let path = user.attribute_path("NAME.GivenName").unwrap();
    /// let column = match path.names() {
    ///     (None, "userName", None) => "user_name",
    ///     (None, "name", Some("givenName")) => "given_name",
    ///     _ => "unknown",
    /// };
    /// assert_eq!(column, "given_name");
    /// ```
    pub fn names(&self) -> (Option<&'s str>, &'s str, Option<&'s str>) {
        (
            self.extension.map(|schema| schema.id.as_ref()),
            self.attribute.name.as_ref(),
            self.sub_attribute.map(|sub| sub.name.as_ref()),
        )
    }
}

impl fmt::Display for AttributePath<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(schema) = self.extension {
            write!(f, "{}:", schema.id)?;
        }
        f.write_str(&self.attribute.name)?;
        self.sub_attribute.map_or(Ok(()), |sub| write!(f, ".{}", sub.name))
    }
}

impl fmt::Debug for AttributePath<'_> {
    /// As it is printed: a whole definition for each name would bury a filter.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "AttributePath({self})")
    }
}

/// What a name without a filter can mean.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Name<'s> {
    /// The URN of the main schema: the resource itself.
    Resource,
    /// The URN of an extension: all of its attributes.
    Extension(&'s Schema),
    /// An attribute.
    Attribute(AttributePath<'s>),
}

impl ResourceType {
    /// Looks a name up: an attribute, with or without its schema's URN, with or without a sub-attribute, or a
    /// schema's URN alone; all in any case.
    ///
    /// An extension's attribute is also found without the URN, if the main schema has none of the name: some
    /// clients write `manager` for the enterprise extension's.
    pub fn name(&self, text: &str) -> Option<Name<'_>> {
        for extension in self.extensions.iter().map(|extension| &extension.schema) {
            match below(text, &extension.id) {
                Some("") => return Some(Name::Extension(extension)),
                Some(rest) => {
                    if let Some(path) = path_among(rest, Some(extension), |name| extension.attribute(name)) {
                        return Some(Name::Attribute(path));
                    }
                }
                None => {}
            }
        }
        let rest = below(text, &self.schema.id).unwrap_or(text);
        if rest.is_empty() {
            return (!text.is_empty()).then_some(Name::Resource);
        }
        path_among(rest, None, |name| self.attribute(name))
            .or_else(|| {
                self.extensions
                    .iter()
                    .map(|extension| &extension.schema)
                    .find_map(|extension| path_among(text, Some(extension), |name| extension.attribute(name)))
            })
            .map(Name::Attribute)
    }

    /// Looks an attribute's name up, as [`ResourceType::name`] does.
    pub fn attribute_path(&self, text: &str) -> Option<AttributePath<'_>> {
        match self.name(text)? {
            Name::Attribute(path) => Some(path),
            Name::Resource | Name::Extension(_) => None,
        }
    }
}

/// What stands after a URN and its colon; empty when the text is the URN alone.
fn below<'t>(text: &'t str, urn: &str) -> Option<&'t str> {
    let (start, rest) = (text.get(..urn.len())?, &text[urn.len()..]);
    if !start.eq_ignore_ascii_case(urn) {
        return None;
    }
    if rest.is_empty() { Some("") } else { rest.strip_prefix(':').filter(|rest| !rest.is_empty()) }
}

fn path_among<'s>(
    text: &str,
    extension: Option<&'s Schema>,
    attribute: impl Fn(&str) -> Option<&'s Attribute>,
) -> Option<AttributePath<'s>> {
    let (name, sub_name) = text.split_once('.').map_or((text, None), |(name, sub)| (name, Some(sub)));
    let attribute = attribute(name)?;
    let sub_attribute = match sub_name {
        Some(sub_name) => Some(attribute.sub_attribute(sub_name)?),
        None => None,
    };
    Some(AttributePath { extension, attribute, sub_attribute })
}

/// What an operation of a patch is aimed at (RFC 7644 section 3.5.2, figure 7).
#[derive(Debug, Clone, PartialEq)]
pub enum Path<'s> {
    /// The resource itself: no path, or the main schema's URN.
    Resource,
    /// All of an extension.
    Extension(&'s Schema),
    /// An attribute, or those of its elements that a filter selects, or a part of either.
    Attribute {
        /// The attribute, and the part of it.
        path: AttributePath<'s>,
        /// Which elements; the paths in it are those of the element's parts.
        filter: Option<Filter<'s>>,
    },
}

impl<'s> Path<'s> {
    /// Reads a path. Bounded as filters are.
    ///
    /// Fails with `invalidPath` when it can't be read or names what the schema doesn't have, with
    /// `invalidFilter` when the fault is between the brackets.
    ///
    /// ```
    /// use keystead_scim::{path::Path, schema::{self, ResourceType}};
    ///
    /// let user = ResourceType::new("User", "/Users", schema::user());
    /// let path = Path::parse(r#"EMAILS[Type EQ "work"].VALUE"#, &user)?;
    /// assert_eq!(path.to_string(), r#"emails[type eq "work"].value"#);
    /// # Ok::<(), keystead_scim::Error>(())
    /// ```
    pub fn parse(text: &str, kind: &'s ResourceType) -> Result<Self, Error> {
        parse::path(text, kind)
    }
}

impl fmt::Display for Path<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Resource => Ok(()),
            Self::Extension(schema) => f.write_str(&schema.id),
            Self::Attribute { path, filter: None } => path.fmt(f),
            Self::Attribute { path, filter: Some(filter) } => {
                AttributePath { sub_attribute: None, ..*path }.fmt(f)?;
                write!(f, "[{}]", filter.in_element())?;
                path.sub_attribute.map_or(Ok(()), |sub| write!(f, ".{}", sub.name))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::{ENTERPRISE_USER_URN, USER_URN, enterprise_user, user};

    fn kind() -> ResourceType {
        ResourceType::new("User", "/Users", user()).with_extension(enterprise_user())
    }

    #[test]
    fn names_are_found_in_any_case_with_and_without_urn() {
        let kind = kind();
        for (written, found) in [
            ("USERNAME", "userName".to_owned()),
            ("name.FAMILYNAME", "name.familyName".to_owned()),
            ("externalid", "externalId".to_owned()),
            ("Meta.lastModified", "meta.lastModified".to_owned()),
            ("URN:ietf:params:scim:schemas:CORE:2.0:user:DisplayName", "displayName".to_owned()),
            ("urn:ietf:params:scim:schemas:core:2.0:User:id", "id".to_owned()),
            ("department", format!("{ENTERPRISE_USER_URN}:department")),
            ("manager.value", format!("{ENTERPRISE_USER_URN}:manager.value")),
            (
                &format!("{}:EmployeeNumber", ENTERPRISE_USER_URN.to_uppercase()),
                format!("{ENTERPRISE_USER_URN}:employeeNumber"),
            ),
        ] {
            assert_eq!(kind.attribute_path(written).unwrap().to_string(), found, "{written}");
        }
        assert_eq!(kind.name(USER_URN), Some(Name::Resource));
        assert!(matches!(kind.name(ENTERPRISE_USER_URN), Some(Name::Extension(_))));
    }

    #[test]
    fn unknown_names_are_not_found() {
        let kind = kind();
        for name in [
            "",
            ".",
            "nothing",
            "userName.value",
            "name.",
            "name.x",
            "emails.value.x",
            ":userName",
            "urn:x:userName",
            "urn:ietf:params:scim:schemas:core:2.0:User:",
            "urn:ietf:params:scim:schemas:core:2.0:UserX",
            "urn:ietf:params:scim:schemas:core:2.0:User:department:x",
            "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:userName",
            "ürn:ietf:params:scim:schemas:core:2.0:Usér",
        ] {
            assert_eq!(kind.name(name), None, "{name}");
        }
    }

    #[test]
    fn paths_print_as_they_were_meant() {
        let kind = kind();
        for path in [
            "userName",
            "name.givenName",
            r#"emails[type eq "work"]"#,
            r#"emails[type eq "work" and not (primary eq true)].value"#,
            ENTERPRISE_USER_URN,
            "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager.displayName",
        ] {
            assert_eq!(Path::parse(path, &kind).unwrap().to_string(), path);
        }
        assert_eq!(Path::parse(USER_URN, &kind).unwrap(), Path::Resource);
    }

    #[test]
    fn bad_paths_say_whether_name_or_filter_is_at_fault() {
        let kind = kind();
        for path in [
            "",
            " ",
            "nothing",
            "emails[type eq \"work\"].nothing",
            "emails[type eq \"work\"]x",
            "emails]",
            "userName[value eq \"x\"]",
            "emails.value[value eq \"x\"]",
            "userName pr",
            "urn:ietf:params:scim:schemas:core:2.0:User[type pr]",
            "emails[type eq \"work\"].",
            "name givenName",
        ] {
            assert_eq!(Path::parse(path, &kind).unwrap_err().scim_type, Some(crate::ScimType::InvalidPath), "{path}");
        }
        for path in [
            "emails[]",
            "emails[type eq \"work\"",
            "emails[nothing eq 1]",
            "emails[type xx \"work\"].value",
            "emails[type eq work]",
            "emails[emails[type pr]]",
            "emails[primary gt true]",
        ] {
            assert_eq!(Path::parse(path, &kind).unwrap_err().scim_type, Some(crate::ScimType::InvalidFilter), "{path}");
        }
    }
}
