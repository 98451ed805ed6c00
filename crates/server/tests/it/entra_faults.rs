//! Microsoft's bad days: each ends in a whole plan or in a clear failure, and nothing is changed before a plan.

use std::time::{Duration, Instant};

use entra_simulator::{Fault, Kind, Simulator, Size, directory::user_id};
use keystead::entra::Patience;
use serde_json::{Value, json};

use crate::support::entra::{Connected, quick};

const USERS: &str = "/v1.0/users?";

/// 50 people on pages of ten.
async fn tenant(patience: Patience) -> Connected {
    let connected = Connected::start_with(patience).await;
    connected.microsoft.change(|tenant| {
        tenant.generate(Size { users: 50, groups: 3, members: 20, ..Size::default() });
        tenant.most = 10;
    });
    connected
}

fn everyone() -> Value {
    json!({ "scope": "allUsers" })
}

/// Imports everybody under a fault; answers the plan, or the code of the failure.
async fn under(connected: &Connected, fault: Fault) -> Result<Value, String> {
    connected.microsoft.fault(fault);
    let import = connected.import(everyone()).await;
    connected.microsoft.heal();
    assert_eq!(connected.people().await, 1, "something was changed without a confirmation");
    match import["state"].as_str() {
        Some("ready") => Ok(import["plan"].clone()),
        Some("failed") => {
            let message = import["failure"]["message"].as_str().unwrap();
            assert!(message.len() > 30, "it does not say what to do: {message}");
            assert_eq!(import["plan"], Value::Null);
            Err(import["failure"]["code"].as_str().unwrap().to_owned())
        }
        other => panic!("{other:?}: {import}"),
    }
}

#[tokio::test]
async fn what_passes_is_waited_for_and_everybody_is_planned_once() {
    let connected = tenant(quick()).await;
    let throttled = |value: Option<&str>| Kind::Throttled { retry_after: value.map(str::to_owned) };
    for fault in [
        Fault::times(USERS, 2, throttled(Some("0.05"))).after(1),
        Fault::times(USERS, 1, throttled(Some("0"))),
        Fault::times(USERS, 2, throttled(None)).after(2),
        Fault::times(USERS, 1, throttled(Some("Sun, 06 Nov 1994 08:49:37 GMT"))),
        Fault::times(USERS, 1, throttled(Some("nonsense"))),
        Fault::times(USERS, 2, Kind::Unavailable { retry_after: None }).after(1),
        Fault::times(USERS, 1, Kind::Unavailable { retry_after: Some("0.02".to_owned()) }),
        Fault::times(USERS, 2, Kind::Refused { status: 504, code: "UnknownError".to_owned() }).after(3),
        Fault::times(USERS, 2, Kind::Dropped).after(1),
        Fault::times(USERS, 2, Kind::Truncated).after(2),
        Fault::times(USERS, 1, Kind::Refused { status: 401, code: "InvalidAuthenticationToken".to_owned() }).after(2),
        Fault::times("skiptoken", 2, Kind::Refused { status: 400, code: "Directory_ExpiredPageToken".to_owned() })
            .after(2),
        Fault::always(USERS, Kind::Repeated),
    ] {
        let shown = format!("{fault:?}");
        let plan = under(&connected, fault).await.unwrap_or_else(|code| panic!("{shown}: {code}"));
        assert_eq!((&plan["rows"], &plan["create"]), (&json!(50), &json!(50)), "{shown}: {plan}");
    }
}

#[tokio::test]
async fn what_does_not_pass_is_a_clear_failure_and_changes_nothing() {
    let connected = tenant(quick()).await;
    let refused = |status, code: &str| Kind::Refused { status, code: code.to_owned() };
    for (fault, expected) in [
        (Fault::always(USERS, Kind::Unavailable { retry_after: None }), "graphUnavailable"),
        (Fault::always(USERS, Kind::Dropped).after(1), "graphUnreachable"),
        (Fault::always(USERS, Kind::Truncated), "graphUnreachable"),
        (Fault::always(USERS, Kind::Garbage).after(2), "graphNonsense"),
        (Fault::always(USERS, Kind::Circle).after(1), "endlessPages"),
        (Fault::always(USERS, Kind::Endless), "endlessPages"),
        (Fault::always(USERS, Kind::Huge { bytes: 1 << 30 }).after(1), "graphTooLarge"),
        (Fault::always(USERS, Kind::Nulls), "permissionMissing"),
        (Fault::always(USERS, Kind::Claims).after(1), "claimsChallenge"),
        (Fault::always(USERS, refused(401, "InvalidAuthenticationToken")), "tokenRefused"),
        (Fault::always(USERS, refused(403, "Authorization_RequestDenied")).after(3), "permissionMissing"),
        (Fault::always(USERS, refused(400, "Request_UnsupportedQuery")), "graphRefused"),
        (Fault::always("skiptoken", refused(400, "Directory_ExpiredPageToken")).after(1), "pagesExpired"),
        (Fault::always(USERS, Kind::Throttled { retry_after: Some("86400".to_owned()) }), "throttled"),
    ] {
        let shown = format!("{fault:?}");
        assert_eq!(under(&connected, fault).await, Err(expected.to_owned()), "{shown}");
    }
}

