//! The fields of a person that are typed in: checked once, then plain.

use super::{Origin, User};
use crate::{
    error::{Error, FieldError, Result},
    ids::GroupId,
    names,
};

/// The longest name, in characters.
const LONGEST: usize = 256;

/// A person to be added, as it was typed.
#[derive(Debug, Clone)]
pub struct NewUser {
    /// Where mails go; must be there, but for people of SCIM.
    pub email: String,
    /// The e-mail address when absent.
    pub user_name: Option<String>,
    /// First and last name, or the user name, when absent.
    pub display_name: Option<String>,
    /// First name.
    pub given_name: Option<String>,
    /// Last name.
    pub family_name: Option<String>,
    /// Phone.
    pub phone: Option<String>,
    /// Job title.
    pub title: Option<String>,
    /// Department.
    pub department: Option<String>,
    /// BCP 47 language tag.
    pub preferred_language: Option<String>,
    /// The groups to join.
    pub group_ids: Vec<GroupId>,
    /// Where the person comes from.
    pub origin: Origin,
}

impl NewUser {
    /// A local person with just an address.
    pub fn local(email: &str) -> Self {
        Self {
            email: email.to_owned(),
            user_name: None,
            display_name: None,
            given_name: None,
            family_name: None,
            phone: None,
            title: None,
            department: None,
            preferred_language: None,
            group_ids: Vec::new(),
            origin: Origin::Local,
        }
    }

    /// Cleans every field, or names every one to mend; nothing is looked up or written.
    ///
    /// # Errors
    /// [`Error::Invalid`] with each field at fault.
    pub fn check(self) -> Result<(Profile, Vec<GroupId>, Origin)> {
        let filled = |text: Option<String>| text.filter(|text| !text.trim().is_empty());
        let user_name = filled(self.user_name).unwrap_or_else(|| self.email.clone());
        let display_name = filled(self.display_name).unwrap_or_else(|| {
            let parts = [self.given_name.as_deref(), self.family_name.as_deref()];
            let name = parts.iter().flatten().map(|part| part.trim()).collect::<Vec<_>>().join(" ");
            if name.trim().is_empty() { user_name.clone() } else { name.trim().to_owned() }
        });
        let mut group_ids = self.group_ids;
        group_ids.sort_unstable();
        group_ids.dedup();
        let profile = Profile {
            user_name,
            email: self.email,
            display_name,
            given_name: self.given_name,
            family_name: self.family_name,
            phone: self.phone,
            title: self.title,
            department: self.department,
            preferred_language: self.preferred_language,
        };
        Ok((profile.check(self.origin)?, group_ids, self.origin))
    }
}

/// The fields of a person that are typed in.
#[derive(Debug, Clone)]
pub struct Profile {
    pub(super) user_name: String,
    pub(super) email: String,
    pub(super) display_name: String,
    pub(super) given_name: Option<String>,
    pub(super) family_name: Option<String>,
    pub(super) phone: Option<String>,
    pub(super) title: Option<String>,
    pub(super) department: Option<String>,
    pub(super) preferred_language: Option<String>,
}

impl Profile {
    /// Cleans every field, or names every one to mend.
    fn check(self, origin: Origin) -> Result<Self> {
        let mut errors = Vec::new();
        let mut keep = |result: std::result::Result<String, FieldError>| {
            result.unwrap_or_else(|error| {
                errors.push(error);
                String::new()
            })
        };
        // A SCIM client need not know an address; whoever is added here has one.
        let email = if origin == Origin::Scim && self.email.is_empty() {
            String::new()
        } else {
            keep(names::email("email", &self.email))
        };
        let user_name = if self.user_name == self.email {
            email.clone()
        } else {
            keep(names::name("userName", &self.user_name, LONGEST))
        };
        let display_name = if self.display_name == self.email {
            email.clone()
        } else {
            keep(names::name("displayName", &self.display_name, LONGEST))
        };
        let mut optional = |field: &str, text: &Option<String>| {
            checked_field(field, text.as_deref()).unwrap_or_else(|error| {
                errors.push(error);
                None
            })
        };
        let checked = Self {
            user_name,
            email,
            display_name,
            given_name: optional("givenName", &self.given_name),
            family_name: optional("familyName", &self.family_name),
            phone: optional("phone", &self.phone),
            title: optional("title", &self.title),
            department: optional("department", &self.department),
            preferred_language: optional("preferredLanguage", &self.preferred_language),
        };
        if errors.is_empty() { Ok(checked) } else { Err(Error::Invalid(errors)) }
    }
}

/// Cleans a field that may be left empty.
///
/// # Errors
/// `malformed` or `tooLong` at the field.
pub(crate) fn checked_field(field: &str, text: Option<&str>) -> std::result::Result<Option<String>, FieldError> {
    let longest = match field {
        "phone" => 64,
        "preferredLanguage" => 35,
        _ => LONGEST,
    };
    let checked = names::optional_name(field, text, longest)?;
    let malformed = |message| Err(FieldError::new(field, "malformed", message));
    match (field, &checked) {
        ("phone", Some(phone)) if !phone.chars().all(|c| c.is_ascii_digit() || " +-().x#*,;/ext".contains(c)) => {
            malformed("Write a phone number, like +44 20 7946 0000.")
        }
        ("preferredLanguage", Some(tag))
            if !(tag
                .split('-')
                .all(|part| (1..=8).contains(&part.len()) && part.chars().all(|c| c.is_ascii_alphanumeric()))
                && tag.chars().next().is_some_and(|c| c.is_ascii_alphabetic())) =>
        {
            malformed("Write a language tag, like en or pt-BR.")
        }
        _ => Ok(checked),
    }
}

/// A change of a person's fields: absent stays, `Some(None)` clears.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct UserChange {
    /// See [`User`].
    pub user_name: Option<String>,
    /// See [`User`].
    pub email: Option<String>,
    /// See [`User`].
    pub display_name: Option<String>,
    /// See [`User`].
    pub given_name: Option<Option<String>>,
    /// See [`User`].
    pub family_name: Option<Option<String>>,
    /// See [`User`].
    pub phone: Option<Option<String>>,
    /// See [`User`].
    pub title: Option<Option<String>>,
    /// See [`User`].
    pub department: Option<Option<String>>,
    /// See [`User`].
    pub preferred_language: Option<Option<String>>,
}

impl From<NewUser> for UserChange {
    /// All that is said of a new person, for one who is there already; groups are not among it.
    fn from(new: NewUser) -> Self {
        Self {
            user_name: new.user_name,
            email: Some(new.email),
            display_name: new.display_name,
            given_name: Some(new.given_name),
            family_name: Some(new.family_name),
            phone: Some(new.phone),
            title: Some(new.title),
            department: Some(new.department),
            preferred_language: Some(new.preferred_language),
        }
    }
}

impl UserChange {
    pub(super) fn apply(self, user: &User) -> Result<Profile> {
        let user = user.clone();
        Profile {
            user_name: self.user_name.unwrap_or(user.user_name),
            email: self.email.unwrap_or(user.email),
            display_name: self.display_name.unwrap_or(user.display_name),
            given_name: self.given_name.unwrap_or(user.given_name),
            family_name: self.family_name.unwrap_or(user.family_name),
            phone: self.phone.unwrap_or(user.phone),
            title: self.title.unwrap_or(user.title),
            department: self.department.unwrap_or(user.department),
            preferred_language: self.preferred_language.unwrap_or(user.preferred_language),
        }
        .check(user.origin)
    }
}
