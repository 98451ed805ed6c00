//! A person as Graph describes them, and as an import takes them.

use keystead_directory::{
    imports::{Fields, Reason, RowProblem, StagedRow},
    names,
};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::entra::{Failure, graph::Needs, login::PERMISSIONS};

/// What is asked for of a person.
pub const SELECT: &str = "id,accountEnabled,userType,displayName,givenName,surname,mail,userPrincipalName,otherMails,\
                          department,jobTitle,mobilePhone,preferredLanguage";
/// Reading people.
pub const NEEDS: Needs = Needs { permission: PERMISSIONS[0], eventual: false };

/// A person of the tenant.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct GraphUser {
    /// Their object id.
    pub id: Uuid,
    /// Whether they may sign in there.
    #[serde(default)]
    pub account_enabled: Option<bool>,
    #[serde(default)]
    user_type: Option<String>,
    #[serde(default)]
    display_name: Option<String>,
    #[serde(default)]
    given_name: Option<String>,
    #[serde(default)]
    surname: Option<String>,
    #[serde(default)]
    mail: Option<String>,
    #[serde(default)]
    user_principal_name: Option<String>,
    #[serde(default)]
    other_mails: Option<Vec<String>>,
    #[serde(default)]
    department: Option<String>,
    #[serde(default)]
    job_title: Option<String>,
    #[serde(default)]
    mobile_phone: Option<String>,
    #[serde(default)]
    preferred_language: Option<String>,
}

impl GraphUser {
    /// Whether they were invited from elsewhere.
    pub fn is_guest(&self) -> bool {
        self.user_type.as_deref().is_some_and(|kind| kind.eq_ignore_ascii_case("guest"))
    }

    /// Whether their user name is one that Microsoft made up for somebody from elsewhere.
    fn is_external(&self) -> bool {
        self.user_principal_name.as_deref().is_some_and(|name| name.to_ascii_uppercase().contains("#EXT#"))
    }

    /// Their address: the mail property, else the user name where it is one. The made-up user name
    /// of somebody from elsewhere is none: there the other addresses are looked at.
    fn email(&self) -> Option<String> {
        let user_name = self.user_principal_name.iter().filter(|_| !self.is_external());
        let others = self.other_mails.iter().flatten().filter(|_| self.is_external() || self.is_guest());
        let mut candidates = self.mail.iter().chain(user_name).chain(others);
        candidates.find(|text| names::email("email", text).is_ok()).cloned()
    }

    /// As a row of an import.
    pub fn staged(self, number: i64) -> StagedRow {
        let email = self.email();
        let user_name = if self.is_external() { email.clone() } else { self.user_principal_name.clone() };
        let problem = self.is_guest().then(|| RowProblem {
            reason: Reason::Guest,
            field: None,
            message: "A guest of the tenant; the option to include guests is off.".to_owned(),
        });
        let display_name = self.display_name.clone().or_else(|| self.user_principal_name.clone());
        StagedRow {
            number,
            object_id: Some(self.id),
            fields: Fields {
                email,
                user_name,
                display_name,
                given_name: self.given_name,
                family_name: self.surname,
                phone: self.mobile_phone,
                title: self.job_title,
                department: self.department,
                preferred_language: self.preferred_language,
                external_id: Some(self.id.to_string()),
            },
            active: self.account_enabled,
            groups: Vec::new(),
            removed: false,
            problem,
        }
    }
}

/// Whether Graph says about people what it must: without the permission it names them and leaves
/// everything else out, which must not be taken for people without a name or address.
///
/// # Errors
/// Names the missing permission.
pub fn readable(people: &[GraphUser]) -> Result<(), Failure> {
    if people.iter().any(|person| person.account_enabled.is_none()) {
        return Err(Failure::missing_permission(NEEDS.permission));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn person(mut properties: Value) -> GraphUser {
        properties["id"] = json!(Uuid::nil());
        serde_json::from_value(properties).unwrap()
    }

    fn email(properties: Value) -> Option<String> {
        person(properties).email()
    }

    #[test]
    fn the_address_is_the_mail_else_a_user_name_that_is_one() {
        let upn = "ada@contoso.com";
        assert_eq!(email(json!({ "mail": "a@b.example", "userPrincipalName": upn })).as_deref(), Some("a@b.example"));
        assert_eq!(email(json!({ "mail": null, "userPrincipalName": upn })).as_deref(), Some(upn));
        assert_eq!(email(json!({ "mail": "not an address", "userPrincipalName": upn })).as_deref(), Some(upn));
        assert_eq!(email(json!({ "mail": null, "userPrincipalName": "service" })), None);
    }

    #[test]
    fn the_made_up_user_name_of_a_guest_is_no_address() {
        let upn = "jane_fabrikam.com#EXT#@contoso.onmicrosoft.com";
        let guest = json!({ "userType": "Guest", "userPrincipalName": upn });
        assert_eq!(email(guest.clone()), None);
        let mut with = guest;
        with["otherMails"] = json!(["nonsense", "jane@fabrikam.com"]);
        assert_eq!(email(with.clone()).as_deref(), Some("jane@fabrikam.com"));
        let row = person(with).staged(1);
        assert_eq!(row.fields.user_name.as_deref(), Some("jane@fabrikam.com"));
        assert_eq!(row.problem.map(|problem| problem.reason), Some(Reason::Guest));
    }

    #[test]
    fn people_without_properties_are_a_missing_permission() {
        let failure = readable(&[person(json!({ "accountEnabled": null }))]).unwrap_err();
        assert!(failure.message.contains("User.Read.All"), "{}", failure.message);
        assert!(readable(&[person(json!({ "accountEnabled": false }))]).is_ok());
    }
}
