//! Which column means what: recognised by the names that other products give their columns.

use keystead_directory::imports::Field;
use serde::Serialize;
use utoipa::ToSchema;

/// Whose file it looks like.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub enum Dialect {
    /// A file for the bulk operations of Microsoft Entra ID.
    Entra,
    /// A list of people that Microsoft Entra ID exported.
    EntraExport,
    /// Okta.
    Okta,
    /// Google Workspace.
    Google,
    /// `JumpCloud`.
    Jumpcloud,
    /// `IDmelon`.
    Idmelon,
    /// Our own template.
    Keystead,
}

/// What the columns of a file are taken for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proposal {
    /// Whose file it looks like, if it looks like anyone's.
    pub dialect: Option<Dialect>,
    /// For each column what it means; a field stands at most once.
    pub fields: Vec<Option<Field>>,
}

/// The columns of the template, in order.
pub const TEMPLATE: [Field; 11] = [
    Field::Email,
    Field::UserName,
    Field::DisplayName,
    Field::GivenName,
    Field::FamilyName,
    Field::Phone,
    Field::Title,
    Field::Department,
    Field::PreferredLanguage,
    Field::Active,
    Field::Groups,
];

/// The name of a field's column in the template and in the API.
pub const fn name(field: Field) -> &'static str {
    match field {
        Field::UserName => "userName",
        Field::Email => "email",
        Field::DisplayName => "displayName",
        Field::GivenName => "givenName",
        Field::FamilyName => "familyName",
        Field::Phone => "phone",
        Field::Title => "title",
        Field::Department => "department",
        Field::PreferredLanguage => "preferredLanguage",
        Field::ExternalId => "externalId",
        Field::Active => "active",
        Field::Blocked => "blocked",
        Field::Groups => "groups",
    }
}

/// The names of each field's column, the more telling before the less; letters and digits only.
/// Of several columns for one field the one with the earlier name is taken.
const NAMES: [(Field, &[&str]); 13] = [
    (Field::Email, &["email", "emailaddress", "mail", "primaryemail", "workemail", "useremail"]),
    (
        Field::UserName,
        &["username", "userprincipalname", "userprincipal", "upn", "login", "userid", "loginname", "samaccountname"],
    ),
    (Field::DisplayName, &["displayname", "fullname", "name"]),
    (Field::GivenName, &["givenname", "firstname", "forename", "first"]),
    (Field::FamilyName, &["familyname", "surname", "lastname", "sn", "last"]),
    (
        Field::Phone,
        &[
            "phone",
            "phonenumber",
            "mobilephone",
            "mobile",
            "telephonenumber",
            "workphone",
            "primaryphone",
            "officephone",
            "telephone",
            "businessphones",
        ],
    ),
    (Field::Title, &["title", "jobtitle", "employeetitle"]),
    (Field::Department, &["department", "dept"]),
    (Field::PreferredLanguage, &["preferredlanguage", "language", "locale"]),
    (Field::ExternalId, &["externalid", "objectid", "id"]),
    (Field::Active, &["active", "accountenabled", "enabled", "activated", "status", "newstatus"]),
    (Field::Blocked, &["blocksignin", "signinblocked", "blocked", "suspended"]),
    (Field::Groups, &["groups", "group", "groupnames", "groupname", "memberof"]),
];

/// A column's name in its plain form: what stands outside square brackets and what within.
struct Name {
    outside: String,
    inside: String,
}

fn plain(text: &str) -> String {
    text.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

impl Name {
    fn of(header: &str) -> Self {
        let (before, rest) = header.split_once('[').unwrap_or((header, ""));
        let (inside, after) = rest.split_once(']').unwrap_or((rest, ""));
        let inside = plain(inside);
        // Google writes `First Name [Required]`, Entra `Name [displayName] Required`.
        let is_remark = ["required", "uploadonly", "readonly", "optional"].contains(&inside.as_str());
        let outside = if inside.is_empty() || is_remark { plain(&format!("{before}{after}")) } else { plain(before) };
        Self { outside, inside: if is_remark { String::new() } else { inside } }
    }

    /// How well the column fits a field; lower is better.
    fn fit(&self, names: &[&str]) -> Option<usize> {
        let place = |name: &str| names.iter().position(|known| *known == name);
        place(&self.inside).or_else(|| place(&self.outside))
    }

    /// Entra's files say "Block sign in (Yes/No) [accountEnabled]", in the words of many
    /// languages: Yes means not enabled. Only a file that says so itself means it the other way.
    fn is_block_sign_in(&self) -> bool {
        self.inside == "accountenabled" && !self.outside.contains("enabled") && !self.outside.contains("active")
            || self.outside.starts_with("blocksignin")
    }

    fn is(&self, name: &str) -> bool {
        self.inside == name || self.outside == name
    }
}

/// Whether a column of this name may hold passwords or PINs: nothing of it is shown or kept.
pub fn is_secret(header: &str) -> bool {
    let name = Name::of(header);
    [&name.inside, &name.outside].into_iter().any(|name| {
        ["password", "passwort", "motdepasse", "contraseña", "passphrase", "pwd"].iter().any(|word| name.contains(word))
            || ["pin", "secret", "pass"].contains(&name.as_str())
    })
}

/// How many of these are names of columns that we know.
pub fn known<'a>(headers: impl Iterator<Item = &'a str>) -> usize {
    headers
        .filter(|header| {
            let name = Name::of(header);
            is_secret(header) || name.is_block_sign_in() || NAMES.iter().any(|(_, names)| name.fit(names).is_some())
        })
        .count()
}

