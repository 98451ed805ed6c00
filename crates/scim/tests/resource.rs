//! The bodies of POST and PUT, bulk requests, and what a server says about itself.

#![expect(clippy::unwrap_used, reason = "helpers of tests outside their functions")]

mod support;

use std::collections::HashMap;

use keystead_scim::bulk::{BulkRequest, BulkResponse, Outcome, Step};
use keystead_scim::discovery::{self, AuthenticationScheme, BulkConfig, Pagination, ServiceProviderConfig};
use keystead_scim::{Error, ScimType, Unknown, resource};
use serde_json::{Value, json};
use support::{ENTERPRISE, KEYSTEAD, group, object, post, user, value};

#[test]
fn bodies_that_are_wrong_say_how() {
    for (body, why) in [
        ("[]", ScimType::InvalidSyntax),
        ("{}", ScimType::InvalidValue),
        (r#"{"userName":""}"#, ScimType::InvalidValue),
        (r#"{"userName":null}"#, ScimType::InvalidValue),
        (r#"{"userName":7}"#, ScimType::InvalidValue),
        (r#"{"userName":"a","USERNAME":"b"}"#, ScimType::InvalidSyntax),
        (r#"{"userName":"a","active":"maybe"}"#, ScimType::InvalidValue),
        (r#"{"userName":"a","schemas":["urn:ietf:params:scim:schemas:core:2.0:Group"]}"#, ScimType::InvalidValue),
        (r#"{"userName":"a","schemas":[]}"#, ScimType::InvalidValue),
        (r#"{"userName":"a","schemas":"urn:ietf:params:scim:schemas:core:2.0:User"}"#, ScimType::InvalidValue),
        (r#"{"userName":"a","schemas":[1]}"#, ScimType::InvalidValue),
        (
            r#"{"userName":"a","emails":[{"primary":true,"value":"a"},{"primary":"True","value":"b"}]}"#,
            ScimType::InvalidValue,
        ),
        (
            r#"{"userName":"a","urn:ietf:params:scim:schemas:extension:enterprise:2.0:User":"x"}"#,
            ScimType::InvalidValue,
        ),
    ] {
        assert_eq!(post(&user(), body).expect_err(body).scim_type, Some(why), "{body}");
    }
}

#[test]
fn unknown_names_are_passed_over_or_refused_as_the_server_likes() {
    for body in [
        r#"{"userName":"a","nothing":{"deep":[1]}}"#,
        r#"{"userName":"a","name":{"stageName":"x"}}"#,
        r#"{"userName":"a","urn:ietf:params:scim:schemas:extension:IDmelon:2.0:User":{"immutable_id":"x"}}"#,
        r#"{"userName":"a","schemas":["urn:ietf:params:scim:schemas:core:2.0:User","urn:x"]}"#,
        r#"{"userName":"a","urn:ietf:params:scim:schemas:extension:keystead:2.0:User":{"urn:x":1}}"#,
    ] {
        let kept = resource::read(&value(body), &user(), Unknown::Ignore).unwrap();
        assert_eq!(
            Value::Object(kept),
            json!({"schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "userName": "a"}),
            "{body}"
        );
        assert!(resource::read(&value(body), &user(), Unknown::Refuse).is_err(), "{body}");
    }
}

#[test]
fn names_are_brought_into_the_schemas_spelling() {
    let body = format!(
        r#"{{"USERNAME":"a","Name":{{"GIVENNAME":"A"}},"EMAILS":[{{"VALUE":"a@x","TYPE":"work"}}],
            "{}":{{"DEPARTMENT":"R"}},"{KEYSTEAD}:immutableid":"i"}}"#,
        ENTERPRISE.to_uppercase()
    );
    assert_eq!(
        Value::Object(post(&user(), &body).unwrap()),
        json!({
            "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User", ENTERPRISE, KEYSTEAD],
            "userName": "a",
            "name": {"givenName": "A"},
            "emails": [{"value": "a@x", "type": "work"}],
            ENTERPRISE: {"department": "R"},
            KEYSTEAD: {"immutableId": "i"},
        })
    );
}

#[test]
fn a_group_of_many_is_read_in_one_go() {
    let members: Vec<Value> = (0..20_000).map(|at| json!({"value": at.to_string(), "$ref": null})).collect();
    let body = json!({"displayName": "All", "members": members});
    let made = resource::read(&body, &group(), Unknown::Ignore).unwrap();
    assert_eq!(made["members"].as_array().unwrap().len(), 20_000);
    let twice = json!({"displayName": "All", "members": [{"value": "1"}, {"value": "1"}]});
    assert_eq!(resource::read(&twice, &group(), Unknown::Ignore).unwrap()["members"], json!([{"value": "1"}]));
}

#[test]
fn a_put_replaces_all_but_what_is_the_servers() {
    let before = object(&format!(
        r#"{{"id":"1","userName":"a","title":"T","groups":[{{"value":"g"}}],"meta":{{"version":"W/1"}},"{ENTERPRISE}":{{"department":"R"}}}}"#
    ));
    let put = |body: &str| resource::replace(&value(body), &before, &user(), Unknown::Ignore);
    assert_eq!(
        Value::Object(put(r#"{"id":"2","userName":"b","groups":[],"meta":{"version":"W/9"}}"#).unwrap()),
        json!({
            "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"],
            "id": "1",
            "userName": "b",
            "groups": [{"value": "g"}],
            "meta": {"version": "W/1"},
        })
    );
    assert_eq!(put(r#"{"title":"U"}"#).unwrap_err().scim_type, Some(ScimType::Mutability));
}

#[test]
fn only_what_is_kept_is_advertised() {
    let (user, group) = (user(), group());
    let document = discovery::schemas(&[&user, &group], "https://x/scim/v2");
    let ids: Vec<&Value> = document["Resources"].as_array().unwrap().iter().map(|schema| &schema["id"]).collect();
    let expected = [
        "urn:ietf:params:scim:schemas:core:2.0:User",
        ENTERPRISE,
        KEYSTEAD,
        "urn:ietf:params:scim:schemas:core:2.0:Group",
    ];
    assert_eq!(ids, expected);
    let text = document.to_string();
    assert!(!text.contains("password") && !text.contains("null"), "{text}");
    let emails = document
        .pointer("/Resources/0/attributes")
        .unwrap()
        .as_array()
        .unwrap()
        .iter()
        .find(|a| a["name"] == "emails")
        .unwrap();
    let parts: Vec<&Value> = emails["subAttributes"].as_array().unwrap().iter().map(|sub| &sub["name"]).collect();
    assert_eq!(parts, ["value", "type", "primary"]);
    assert_eq!(
        emails["subAttributes"][0],
        json!({
            "name": "value", "type": "string", "description": "The address.", "multiValued": false, "required": false,
            "caseExact": false, "mutability": "readWrite", "returned": "default", "uniqueness": "none"
        })
    );
    let members = document.pointer("/Resources/3/attributes/1/subAttributes/1").unwrap();
    assert_eq!(members["referenceTypes"], json!(["User", "Group"]));

    let types = discovery::resource_types(&[&user, &group], "https://x/scim/v2");
    assert_eq!(types["Resources"][0]["schemaExtensions"][0], json!({"schema": ENTERPRISE, "required": false}));
    assert_eq!(types["Resources"][1]["endpoint"], "/Groups");
    assert_eq!(types["Resources"][1]["meta"]["location"], "https://x/scim/v2/ResourceTypes/Group");
}

#[test]
fn the_configuration_says_what_is_there_and_what_is_not() {
    let mut config = ServiceProviderConfig {
        documentation_uri: None,
        patch: true,
        bulk: Some(BulkConfig { max_operations: 100, max_payload_size: 1 << 20 }),
        filter: Some(200),
        change_password: false,
        sort: true,
        etag: true,
        pagination: Some(Pagination { cursor: true, default_page_size: 100, max_page_size: 200, cursor_timeout: None }),
        authentication_schemes: vec![AuthenticationScheme {
            kind: "oauthbearertoken",
            name: "Bearer token".into(),
            description: "A secret token in the Authorization header.".into(),
            spec_uri: Some("https://www.rfc-editor.org/rfc/rfc6750".into()),
            documentation_uri: None,
            primary: true,
        }],
    };
    let document = config.to_value("https://x");
    assert_eq!(document["bulk"], json!({"supported": true, "maxOperations": 100, "maxPayloadSize": 1_048_576}));
    assert_eq!(
        document["pagination"],
        json!({"cursor": true, "index": true, "defaultPaginationMethod": "index", "defaultPageSize": 100, "maxPageSize": 200})
    );
    assert!(!document.to_string().contains("null"));
    config.bulk = None;
    assert_eq!(
        config.to_value("https://x")["bulk"],
        json!({"supported": false, "maxOperations": 0, "maxPayloadSize": 0})
    );
}

fn bulk(operations: &str) -> BulkRequest {
    BulkRequest::parse(&value(&format!(r#"{{"failOnErrors":1,"Operations":[{operations}]}}"#)), 100).unwrap()
}

#[test]
fn bulk_operations_run_after_what_they_refer_to() {
    let request = bulk(
        r#"{"method":"POST","path":"/Groups","bulkId":"g","data":{"displayName":"G","members":[{"value":"bulkId:u"},{"value":"bulkId:v"}]}},
           {"method":"patch","path":"/Groups/bulkId:g","data":{"Operations":[{"op":"remove","path":"members[value eq \"bulkId:u\"]"}]}},
           {"method":"POST","path":"/Users","bulkId":"u","data":{"userName":"u","displayName":"bulkId:v"}},
           {"method":"DELETE","path":"/Users/7"},
           {"method":"POST","path":"/Users","bulkId":"v","data":{"userName":"v"}}"#,
    );
    assert_eq!(request.order(), [2, 3, 4, 0, 1].map(Step::Run));
    let made = HashMap::from([("u", "1"), ("v", "2"), ("g", "3")].map(|(id, made)| (id.to_owned(), made.to_owned())));
    assert_eq!(request.resolve(0, &made).unwrap().data["members"], json!([{"value": "1"}, {"value": "2"}]));
    let patch = request.resolve(1, &made).unwrap();
    assert_eq!(
        (patch.path.as_str(), &patch.data["Operations"][0]["path"]),
        ("/Groups/3", &json!("members[value eq \"1\"]"))
    );
    assert_eq!(request.resolve(2, &made).unwrap().data["displayName"], "bulkId:v", "a text is a text");
    assert_eq!(request.resolve(0, &HashMap::new()).unwrap_err().status, 409);
}

#[test]
fn bulk_operations_that_refer_to_nothing_or_round_in_a_circle_are_refused() {
    let request = bulk(
        r#"{"method":"POST","path":"/Groups","bulkId":"a","data":{"members":[{"value":"bulkId:b"}]}},
           {"method":"POST","path":"/Groups","bulkId":"b","data":{"members":[{"value":"bulkId:a"}]}},
           {"method":"PATCH","path":"/Groups/1","data":{"value":"bulkId:nobody"}},
           {"method":"POST","path":"/Users","bulkId":"u","data":{}}"#,
    );
    let steps: Vec<(usize, u16)> = request
        .order()
        .into_iter()
        .map(|step| match step {
            Step::Run(at) => (at, 200),
            Step::Refuse(at, error) => (at, error.status),
        })
        .collect();
    assert_eq!(steps, [(2, 400), (3, 200), (0, 409), (1, 409)]);
}

#[test]
fn a_bulk_answer_stops_where_the_client_wants() {
    let request = bulk(
        r#"{"method":"POST","path":"/Users","bulkId":"u","data":{}},{"method":"DELETE","path":"/Users/7"},{"method":"DELETE","path":"/Users/8"}"#,
    );
    let mut response = BulkResponse::new(&request);
    let location = Some("https://x/Users/1".to_owned());
    response.push(0, Outcome { status: 201, location, version: Some("W/\"1\"".into()), response: None });
    assert!(!response.must_stop());
    response.push(1, Outcome::failure(&Error::status(404, "Gone."), Some("https://x/Users/7".into())));
    assert!(response.must_stop());
    assert_eq!(
        response.into_value(),
        json!({
            "schemas": ["urn:ietf:params:scim:api:messages:2.0:BulkResponse"],
            "Operations": [
                {"method": "POST", "bulkId": "u", "location": "https://x/Users/1", "version": "W/\"1\"", "status": "201"},
                {"method": "DELETE", "location": "https://x/Users/7", "status": "404", "response": {
                    "schemas": ["urn:ietf:params:scim:api:messages:2.0:Error"], "status": "404", "detail": "Gone."
                }},
            ]
        })
    );
}

#[test]
fn bulk_requests_that_are_wrong_are_refused_as_a_whole() {
    let post = r#"{"method":"POST","path":"/Users","bulkId":"u","data":{}}"#;
    for body in [
        "[]".to_owned(),
        "{}".to_owned(),
        r#"{"Operations":[7]}"#.to_owned(),
        r#"{"Operations":[{"method":"GET","path":"/Users"}]}"#.to_owned(),
        r#"{"Operations":[{"method":"POST","path":"/Users","data":{}}]}"#.to_owned(),
        r#"{"Operations":[{"method":"POST","path":"/Users","bulkId":"a b","data":{}}]}"#.to_owned(),
        r#"{"Operations":[{"method":"PUT","path":"/Users/1"}]}"#.to_owned(),
        r#"{"Operations":[{"method":"DELETE","path":"Users/1"}]}"#.to_owned(),
        r#"{"Operations":[{"method":"DELETE"}]}"#.to_owned(),
        format!(r#"{{"Operations":[{post},{post}]}}"#),
        r#"{"failOnErrors":0,"Operations":[]}"#.to_owned(),
    ] {
        assert_eq!(BulkRequest::parse(&value(&body), 100).unwrap_err().status, 400, "{body}");
    }
    let many = json!({"Operations": vec![json!({"method": "DELETE", "path": "/Users/1"}); 101]});
    assert_eq!(BulkRequest::parse(&many, 100).unwrap_err().status, 413);
}
