//! Any body is a resource or an error, and a resource that was read is read again as it is. The same bytes also go
//! through the other readers of messages.
#![no_main]

use std::sync::LazyLock;

use keystead_scim::bulk::{BulkRequest, Step};
use keystead_scim::json::{self, Limits};
use keystead_scim::list::{ListQuery, PageLimits};
use keystead_scim::schema::{self, ResourceType};
use keystead_scim::{Unknown, resource};
use libfuzzer_sys::fuzz_target;
use serde_json::Value;

static USER: LazyLock<ResourceType> =
    LazyLock::new(|| ResourceType::new("User", "/Users", schema::user()).with_extension(schema::enterprise_user()));

const LIMITS: PageLimits = PageLimits { default: 100, most: 200 };

fuzz_target!(|body: &[u8]| {
    if let Ok(query) = std::str::from_utf8(body) {
        let _ = ListQuery::from_query(query, &USER, LIMITS);
    }
    let Ok(body) = json::read(body, Limits::default()) else { return };
    let _ = ListQuery::from_search(&body, &USER, LIMITS);
    if let Ok(bulk) = BulkRequest::parse(&body, 100) {
        let order = bulk.order();
        assert_eq!(order.len(), bulk.operations.len());
        for step in order {
            if let Step::Run(at) = step {
                let _ = bulk.resolve(at, &std::collections::HashMap::new());
            }
        }
    }
    if let Ok(once) = resource::read(&body, &USER, Unknown::Ignore) {
        let mut answer = once.clone();
        assert_eq!(resource::read(&Value::Object(once.clone()), &USER, Unknown::Refuse), Ok(once));
        if let Ok(query) = ListQuery::from_query("excludedAttributes=emails", &USER, LIMITS) {
            query.projection.apply(&mut answer);
            assert!(!answer.contains_key("emails"));
        }
    }
});
