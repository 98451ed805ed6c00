//! The fields of a person as a source has them, made fit to be kept.

use serde::{Deserialize, Serialize};

use super::LABEL;
use crate::{error::FieldError, names, users};

/// The fields of a person as a source has them; absent: leave as it is.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Fields {
    /// Where mails go.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    /// Unique without case; the e-mail address for new people without one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user_name: Option<String>,
    /// How the person is called.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub display_name: Option<String>,
    /// First name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub given_name: Option<String>,
    /// Last name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub family_name: Option<String>,
    /// Phone.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub phone: Option<String>,
    /// Job title.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// Department.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub department: Option<String>,
    /// BCP 47 language tag.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub preferred_language: Option<String>,
    /// The id in the source.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub external_id: Option<String>,
}

impl Fields {
    fn each(&mut self) -> [&mut Option<String>; 10] {
        [
            &mut self.email,
            &mut self.user_name,
            &mut self.display_name,
            &mut self.given_name,
            &mut self.family_name,
            &mut self.phone,
            &mut self.title,
            &mut self.department,
            &mut self.preferred_language,
            &mut self.external_id,
        ]
    }

    /// Makes whatever was read fit to be shown.
    pub(super) fn plain(&mut self) {
        for field in self.each() {
            *field = field.take().map(|text| plain(&text, LABEL)).filter(|text| !text.is_empty());
        }
    }

    pub(super) fn checked(mut self, lenient: bool) -> std::result::Result<Self, FieldError> {
        for field in self.each() {
            *field = field.take().filter(|text| !text.trim().is_empty());
        }
        self.email = Some(names::email("email", self.email.as_deref().unwrap_or_default())?);
        let strict = [("userName", &mut self.user_name), ("displayName", &mut self.display_name)];
        for (name, field) in strict {
            *field = users::checked_field(name, field.as_deref())?;
        }
        let others = [
            ("givenName", &mut self.given_name),
            ("familyName", &mut self.family_name),
            ("phone", &mut self.phone),
            ("title", &mut self.title),
            ("department", &mut self.department),
            ("preferredLanguage", &mut self.preferred_language),
            ("externalId", &mut self.external_id),
        ];
        for (name, field) in others {
            *field = match users::checked_field(name, field.as_deref()) {
                Err(_) if lenient => None,
                checked => checked?,
            };
        }
        Ok(self)
    }
}

/// Text without what can't be shown, and no longer than this.
pub(super) fn plain(text: &str, longest: usize) -> String {
    let text: String = text.chars().filter(|c| !c.is_control()).take(longest).collect();
    text.trim().to_owned()
}
