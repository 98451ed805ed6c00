//! The grammar of filters: what is read, what is refused, and what matches.

mod support;

use keystead_scim::filter::{Literal, Operator};
use keystead_scim::{Filter, ScimType};
use serde_json::json;
use support::{object, user};

#[test]
fn filters_are_read_and_printed_in_one_spelling() {
    let kind = user();
    for (written, printed) in [
        (r#"userName eq "ada""#, r#"userName eq "ada""#),
        (r#"  USERNAME   Eq   "Ada"  "#, r#"userName eq "Ada""#),
        (r#"title pr and userType eq "Employee""#, r#"title pr and userType eq "Employee""#),
        (r#"title pr or not(userType ne "x")"#, r#"title pr or not (userType ne "x")"#),
        ("title pr AND nickName PR Or active EQ TRUE", "title pr and nickName pr or active eq true"),
        ("title pr and (nickName pr or active eq false)", "title pr and (nickName pr or active eq false)"),
        ("(title pr and nickName pr) and active pr", "(title pr and nickName pr) and active pr"),
        ("((((title pr))))", "title pr"),
        ("not (not (title pr))", "not (not (title pr))"),
        (r#"emails[type eq "work" and value co "@x"]"#, r#"emails[type eq "work" and value co "@x"]"#),
        (r#"emails[type eq "work"].value sw "a""#, r#"emails[type eq "work" and value sw "a"]"#),
        (
            r#"emails[type eq "work" or primary eq true].value pr"#,
            r#"emails[(type eq "work" or primary eq true) and value pr]"#,
        ),
        (r#"emails co "x""#, r#"emails.value co "x""#),
        ("emails pr", "emails pr"),
        (r#"schemas[value eq "x"]"#, r#"schemas[value eq "x"]"#),
        (r#"manager eq "7""#, r#"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager.value eq "7""#),
        (r#"urn:ietf:params:scim:schemas:core:2.0:User:userName eq "x""#, r#"userName eq "x""#),
        (r#"roles[primary eq "True"].value eq "Admin""#, r#"roles[primary eq true and value eq "Admin"]"#),
        (r#"userName eq "\u00e4\"\\\n\u2028""#, "userName eq \"ä\\\"\\\\\\n\u{2028}\""),
        (r#"meta.lastModified gt "2024-01-01T01:00:00+01:00""#, r#"meta.lastModified gt "2024-01-01T00:00:00Z""#),
        ("title eq NULL", "title eq null"),
        (r#"userName eq "and or not ( ] pr""#, r#"userName eq "and or not ( ] pr""#),
    ] {
        let filter = Filter::parse(written, &kind).unwrap_or_else(|error| panic!("{error}: {written}"));
        assert_eq!(filter.to_string(), printed, "{written}");
    }
}

#[test]
fn a_server_finds_types_and_paths_resolved() {
    let kind = user();
    let Filter::Compare(path, operator, literal) = Filter::parse(r#"DISPLAYNAME SW "a""#, &kind).unwrap() else {
        panic!("not a comparison");
    };
    assert_eq!((path.names(), operator), ((None, "displayName", None), Operator::StartsWith));
    assert_eq!(literal, Literal::Text("a".into()));
    assert!(!path.leaf().case_exact && !path.attribute.multi_valued);
}

#[test]
fn what_is_not_a_filter_is_refused() {
    let kind = user();
    for filter in [
        "",
        " ",
        "userName",
        "userName eq",
        "eq \"x\"",
        "userName eq x",
        "userName = \"x\"",
        "userName eq \"x",
        "userName eq 'x'",
        "userName eq \"\\x\"",
        "userName eq \"\\ud800\"",
        "userName eq \"a\nb\"",
        "userName eq \"x\" and",
        "and userName pr",
        "userName pr userName pr",
        "userName pr and or title pr",
        "(userName pr",
        "userName pr)",
        "()",
        "not userName pr",
        "not ()",
        "nothing eq \"x\"",
        "userName.value eq \"x\"",
        "emails[type eq \"work\"",
        "emails[type eq \"work\"]]",
        "emails[]",
        "emails [type eq \"work\"]",
        "emails[type eq \"work\"].value",
        "emails[type eq \"work\"].nothing pr",
        "emails[emails[type pr]]",
        "userName[value pr]",
        "emails.value[type pr]",
        "emails eq true",
        "name eq \"x\"",
        "addresses co \"x\"",
        "addresses eq null",
        "userName eq 5",
        "userName eq true",
        "active eq \"yes\"",
        "active gt true",
        "active co \"t\"",
        "active eq 1",
        "active sw null",
        "userName gt null",
        "meta.created eq \"yesterday\"",
        "meta.created co \"2024\"",
        "meta.created eq 5",
        "userName pr \"x\"",
        "userName eq \"x\"\0",
        "userName\u{a0}eq\u{a0}",
        "urn:x:User:userName pr",
        "$ref pr",
    ] {
        let error = Filter::parse(filter, &kind).expect_err(filter);
        assert_eq!(error.scim_type, Some(ScimType::InvalidFilter), "{filter}");
    }
}

#[test]
fn a_password_cannot_be_guessed_by_filtering() {
    use keystead_scim::schema::{self, ResourceType};
    let kind = ResourceType::new("User", "/Users", schema::user());
    for filter in ["password pr", "password sw \"a\"", "not (password eq \"x\")"] {
        assert!(Filter::parse(filter, &kind).is_err(), "{filter}");
    }
}

#[test]
fn hostile_filters_end_quickly() {
    let kind = user();
    let clauses = |count: usize| vec!["userName pr"; count].join(" and ");
    assert!(Filter::parse(&clauses(100), &kind).is_ok());
    assert!(Filter::parse(&format!("{}title pr{}", "(".repeat(32), ")".repeat(32)), &kind).is_ok());
    for hostile in [
        clauses(101),
        clauses(20_000),
        "(".repeat(33),
        "(".repeat(16_000),
        "not (".repeat(3_000),
        "not(".repeat(100_000),
        "emails[".repeat(2_000),
        "[".repeat(16_000),
        format!("userName eq \"{}\"", "x".repeat(16 * 1024)),
        format!("userName eq \"{}", "\\\"".repeat(8_000)),
        "x".repeat(16_000),
        format!("userName eq {}", "9".repeat(16_000)),
    ] {
        assert!(Filter::parse(&hostile, &kind).is_err(), "{}", &hostile[..20]);
    }
}

#[test]
fn filters_match_what_they_say() {
    let kind = user();
    let ada = object(
        r#"{"id":"Ab","externalId":"Ext","userName":"Ada","active":true,"title":"Größe",
            "name":{"givenName":"Ada","familyName":"Lovelace"},
            "emails":[{"type":"work","value":"ada@x.com","primary":true},{"type":"home","value":"ada@home.org"}],
            "roles":[{"primary":"True","value":"Admin"}],
            "meta":{"lastModified":"2024-05-01T12:00:00Z"},
            "schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],
            "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User":{"department":"R&D","manager":{"value":"7"}}}"#,
    );
    for (filter, matches) in [
        (r#"userName eq "ADA""#, true),
        (r#"id eq "Ab""#, true),
        (r#"id eq "ab""#, false),
        (r#"externalId sw "ext""#, false),
        (r#"title eq "GRÖSSE""#, true),
        (r#"title eq "gro\u0308ße""#, true),
        (r#"userName ne "ada""#, false),
        (r#"nickName ne "ada""#, true),
        (r#"nickName eq "ada""#, false),
        ("nickName eq null", true),
        ("nickName ne null", false),
        ("userName eq null", false),
        ("nickName pr", false),
        ("name pr", true),
        ("phoneNumbers pr", false),
        (r#"name.familyName co "LOVE""#, true),
        (r#"name.familyName ew "lace""#, true),
        (r#"name.familyName ew "lac""#, false),
        (r#"userName gt "a""#, true),
        (r#"userName le "ada""#, true),
        (r#"userName lt "ada""#, false),
        (r#"emails.value eq "ada@home.org""#, true),
        (r#"emails.value ne "ada@home.org""#, false),
        (r#"emails.value ne "nobody""#, true),
        (r#"emails[type eq "work" and value co "home"]"#, false),
        (r#"emails.type eq "work" and emails.value co "home""#, true),
        (r#"emails[not (type eq "work")]"#, true),
        (r#"not (emails[type eq "other"])"#, true),
        ("active eq true", true),
        (r#"active eq "TRUE""#, true),
        ("active ne false", true),
        (r#"roles[primary eq "True"].value eq "admin""#, true),
        ("roles.primary eq true", true),
        (r#"meta.lastModified ge "2024-05-01T14:00:00+02:00""#, true),
        (r#"meta.lastModified gt "2024-05-01T12:00:00""#, false),
        (r#"meta.lastModified lt "2024-05-01T12:00:00.001Z""#, true),
        (r#"schemas eq "urn:ietf:params:scim:schemas:core:2.0:User""#, true),
        (r#"schemas[value ew "Group"]"#, false),
        (r#"manager eq "7""#, true),
        (r#"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department eq "r&d""#, true),
        ("urn:ietf:params:scim:schemas:extension:keystead:2.0:User:immutableId pr", false),
        (r#"userName eq "x" or userName eq "ada" and active eq false"#, false),
        (r#"(userName eq "x" or userName eq "ada") and active eq true"#, true),
    ] {
        assert_eq!(
            Filter::parse(filter, &kind).unwrap_or_else(|error| panic!("{error}: {filter}")).matches(&ada),
            matches,
            "{filter}"
        );
    }
}

#[test]
fn numbers_compare_as_numbers() {
    use keystead_scim::schema::{Attribute, ResourceType, Schema, Type};
    let schema = Schema::new("urn:x", "X", "")
        .with([Attribute::new(Type::Integer, "n", ""), Attribute::new(Type::Decimal, "d", "")]);
    let kind = ResourceType::new("X", "/X", schema);
    let resource = object(r#"{"n":10,"d":2.5}"#);
    for (filter, matches) in [
        ("n eq 10", true),
        ("n gt 9", true),
        ("n lt 9", false),
        ("n ge 1e1", true),
        ("d le 2.50", true),
        ("d gt -3", true),
    ] {
        assert_eq!(Filter::parse(filter, &kind).unwrap().matches(&resource), matches, "{filter}");
    }
    for filter in ["n eq \"10\"", "n eq ten", "n co 1", "n eq 01", "n eq"] {
        assert!(Filter::parse(filter, &kind).is_err(), "{filter}");
    }
    let element = json!({"type": "work"});
    let (kind, path) = (user(), r#"emails[type eq "WORK"]"#);
    let Ok(keystead_scim::path::Path::Attribute { filter: Some(filter), .. }) =
        keystead_scim::path::Path::parse(path, &kind)
    else {
        panic!("a filtered path");
    };
    assert!(filter.matches_element(&element));
}