/// What the columns of a file mean, by their names (none: the file has no header) and by a few of
/// its rows. `marked` says that the file began with Entra's `version:` line.
pub fn propose(headers: Option<&[String]>, rows: &[Vec<String>], marked: bool) -> Proposal {
    let width = headers.map_or(0, <[String]>::len).max(rows.iter().map(Vec::len).max().unwrap_or(0));
    let mut fields = vec![None; width];
    let secret = |at: usize| headers.is_some_and(|headers| headers.get(at).is_some_and(|name| is_secret(name)));
    let names: Vec<Name> = headers.unwrap_or_default().iter().map(|header| Name::of(header)).collect();
    for (field, known) in NAMES {
        let fit = |at: usize| match (field, names[at].is_block_sign_in()) {
            (Field::Blocked, true) => Some(0),
            (_, true) => None,
            _ => names[at].fit(known),
        };
        let best = (0..names.len()).filter(|&at| !secret(at)).filter_map(|at| Some((fit(at)?, at))).min();
        if let Some((_, at)) = best
            && fields[at].is_none()
        {
            fields[at] = Some(field);
        }
    }
    if fields.contains(&Some(Field::Active)) && fields.contains(&Some(Field::Blocked)) {
        // Both can't be true; the plainer one is.
        fields.iter_mut().filter(|field| **field == Some(Field::Blocked)).for_each(|field| *field = None);
    }
    if !fields.contains(&Some(Field::Email)) {
        let holds_addresses = |at: usize| {
            let mut cells = rows.iter().filter_map(|row| row.get(at)).filter(|cell| !cell.trim().is_empty()).peekable();
            cells.peek().is_some() && cells.all(|cell| cell.contains('@'))
        };
        let free = |at: &usize| !secret(*at) && matches!(fields[*at], None | Some(Field::UserName));
        let by_name = (0..names.len()).find(|&at| names[at].is("userprincipalname"));
        if let Some(at) = (0..width).filter(free).find(|&at| holds_addresses(at)).or(by_name) {
            fields[at] = Some(Field::Email);
        }
    }
    Proposal { dialect: dialect(headers.unwrap_or_default(), &names, marked), fields }
}

