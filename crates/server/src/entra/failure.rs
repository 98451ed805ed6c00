//! What Microsoft's refusals mean for an administrator: a stable code and what to do.

use serde::Deserialize;

/// Why Entra ID could not be used. Its text is for people and holds no secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// A stable code.
    pub code: &'static str,
    /// What happened and what to do.
    pub message: String,
}

impl Failure {
    /// The code of a read whose import was cancelled, or taken over by another server.
    const LOST: &str = "lost";

    /// A failure.
    pub fn new(code: &'static str, message: impl Into<String>) -> Self {
        Self { code, message: message.into() }
    }

    /// The import was cancelled or another server has taken it over: there is nothing to note.
    pub fn lost() -> Self {
        Self::new(Self::LOST, "The import was cancelled or taken over by another server.")
    }

    /// Whether there is nothing to note.
    pub fn is_lost(&self) -> bool {
        self.code == Self::LOST
    }

    /// A permission that Graph asks for and the application does not have.
    pub fn missing_permission(names: &str) -> Self {
        Self::new(
            "permissionMissing",
            format!(
                "Microsoft Graph refused: the permission {names} is missing. In the Entra admin center, add it to the \
                 app registration, grant admin consent, and authorize again under Integrations → Entra ID."
            ),
        )
    }
}

impl From<keystead_directory::Error> for Failure {
    fn from(error: keystead_directory::Error) -> Self {
        match error {
            keystead_directory::Error::Stale => Self::lost(),
            keystead_directory::Error::Sealed => Self::new(
                "sealed",
                "The stored secret can't be opened with this installation's key. Enter it again under Integrations → Entra ID.",
            ),
            error => {
                tracing::error!(%error, "the database failed while Entra ID was used");
                Self::new(
                    "database",
                    "The database could not be used. Try again; if it stays so, look at Keystead's log.",
                )
            }
        }
    }
}

/// What the login endpoint says when it refuses (RFC 6749, 5.2, with Microsoft's codes).
#[derive(Debug, Default, Deserialize)]
pub struct LoginRefusal {
    /// The class.
    #[serde(default)]
    pub error: String,
    /// Microsoft's words, which begin with the code.
    #[serde(default)]
    pub error_description: String,
    /// Microsoft's numbers.
    #[serde(default)]
    pub error_codes: Vec<u32>,
}

impl LoginRefusal {
    /// Microsoft's number; the words are looked at only where an answer by redirect has no other place for it.
    fn number(&self) -> Option<u32> {
        self.error_codes.first().copied().or_else(|| {
            let digits = self.error_description.strip_prefix("AADSTS")?;
            digits.split(|c: char| !c.is_ascii_digit()).next()?.parse().ok()
        })
    }

    /// Whether trying again may help by itself.
    pub fn is_passing(&self) -> bool {
        self.error == "temporarily_unavailable" || matches!(self.number(), Some(50000 | 90006 | 90033))
    }

    /// What an administrator should do.
    pub fn failure(&self) -> Failure {
        let number = self.number();
        let named = number.map_or_else(|| self.error.chars().take(64).collect(), |number| format!("AADSTS{number}"));
        let (code, advice) = number.and_then(advice).unwrap_or(match self.error.as_str() {
            "access_denied" | "permission_denied" => (
                "declined",
                "The consent was declined. Authorize again and accept, as an administrator who may consent.",
            ),
            "invalid_client" => ("clientRefused", "Check the client id and enter the secret or certificate again."),
            "interaction_required" | "invalid_grant" => {
                ("signInAgain", "The authorization has ended. Authorize again under Integrations → Entra ID.")
            }
            _ => ("loginRefused", "Check tenant, client id, cloud and secret, then authorize again."),
        });
        Failure::new(code, format!("Microsoft refused ({named}). {advice}"))
    }
}

