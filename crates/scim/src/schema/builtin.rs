//! The schemas of the standard: the common attributes, User, Group and the enterprise extension
//! (RFC 7643 sections 3.1, 4.1, 4.2, 4.3 and 8.7). The descriptions are our own.

use super::{Attribute, Mutability, Returned, Schema, Type, Uniqueness};

/// The URN of the core User schema.
pub const USER_URN: &str = "urn:ietf:params:scim:schemas:core:2.0:User";
/// The URN of the core Group schema.
pub const GROUP_URN: &str = "urn:ietf:params:scim:schemas:core:2.0:Group";
/// The URN of the enterprise extension of User.
pub const ENTERPRISE_USER_URN: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";

/// The attributes of every resource. They belong to no schema document.
pub(super) fn common() -> Vec<Attribute> {
    use Mutability::ReadOnly;
    let read_only = |attribute: Attribute| attribute.mutability(ReadOnly);
    vec![
        Attribute::reference("schemas", "The URNs of the schemas that this resource uses.", &["uri"])
            .multi_valued()
            .required()
            .mutability(ReadOnly)
            .returned(Returned::Always),
        Attribute::string("id", "The server's name for this resource. It never changes.")
            .case_exact()
            .mutability(ReadOnly)
            .returned(Returned::Always)
            .unique(Uniqueness::Server),
        Attribute::string("externalId", "The client's name for this resource.").case_exact(),
        read_only(Attribute::complex(
            "meta",
            "What the server knows of this resource.",
            [
                read_only(Attribute::string("resourceType", "The kind of resource.").case_exact()),
                read_only(Attribute::new(Type::DateTime, "created", "When it was made.")),
                read_only(Attribute::new(Type::DateTime, "lastModified", "When it was last changed.")),
                read_only(Attribute::reference("location", "Its address.", &["uri"])),
                read_only(Attribute::string("version", "Its entity tag.").case_exact()),
            ],
        )),
    ]
}

