//! A phone's activation over HTTP: shown on one device, opened on another, refused everywhere else.

use keystead::fido::software_authenticator::{SoftwareAuthenticator, Statement};
use keystead_directory::sql;
use serde_json::{Value, json};

use crate::support::{Browser, TestApp, token_of};

const EVERYWHERE: [(&str, &str); 2] = [("rate_limit", "0"), ("trusted_proxies", "127.0.0.1")];

/// A browser on a phone, whose own passkeys its platform copies.
fn phone(app: &TestApp, name: &str) -> Browser {
    let mut browser = app.browser(name);
    browser.key = SoftwareAuthenticator::new(name).attesting(Statement::None);
    browser.key.attachment = "platform";
    browser.key.transports = vec!["internal", "hybrid"];
    (browser.key.backup_eligible, browser.key.backed_up, browser.key.counts) = (true, true, false);
    browser
}

async fn add(owner: &mut Browser, email: &str) -> (Value, String, String) {
    let answer = owner.take("/users", &json!({ "email": email, "key": { "kind": "smartphone" } })).await;
    let key = answer["registration"]["keyId"].as_str().unwrap().to_owned();
    (answer["user"].clone(), key, token_of(&answer["registration"]["link"]))
}

async fn stage(browser: &mut Browser, shown: &Value) -> String {
    let followed = browser.take("/carry-overs/follow", &json!({ "follow": shown["follow"] })).await;
    followed["stage"].as_str().unwrap().to_owned()
}