/// What to do about one of Microsoft's numbers.
fn advice(number: u32) -> Option<(&'static str, &'static str)> {
    Some(match number {
        65001 | 90094 | 90095 => (
            "notConsented",
            "Nobody has consented to the permissions yet. Choose Authorize; a Privileged Role Administrator or Global \
             Administrator must accept.",
        ),
        65004 => ("declined", "The consent was declined. Authorize again and accept."),
        50011 => (
            "redirectUri",
            "The redirect URI is not registered. In the app registration, under Authentication, add a platform of type \
             Web with exactly the redirect URI that Integrations → Entra ID shows.",
        ),
        700_016 => {
            ("applicationUnknown", "This tenant does not know the application. Check client id, tenant and cloud.")
        }
        7_000_215 => ("secretWrong", "The client secret is wrong. Make a new one and paste its value, not its id."),
        7_000_222 => (
            "secretExpired",
            "The client secret has expired. Make a new one in the app registration and enter it here.",
        ),
        7_000_218 => ("credentialMissing", "Microsoft expects a secret or certificate. Enter one of them."),
        700_027 => (
            "certificateRefused",
            "The certificate is not known there. Upload the certificate that Keystead shows to the app registration, \
             under Certificates & secrets, and try again in a minute.",
        ),
        50105 => (
            "notAssigned",
            "You are not assigned to the application. In Enterprise applications, assign your account to it.",
        ),
        50020 | 50034 | 16000 => {
            ("wrongAccount", "This account does not belong to the tenant. Sign in with an administrator of the tenant.")
        }
        90002 => {
            ("tenantUnknown", "There is no such tenant in this cloud. Check the tenant's id or domain, and the cloud.")
        }
        50194 => ("singleTenant", "The application belongs to one tenant. Enter that tenant's id."),
        50076 | 50079 => {
            ("multiFactor", "Microsoft asks for multi-factor authentication. Authorize again and complete it.")
        }
        53003 => (
            "conditionalAccess",
            "A Conditional Access policy blocks this. Allow the application in the policy, or use the policy's conditions.",
        ),
        50173 | 700_082 | 70043 => (
            "signInAgain",
            "The sign-in that Keystead was given has ended. Authorize again under Integrations → Entra ID.",
        ),
        54005 => ("codeUsed", "The answer was used already. Choose Authorize once more."),
        501_481 => ("codeChallenge", "The answer does not belong to this authorization. Choose Authorize once more."),
        70011 | 1_002_012 => {
            ("scope", "Microsoft does not know the requested scope. Check the cloud and its addresses.")
        }
        50196 => {
            ("loop", "Microsoft saw too many equal requests and has stopped answering for a while. Wait some minutes.")
        }
        50000 | 90006 | 90033 => ("unavailable", "Microsoft's login is in trouble. Try again in some minutes."),
        _ => return None,
    })
}

/// The error object of Graph.
#[derive(Debug, Default, Deserialize)]
pub struct GraphRefusal {
    /// What it says.
    #[serde(default)]
    pub error: GraphError,
}

/// The inner part of [`GraphRefusal`].
#[derive(Debug, Default, Deserialize)]
pub struct GraphError {
    /// Microsoft's code.
    #[serde(default)]
    pub code: String,
    /// For the log.
    #[serde(default, rename = "innerError")]
    pub inner: InnerError,
}

/// What Microsoft's support asks for.
#[derive(Debug, Default, Deserialize)]
pub struct InnerError {
    /// The request's id.
    #[serde(default, rename = "request-id")]
    pub request_id: String,
    /// When it was.
    #[serde(default)]
    pub date: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_of_microsofts_numbers_says_what_to_do() {
        for number in [
            65001, 65004, 90094, 90095, 50011, 700_016, 7_000_215, 7_000_222, 7_000_218, 700_027, 50105, 50020, 50034,
            16000, 90002, 50194, 50076, 50079, 53003, 50173, 700_082, 70043, 54005, 501_481, 70011, 1_002_012, 50196,
            90033, 90006, 50000,
        ] {
            let refusal = LoginRefusal { error_codes: vec![number], ..LoginRefusal::default() };
            let failure = refusal.failure();
            assert_ne!(failure.code, "loginRefused", "{number}");
            assert!(failure.message.contains(&format!("AADSTS{number}")), "{}", failure.message);
        }
    }

    #[test]
    fn an_answer_by_redirect_has_its_number_in_the_words() {
        let refusal = LoginRefusal {
            error: "access_denied".to_owned(),
            error_description: "AADSTS65004: User declined to consent.".to_owned(),
            error_codes: Vec::new(),
        };
        assert_eq!(refusal.failure().code, "declined");
    }

    #[test]
    fn microsofts_words_are_not_repeated() {
        let refusal = LoginRefusal {
            error: "invalid_client".to_owned(),
            error_description: "secret hunter2 was wrong".to_owned(),
            error_codes: vec![7_000_215],
        };
        assert!(!refusal.failure().message.contains("hunter2"));
    }
}