/// Parts that most lists of the User schema have: `value`, `display`, `type`, `primary`.
fn plural(name: &'static str, description: &'static str, value: Attribute, types: &[&'static str]) -> Attribute {
    Attribute::complex(
        name,
        description,
        [
            value,
            Attribute::string("display", "How this value is shown to people."),
            Attribute::string("type", "What this value is for.").canonical(types),
            Attribute::boolean("primary", "Whether this is the preferred value; at most one is."),
        ],
    )
    .multi_valued()
}

fn name() -> Attribute {
    Attribute::complex(
        "name",
        "The parts of the person's name.",
        [
            Attribute::string("formatted", "The whole name as it is shown."),
            Attribute::string("familyName", "The family name."),
            Attribute::string("givenName", "The given name."),
            Attribute::string("middleName", "The middle names."),
            Attribute::string("honorificPrefix", "What stands before the name, such as Dr."),
            Attribute::string("honorificSuffix", "What stands after the name, such as III."),
        ],
    )
}

fn addresses() -> Attribute {
    Attribute::complex(
        "addresses",
        "Postal addresses.",
        [
            Attribute::string("formatted", "The whole address as it is written on a letter."),
            Attribute::string("streetAddress", "Street, house number, post box."),
            Attribute::string("locality", "The town."),
            Attribute::string("region", "The state or region."),
            Attribute::string("postalCode", "The postal code."),
            Attribute::string("country", "The country, by its two letters (ISO 3166-1)."),
            Attribute::string("type", "What this address is for.").canonical(&["work", "home", "other"]),
            Attribute::boolean("primary", "Whether this is the preferred address; at most one is."),
        ],
    )
    .multi_valued()
}

/// The core User schema, with every attribute of the standard.
///
/// Use [`Schema::without`] for those that your product doesn't keep; `password` is a good one to begin with.
pub fn user() -> Schema {
    let value = |description: &'static str| Attribute::string("value", description);
    Schema::new(USER_URN, "User", "A person's account.").with([
        Attribute::string("userName", "The name that the person's account is known by.")
            .required()
            .unique(Uniqueness::Server),
        name(),
        Attribute::string("displayName", "The name as it is shown to people."),
        Attribute::string("nickName", "What the person is called."),
        Attribute::reference("profileUrl", "The address of a page about the person.", &["external"]),
        Attribute::string("title", "What the person is in the organisation."),
        Attribute::string("userType", "How the organisation and the person are related."),
        Attribute::string("preferredLanguage", "The languages that the person reads, as in Accept-Language."),
        Attribute::string("locale", "How dates and numbers are written for the person, such as en-US."),
        Attribute::string("timezone", "The person's time zone, such as Europe/Zurich."),
        Attribute::boolean("active", "Whether the person may use the account."),
        Attribute::string("password", "A password in clear text.")
            .case_exact()
            .mutability(Mutability::WriteOnly)
            .returned(Returned::Never),
        plural("emails", "E-mail addresses.", value("The address."), &["work", "home", "other"]),
        plural(
            "phoneNumbers",
            "Telephone numbers.",
            value("The number, as in RFC 3966 where possible."),
            &["work", "home", "mobile", "fax", "pager", "other"],
        ),
        plural(
            "ims",
            "Addresses for instant messages.",
            value("The address."),
            &["aim", "gtalk", "icq", "xmpp", "msn", "skype", "qq", "yahoo"],
        ),
        plural(
            "photos",
            "Pictures of the person.",
            Attribute::reference("value", "The picture's address.", &["external"]),
            &["photo", "thumbnail"],
        ),
        addresses(),
        Attribute::complex(
            "groups",
            "The groups that the person is in. They are changed through the groups.",
            [
                value("The group's id.").case_exact().mutability(Mutability::ReadOnly),
                Attribute::reference("$ref", "The group's address.", &["User", "Group"])
                    .mutability(Mutability::ReadOnly),
                Attribute::string("display", "The group's name.").mutability(Mutability::ReadOnly),
                Attribute::string("type", "Whether the person is in the group itself.")
                    .canonical(&["direct", "indirect"])
                    .mutability(Mutability::ReadOnly),
            ],
        )
        .multi_valued()
        .mutability(Mutability::ReadOnly),
        plural("entitlements", "What the person is entitled to.", value("The entitlement."), &[]),
        plural("roles", "The person's roles.", value("The role."), &[]),
        plural(
            "x509Certificates",
            "The person's certificates.",
            Attribute::new(Type::Binary, "value", "The certificate in DER, in base64.").case_exact(),
            &[],
        ),
    ])
}

/// The core Group schema.
pub fn group() -> Schema {
    let immutable = |attribute: Attribute| attribute.mutability(Mutability::Immutable);
    Schema::new(GROUP_URN, "Group", "A group of people.").with([
        Attribute::string("displayName", "The group's name.").required(),
        Attribute::complex(
            "members",
            "Who is in the group.",
            [
                immutable(Attribute::string("value", "The member's id.").case_exact()),
                immutable(Attribute::reference("$ref", "The member's address.", &["User", "Group"])),
                immutable(Attribute::string("type", "What the member is.").canonical(&["User", "Group"])),
                Attribute::string("display", "The member's name.").mutability(Mutability::ReadOnly),
            ],
        )
        .multi_valued(),
    ])
}

/// The enterprise extension of User.
pub fn enterprise_user() -> Schema {
    Schema::new(ENTERPRISE_USER_URN, "EnterpriseUser", "What an organisation keeps about a person.").with([
        Attribute::string("employeeNumber", "The person's number in the organisation."),
        Attribute::string("costCenter", "The cost centre."),
        Attribute::string("organization", "The organisation."),
        Attribute::string("division", "The division."),
        Attribute::string("department", "The department."),
        Attribute::complex(
            "manager",
            "The person's manager.",
            [
                Attribute::string("value", "The id of the manager's account.").case_exact(),
                Attribute::reference("$ref", "The address of the manager's account.", &["User"]),
                Attribute::string("displayName", "The manager's name.").mutability(Mutability::ReadOnly),
            ],
        ),
    ])
}