async fn opened(phone: &mut Browser, shown: &Value) -> String {
    let answer = phone.take("/carry-overs/open", &json!({ "token": token_of(&shown["link"]) })).await;
    answer["token"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn a_link_opened_on_a_computer_is_carried_over_to_the_phone_and_the_phone_signs_in() {
    let app = TestApp::start_with(&EVERYWHERE).await;
    let mut owner = app.owner_browser().await;
    let (user, key, link) = add(&mut owner, "jane@example.com").await;
    assert_eq!(user["status"], "pending");
    let mut computer = app.browser("computer");
    let shown = computer.take("/registrations/carry-over", &json!({ "token": link })).await;
    let page = format!("{}/phone", app.app.config.public_url.origin());
    assert_eq!(shown["page"], page);
    assert!(shown["link"].as_str().unwrap().starts_with(&format!("{page}#")), "{shown}");
    assert_eq!(stage(&mut computer, &shown).await, "waiting");
    let mut jane = phone(&app, "jane's phone");
    let token = opened(&mut jane, &shown).await;
    assert_eq!(stage(&mut computer, &shown).await, "opened");
    let seen = jane.take("/registrations/inspect", &json!({ "token": token })).await;
    assert_eq!((&seen["person"]["email"], &seen["key"]["kind"]), (&json!("jane@example.com"), &json!("smartphone")));
    let options = jane.take("/registrations/options", &json!({ "token": token })).await;
    let asked = &options["publicKey"];
    assert_eq!(asked["hints"], json!(["client-device"]));
    assert_eq!(
        asked["authenticatorSelection"],
        json!({
            "authenticatorAttachment": "platform", "residentKey": "required", "requireResidentKey": true,
            "userVerification": "required",
        })
    );
    let answer = jane.register(&token).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    assert_eq!(answer.json()["key"]["id"], key);
    let followed = computer.take("/carry-overs/follow", &json!({ "follow": shown["follow"] })).await;
    assert_eq!((&followed["stage"], &followed["tried"]), (&json!("registered"), &json!(false)));
    assert_eq!(jane.sign_in().await.status, 200);
    let followed = computer.take("/carry-overs/follow", &json!({ "follow": shown["follow"] })).await;
    assert_eq!(followed["tried"], true);
    let user = owner.read(&format!("/users/{}", user["id"].as_str().unwrap())).await;
    assert_eq!((&user["status"], &user["keys"][0]["kind"]), (&json!("active"), &json!("smartphone")));
    let listed = owner.read("/users?keyKind=smartphone").await;
    assert_eq!(listed["items"].as_array().unwrap().len(), 1);
    assert_eq!(owner.read("/keys?kind=smartphone").await["items"][0]["id"], key);
}

#[tokio::test]
async fn the_help_desk_activates_a_phone_on_the_spot_without_a_mail() {
    let app = TestApp::start_with(&EVERYWHERE).await;
    let mut owner = app.owner_browser().await;
    let body = json!({ "email": "jane@example.com", "key": { "kind": "smartphone", "activation": "now" } });
    let answer = owner.take("/users", &body).await;
    let registration = &answer["registration"];
    assert_eq!((&registration["mailed"], &registration["link"]), (&json!(false), &Value::Null));
    let path = format!("/keys/{}/carry-over", registration["keyId"].as_str().unwrap());
    let first = owner.take(&path, &json!({})).await;
    let shown = owner.take(&path, &json!({})).await;
    let mut jane = phone(&app, "jane's phone");
    jane.post("/carry-overs/open", &json!({ "code": first["code"] })).await.problem(410, "code_replaced");
    let spelled = shown["code"].as_str().unwrap().to_lowercase().replace('-', " ");
    let token = jane.take("/carry-overs/open", &json!({ "code": spelled })).await["token"].clone();
    assert_eq!(jane.register(token.as_str().unwrap()).await.status, 200);
    assert_eq!(stage(&mut owner, &shown).await, "registered");
    owner.post(&path, &json!({})).await.problem(409, "illegal_state");
    // For a hardware key there is no such way.
    let hardware = json!({ "email": "joe@example.com", "key": { "kind": "hardwareKey", "activation": "now" } });
    let problem = owner.post("/users", &hardware).await.problem(422, "invalid");
    assert_eq!(problem["errors"][0]["field"], "key.activation");
    let (_, token) = owner.add("joe@example.com").await;
    app.browser("joe")
        .post("/registrations/carry-over", &json!({ "token": token }))
        .await
        .problem(409, "illegal_state");
    // It is all in the record, and no code is.
    let answer = owner.get("/activity?limit=200").await;
    let record = answer.text();
    assert!(record.contains("key.codeShown") && record.contains("key.codeUsed"));
    assert!(!record.contains(shown["code"].as_str().unwrap()));
}

#[tokio::test]
async fn what_is_no_code_opens_nothing_and_cannot_be_guessed_at() {
    let app = TestApp::start_with(&EVERYWHERE).await;
    let mut owner = app.owner_browser().await;
    let (_, _, link) = add(&mut owner, "jane@example.com").await;
    let shown = owner.take("/registrations/carry-over", &json!({ "token": link })).await;
    let mut thief = app.browser("thief");
    for body in [json!({}), json!({ "token": "a", "code": "b" }), json!({ "token": null })] {
        thief.post("/carry-overs/open", &body).await.problem(400, "invalid");
    }
    // The link's own secret, what follows, and the code are not what is scanned.
    for token in [&json!(link), &shown["follow"], &shown["code"], &json!(""), &json!("a".repeat(9000))] {
        thief.post("/carry-overs/open", &json!({ "token": token })).await.problem(404, "code_unknown");
    }
    for token in [&shown["follow"], &json!(token_of(&shown["link"]))] {
        thief.post("/registrations/inspect", &json!({ "token": token })).await.problem(404, "link_unknown");
    }
    thief.post("/carry-overs/follow", &json!({ "follow": link })).await.problem(404, "code_unknown");
    // From one address: five at once, then ten a minute; a right one is refused like a wrong one.
    let mut answers = Vec::new();
    for n in 0..8 {
        let body = json!({ "code": format!("AAAA-AAA{n}") });
        let request = thief.request("POST", "/carry-overs/open").header("x-forwarded-for", "203.0.113.9").json(&body);
        answers.push(request.send().await.status);
    }
    assert_eq!(answers, [404, 404, 404, 404, 404, 429, 429, 429]);
    let right = json!({ "code": shown["code"] });
    let from =
        |address: &str| thief.request("POST", "/carry-overs/open").header("x-forwarded-for", address).json(&right);
    let refused = from("203.0.113.9").send().await;
    assert!(refused.header("retry-after").parse::<u64>().unwrap() >= 1);
    refused.problem(429, "rate_limited");
    // From everywhere at once: the whole stops, but for what is scanned.
    let mut refused = 0;
    for n in 0..150 {
        let body = json!({ "code": "ZZZZ-ZZZZ" });
        let address = format!("198.51.100.{n}");
        let request = thief.request("POST", "/carry-overs/open").header("x-forwarded-for", &address).json(&body);
        refused += i32::from(request.send().await.status == 429);
    }
    assert!(refused > 10, "{refused}");
    from("192.0.2.55").send().await.problem(429, "rate_limited");
    opened(&mut phone(&app, "jane's phone"), &shown).await;
}

#[tokio::test]
async fn a_phone_that_lost_its_code_is_told_at_each_step() {
    let app = TestApp::start_with(&EVERYWHERE).await;
    let mut owner = app.owner_browser().await;
    for end in ["replaced", "used", "cancelled", "resent", "disabled"] {
        let (user, key, link) = add(&mut owner, &format!("{end}@example.com")).await;
        let shown = owner.take("/registrations/carry-over", &json!({ "token": link })).await;
        let mut jane = phone(&app, &format!("phone {end}"));
        let token = opened(&mut jane, &shown).await;
        let options = jane.take("/registrations/options", &json!({ "token": token })).await;
        let finish = jane.registered(&token, &options);
        let (code, followed) = match end {
            "replaced" => {
                owner.take("/registrations/carry-over", &json!({ "token": link })).await;
                ("code_replaced", "replaced")
            }
            "used" => {
                assert_eq!(phone(&app, "faster").register(&link).await.status, 200);
                ("link_used", "registered")
            }
            "cancelled" => {
                owner.take(&format!("/keys/{key}/cancel"), &json!({})).await;
                ("link_cancelled", "ended")
            }
            "resent" => {
                owner.take(&format!("/keys/{key}/resend"), &json!({})).await;
                ("link_cancelled", "ended")
            }
            _ => {
                owner.take(&format!("/users/{}/disable", user["id"].as_str().unwrap()), &json!({})).await;
                ("link_disabled", "ended")
            }
        };
        for (path, body) in [
            ("/registrations/inspect", json!({ "token": token })),
            ("/registrations/options", json!({ "token": token })),
            ("/registrations/finish", finish),
        ] {
            jane.post(path, &body).await.problem(410, code);
        }
        assert_eq!(stage(&mut owner, &shown).await, followed, "{end}");
        // The same code once more says what is true of it.
        let again = jane.post("/carry-overs/open", &json!({ "token": token_of(&shown["link"]) })).await;
        again.problem(410, code);
        let bound = owner.read(&format!("/users/{}/credentials", user["id"].as_str().unwrap())).await;
        assert_eq!(bound["items"].as_array().unwrap().len(), usize::from(end == "used"), "{end}");
    }
}

#[tokio::test]
async fn a_code_that_ran_out_is_refused_on_every_server() {
    let app = TestApp::start_with(&EVERYWHERE).await;
    let mut owner = app.owner_browser().await;
    let (_, _, link) = add(&mut owner, "jane@example.com").await;
    let shown = owner.take("/registrations/carry-over", &json!({ "token": link })).await;
    let mut tx = app.app.db.write(keystead_directory::Timestamp::now()).await.unwrap();
    tx.query(sql!("update carry_overs set expires_at = 1")).execute().await.unwrap();
    tx.commit().await.unwrap();
    let mut jane = phone(&app, "jane's phone");
    let body = json!({ "token": token_of(&shown["link"]) });
    jane.post("/carry-overs/open", &body).await.problem(410, "code_expired");
    assert_eq!(stage(&mut owner, &shown).await, "expired");
}

#[tokio::test]
async fn of_phones_that_open_and_register_at_once_one_is_bound() {
    let app = TestApp::start_with(&EVERYWHERE).await;
    let mut owner = app.owner_browser().await;
    let (user, _, link) = add(&mut owner, "jane@example.com").await;
    let shown = owner.take("/registrations/carry-over", &json!({ "token": link })).await;
    let body = json!({ "token": token_of(&shown["link"]) });
    let opening: Vec<_> = (0..10)
        .map(|n| {
            let (mut browser, body) = (phone(&app, &format!("phone {n}")), body.clone());
            tokio::spawn(async move { (browser.post("/carry-overs/open", &body).await, browser) })
        })
        .collect();
    let mut winners = Vec::new();
    for one in opening {
        let (answer, browser) = one.await.unwrap();
        if answer.status == 200 {
            winners.push((answer.json()["token"].as_str().unwrap().to_owned(), browser));
        } else {
            answer.problem(410, "code_used");
        }
    }
    assert_eq!(winners.len(), 1);
    let (token, carried) = winners.remove(0);
    let both = [(token, carried), (link, phone(&app, "with the mail"))]
        .map(|(token, mut browser)| tokio::spawn(async move { browser.register(&token).await.status }));
    let mut statuses = Vec::new();
    for one in both {
        statuses.push(one.await);
    }
    let won = statuses.iter().filter(|status| matches!(status, Ok(200))).count();
    assert_eq!(won, 1, "{statuses:?}");
    let bound = owner.read(&format!("/users/{}/credentials", user["id"].as_str().unwrap())).await;
    assert_eq!(bound["items"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn only_what_was_asked_for_is_bound() {
    let app = TestApp::start_with(&EVERYWHERE).await;
    let mut owner = app.owner_browser().await;
    // A hardware key through a phone's link, and a phone through a hardware key's.
    let (_, _, link) = add(&mut owner, "jane@example.com").await;
    let refused = app.browser("usb").register(&link).await.problem(422, "credential_refused");
    assert!(refused["detail"].as_str().unwrap().contains("this phone"), "{refused}");
    let (_, hardware) = owner.add("joe@example.com").await;
    let mut away = phone(&app, "away");
    away.key.attachment = "cross-platform";
    let refused = away.register(&hardware).await.problem(422, "credential_refused");
    assert!(refused["detail"].as_str().unwrap().contains("hardware security key is needed"), "{refused}");
    // Synced passkeys, where the organisation wants none: the way out is said, and the link is not used up.
    let settings = owner.patch("/settings", &json!({ "smartphonePasskeys": "deviceBound" })).await.json();
    assert_eq!(settings["smartphonePasskeys"], "deviceBound");
    let mut synced = phone(&app, "synced");
    let refused = synced.register(&link).await.problem(422, "credential_refused");
    assert!(refused["detail"].as_str().unwrap().contains("Ask your administrator"), "{refused}");
    let mut bound = phone(&app, "bound");
    (bound.key.backup_eligible, bound.key.backed_up) = (false, false);
    assert_eq!(bound.register(&link).await.status, 200);
    // A phone that answers an owner's recovery over hybrid is known for a phone.
    let mut tx = app.app.db.write(keystead_directory::Timestamp::now()).await.unwrap();
    let cli = keystead_directory::actor::Actor::cli();
    let (_, token, _) = keystead_directory::activations::create_recovery_link(&mut tx, &cli, None).await.unwrap();
    tx.commit().await.unwrap();
    let mut owners = phone(&app, "owner's phone");
    owners.key.attachment = "cross-platform";
    let answer = owners.register(token.reveal()).await;
    assert_eq!((answer.status, &answer.json()["key"]["kind"]), (200, &json!("smartphone")));
}

#[tokio::test]
async fn showing_a_code_for_somebody_asks_for_a_fresh_touch() {
    let app = TestApp::start_with(&EVERYWHERE).await;
    let mut owner = app.owner_browser().await;
    let (_, key, _) = add(&mut owner, "jane@example.com").await;
    let mut tx = app.app.db.write(keystead_directory::Timestamp::now()).await.unwrap();
    tx.query(sql!("update sessions set authenticated_at = authenticated_at - 1000000")).execute().await.unwrap();
    tx.commit().await.unwrap();
    let path = format!("/keys/{key}/carry-over");
    owner.post(&path, &json!({})).await.problem(403, "step_up_required");
    assert_eq!(owner.step_up().await.status, 200);
    owner.take(&path, &json!({})).await;
}