fn dialect(headers: &[String], names: &[Name], marked: bool) -> Option<Dialect> {
    let has = |name: &str| names.iter().any(|column| column.is(name));
    let all = |wanted: &[&str]| wanted.iter().all(|name| has(name));
    let ours = |header: &String| TEMPLATE.iter().any(|field| name(*field) == header.trim());
    if marked || names.iter().any(|name| name.inside == "userprincipalname") {
        Some(Dialect::Entra)
    } else if headers.len() > 1 && headers.iter().all(ours) {
        Some(Dialect::Keystead)
    } else if all(&["userprincipalname", "displayname"]) {
        Some(Dialect::EntraExport)
    } else if all(&["login", "firstname", "lastname", "email"]) {
        Some(Dialect::Okta)
    } else if has("orgunitpath") || headers.iter().any(|header| header.trim() == "Email Address [Required]") {
        Some(Dialect::Google)
    } else if all(&["firstname", "lastname", "username", "email"]) {
        Some(Dialect::Jumpcloud)
    } else if has("userid") && (has("first") || has("firstname")) || names.len() == 2 && all(&["email", "pin"]) {
        Some(Dialect::Idmelon)
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    type Case<'a> = (&'a str, Option<Dialect>, &'a [Option<&'a str>]);

    fn proposed(header: &str) -> (Option<Dialect>, Vec<Option<&'static str>>) {
        let headers: Vec<String> = header.split(',').map(str::to_owned).collect();
        let Proposal { dialect, fields } = propose(Some(&headers), &[], false);
        (dialect, fields.into_iter().map(|field| field.map(name)).collect())
    }

    #[test]
    fn the_files_of_other_products_are_recognised() {
        use Dialect as D;
        let table: [Case<'_>; 14] = [
            (
                "Name [displayName] Required,User name [userPrincipalName] Required,Initial password [passwordProfile] \
                 Required,Block sign in (Yes/No) [accountEnabled] Required,First name [givenName],Last name [surname],Job \
                 title [jobTitle],Department [department],Usage location [usageLocation],Mobile phone [mobile]",
                Some(D::Entra),
                &[
                    Some("displayName"),
                    Some("email"),
                    None,
                    Some("blocked"),
                    Some("givenName"),
                    Some("familyName"),
                    Some("title"),
                    Some("department"),
                    None,
                    Some("phone"),
                ],
            ),
            (
                "Name [displayName] Erforderlich,Benutzerprinzipalname [userPrincipalName] Erforderlich,Anmeldung blockieren \
                 (Ja/Nein) [accountEnabled] Erforderlich",
                Some(D::Entra),
                &[Some("displayName"), Some("email"), Some("blocked")],
            ),
            (
                "userPrincipalName,displayName,surname,mail,givenName,objectId,userType,jobTitle,department,accountEnabled",
                Some(D::EntraExport),
                &[
                    Some("userName"),
                    Some("displayName"),
                    Some("familyName"),
                    Some("email"),
                    Some("givenName"),
                    Some("externalId"),
                    None,
                    Some("title"),
                    Some("department"),
                    Some("active"),
                ],
            ),
            (
                "login,firstName,lastName,middleName,email,secondEmail,mobilePhone,preferredLanguage",
                Some(D::Okta),
                &[
                    Some("userName"),
                    Some("givenName"),
                    Some("familyName"),
                    None,
                    Some("email"),
                    None,
                    Some("phone"),
                    Some("preferredLanguage"),
                ],
            ),
            (
                "First Name [Required],Last Name [Required],Email Address [Required],Password [Required],Password Hash \
                 Function [UPLOAD ONLY],Org Unit Path [Required],Status [READ ONLY],Employee Title,Department",
                Some(D::Google),
                &[
                    Some("givenName"),
                    Some("familyName"),
                    Some("email"),
                    None,
                    None,
                    None,
                    Some("active"),
                    Some("title"),
                    Some("department"),
                ],
            ),
            (
                "FirstName,LastName,Username,Email,Password,suspended",
                Some(D::Jumpcloud),
                &[Some("givenName"), Some("familyName"), Some("userName"), Some("email"), None, Some("blocked")],
            ),
            (
                "User ID,Email,First,Last,Group",
                Some(D::Idmelon),
                &[Some("userName"), Some("email"), Some("givenName"), Some("familyName"), Some("groups")],
            ),
            ("email,pin", Some(D::Idmelon), &[Some("email"), None]),
            (
                "email,userName,displayName,active,groups",
                Some(D::Keystead),
                &[Some("email"), Some("userName"), Some("displayName"), Some("active"), Some("groups")],
            ),
            ("E-Mail,Full name", None, &[Some("email"), Some("displayName")]),
            // One field, one column: the better name wins.
            ("Name,Display name,Telephone,Mobile", None, &[None, Some("displayName"), None, Some("phone")]),
            ("email,enabled,blocked", None, &[Some("email"), Some("active"), None]),
            ("email,Sign-in enabled [accountEnabled]", None, &[Some("email"), Some("active")]),
            ("氏名,メール", None, &[None, None]),
        ];
        for (header, dialect, fields) in table {
            assert_eq!(proposed(header), (dialect, fields.to_vec()), "{header}");
        }
    }

    #[test]
    fn passwords_are_known_by_every_name() {
        for name in [
            "Password",
            "Initial password [passwordProfile] Required",
            "passwordHash",
            "PIN",
            "user_pwd",
            "New Password",
        ] {
            assert!(is_secret(name), "{name}");
        }
        for name in ["Pinboard", "email", "secretary", "passport no"] {
            assert!(!is_secret(name), "{name}");
        }
    }

    #[test]
    fn addresses_are_found_by_what_they_look_like_where_no_name_says_so() {
        let rows = vec![vec!["Jane".to_owned(), "jane@example.com".to_owned()], vec!["X".to_owned(), String::new()]];
        assert_eq!(propose(None, &rows, false).fields, [None, Some(Field::Email)]);
        let headers = ["氏名".to_owned(), "メール".to_owned()];
        assert_eq!(propose(Some(&headers), &rows, false).fields, [None, Some(Field::Email)]);
        // What may be a password is not looked at.
        let headers = ["name".to_owned(), "password".to_owned()];
        assert_eq!(propose(Some(&headers), &rows, false).fields, [Some(Field::DisplayName), None]);
    }
}