#[tokio::test]
async fn a_gigabyte_is_not_read_and_not_kept() {
    let connected = tenant(quick()).await;
    let resident = || {
        let status = std::fs::read_to_string("/proc/self/status").unwrap();
        let line = status.lines().find(|line| line.starts_with("VmHWM")).unwrap();
        line.split_whitespace().nth(1).unwrap().parse::<u64>().unwrap() / 1024
    };
    let before = resident();
    let begun = Instant::now();
    let result = under(&connected, Fault::always(USERS, Kind::Huge { bytes: 1 << 30 })).await;
    assert_eq!(result, Err("graphTooLarge".to_owned()));
    assert!(begun.elapsed() < Duration::from_secs(20), "it took {:?}", begun.elapsed());
    assert!(resident() - before < 100, "{} MiB more", resident() - before);
}

#[tokio::test]
async fn an_answer_that_never_comes_is_given_up() {
    let patience = Patience { answer: Duration::from_millis(300), attempts: 2, ..quick() };
    let connected = Connected::unauthorized(patience).await;
    let mut connection = connected.authorize("adminConsent").await;
    // A busy machine may need a second look before it answers within so short a time.
    for _ in 0..20 {
        if connection["state"] == "working" {
            break;
        }
        connection = connected.post("/integrations/entra/check", &json!({})).await.json();
    }
    assert!(connection["tenantId"].is_string(), "{connection}");
    let begun = Instant::now();
    assert_eq!(under(&connected, Fault::always(USERS, Kind::Silent)).await, Err("graphTooSlow".to_owned()));
    assert!(begun.elapsed() < Duration::from_secs(20), "it took {:?}", begun.elapsed());
}

#[tokio::test]
async fn no_link_and_no_redirect_takes_the_token_elsewhere() {
    let connected = tenant(quick()).await;
    let elsewhere = Simulator::start().await;
    let away = format!("{}/v1.0/users?$skiptoken=abc", elsewhere.url());
    let port = connected.microsoft.address.port();
    for to in [
        away.clone(),
        away.replace("http://", "https://"),
        format!("http://127.0.0.1:{port}@{}/v1.0/users?", elsewhere.address),
        format!("http://user@127.0.0.1:{port}/v1.0/users?"),
        format!("http://localhost:{port}/v1.0/users?"),
        "https://graph.microsoft.com.evil.example/v1.0/users".to_owned(),
        "file:///etc/passwd".to_owned(),
        "//evil.example/".to_owned(),
    ] {
        let code = under(&connected, Fault::always(USERS, Kind::NextLink { to: to.clone() })).await.unwrap_err();
        assert!(["foreignLink", "graphNonsense"].contains(&code.as_str()), "{to}: {code}");
    }
    let code = under(&connected, Fault::always(USERS, Kind::Redirect { to: away.clone() })).await;
    assert_eq!(code, Err("redirected".to_owned()));
    connected.microsoft.fault(Fault::always("/token", Kind::Redirect { to: away }));
    let checked = connected.post("/integrations/entra/check", &json!({})).await.json();
    assert_eq!(checked["problem"]["code"], "loginNonsense", "{checked}");
    assert!(elsewhere.requests("").is_empty(), "the second host saw {:?}", elsewhere.requests(""));
}

#[tokio::test]
async fn somebody_deleted_while_pages_are_read_is_no_error() {
    let connected = tenant(quick()).await;
    let deletes = Kind::Deletes { id: user_id(45) };
    let plan = under(&connected, Fault::times(USERS, 1, deletes).after(1)).await.unwrap();
    assert_eq!(plan["rows"], 49, "{plan}");
}

#[tokio::test]
async fn everyone_waits_together_and_says_until_when() {
    let connected = tenant(quick()).await;
    connected.microsoft.fault(Fault::times(
        "/transitiveMembers",
        1,
        Kind::Throttled { retry_after: Some("4.5".to_owned()) },
    ));
    let id = connected.begin(json!({ "scope": "allGroups" })).await;
    connected.until(&id, |import| import["progress"]["pausedUntil"].is_string()).await;
    let during = connected.microsoft.requests("/v1.0/").len();
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert_eq!(connected.microsoft.requests("/v1.0/").len(), during, "somebody did not wait");
    let import = connected.until(&id, |import| import["state"] == "ready" || import["state"] == "failed").await;
    assert_eq!(import["state"], "ready", "{import}");
}

#[tokio::test]
async fn at_most_four_requests_are_under_way() {
    let connected = tenant(quick()).await;
    connected.microsoft.change(|tenant| {
        tenant.generate(Size { users: 100, groups: 40, members: 30, ..Size::default() });
    });
    connected.microsoft.fault(Fault::always("/transitiveMembers", Kind::Late { milliseconds: 30 }));
    connected.microsoft.forget_requests();
    let import = connected.import(json!({ "scope": "allGroups" })).await;
    assert_eq!(import["state"], "ready", "{import}");
    let most = connected.microsoft.most_at_once();
    assert!((2..=4).contains(&most), "{most} at once");
}
