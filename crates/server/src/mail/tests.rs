use super::{
    sink::{AUTHORITY, Behaviour, Mail, Security, Sink},
    *,
};
use keystead_directory::{
    ids::{MailId, new_uuid},
    mails::{Letter, MailContent},
};

const TOKEN: &str = "c2VjcmV0LXRva2VuLW9mLXRoZS1saW5r";

fn mail(to: &str) -> ClaimedMail {
    let queued_at: Timestamp = "2026-11-19T10:39:47Z".parse().expect("a time");
    let content = MailContent::RegistrationLink {
        link: format!("https://keys.example.org/register#{TOKEN}"),
        key_kind: keystead_directory::keys::KeyKind::HardwareKey,
        expires_at: queued_at.plus_hours(72),
        note: Some("Grüße!\r\n.\r\nBcc: everybody@example.org\r\n\r\n<b>bold</b>".into()),
    };
    ClaimedMail {
        id: MailId::new(),
        lease: new_uuid(),
        to_address: to.into(),
        letter: Letter {
            organisation_name: "Müller & Co\r\nBcc: everybody@example.org".into(),
            recipient_name: "Jane Doe".into(),
            content,
        },
        user_id: None,
        attempts: 1,
        queued_at,
        give_up_at: queued_at.plus_hours(48),
    }
}

const PUBLIC_URL: &str = "https://keys.example.org";

fn sender() -> Mailbox {
    "Keystead <keystead@example.org>".parse().expect("a sender")
}

fn mailer(url: &str) -> Mailer {
    Mailer::new(url, sender(), PUBLIC_URL).expect("a mailer").trusting(AUTHORITY).expect("an authority")
}

async fn send(sink: &Sink, to: &str) -> Outcome {
    mailer(&sink.url()).send(&mail(to), || true).await
}

#[tokio::test]
async fn a_mail_arrives_with_both_parts_and_the_right_headers() {
    let sink = Sink::start().await;
    let mail = mail("jane@example.org");
    assert_eq!(mailer(&sink.url()).send(&mail, || true).await, Outcome::Sent);
    let [arrived]: [Mail; 1] = sink.mails().try_into().expect("one mail");
    assert_eq!((arrived.from.as_str(), arrived.to.as_str()), ("keystead@example.org", "jane@example.org"));
    assert_eq!(arrived.header("From").as_deref(), Some("Keystead <keystead@example.org>"));
    assert_eq!(arrived.header("To").as_deref(), Some("jane@example.org"));
    assert_eq!(arrived.header("Message-ID"), Some(format!("<{}@keys.example.org>", mail.id)));
    assert_eq!(arrived.header("Date").as_deref(), Some("Thu, 19 Nov 2026 10:39:47 +0000"));
    assert_eq!(arrived.header("Auto-Submitted").as_deref(), Some("auto-generated"));
    assert!(arrived.header("Content-Type").is_some_and(|kind| kind.starts_with("multipart/alternative")));
    assert!(arrived.header("Subject").is_some_and(|subject| subject.starts_with("Register your security key for")));
    assert_eq!(arrived.header("Bcc"), None, "a name forges no header");
    let (text, html) = (arrived.part("text/plain"), arrived.part("text/html"));
    assert!(text.contains(&format!("https://keys.example.org/register#{TOKEN}")), "{text}");
    assert!(text.contains("> Grüße!\n> .\n> Bcc: everybody@example.org\n"), "{text}");
    assert!(html.contains("Grüße!") && html.contains("&lt;b&gt;bold"), "{html}");
    assert!(html.contains(&format!("register#{TOKEN}")), "{html}");
}

#[tokio::test]
async fn a_mail_that_is_sent_again_is_the_same_mail() {
    let sink =
        Sink::scripted(|_, attempt| if attempt == 1 { Behaviour::DropAfterContent } else { Behaviour::Take }).await;
    let (mailer, mail) = (mailer(&sink.url()), mail("jane@example.org"));
    let first = mailer.send(&mail, || true).await;
    assert!(matches!(first, Outcome::Later(_)), "the answer was lost, so nobody knows: {first:?}");
    assert_eq!(mailer.send(&mail, || true).await, Outcome::Sent);
    let [lost, taken]: [Mail; 2] = sink.mails().try_into().expect("two copies");
    for name in ["Message-ID", "Date", "Subject"] {
        assert_eq!(lost.header(name), taken.header(name), "{name}");
        assert!(lost.header(name).is_some());
    }
    assert_eq!(lost.part("text/plain"), taken.part("text/plain"));
}

#[tokio::test]
async fn what_the_server_says_decides_whether_trying_again_makes_sense() {
    let refused = |outcome: &Outcome| matches!(outcome, Outcome::Refused(_));
    for (behaviour, for_good) in [
        (Behaviour::AnswerRecipient("451 4.7.1 greylisted, come again"), false),
        (Behaviour::AnswerRecipient("421 too busy"), false),
        (Behaviour::AnswerRecipient("452 4.2.2 mailbox full"), false),
        (Behaviour::AnswerRecipient("530 5.7.0 authentication required"), false),
        (Behaviour::AnswerRecipient("550 5.1.1 no such person"), true),
        (Behaviour::AnswerRecipient("553 5.1.3 no such domain"), true),
        (Behaviour::AnswerContent("554 5.6.0 not wanted"), true),
        (Behaviour::AnswerContent("451 scanner down"), false),
    ] {
        let sink = Sink::scripted(move |_, _| behaviour).await;
        let outcome = send(&sink, "jane@example.org").await;
        assert_eq!(refused(&outcome), for_good, "{outcome:?}");
        let (Outcome::Later(text) | Outcome::Refused(text)) = outcome else { panic!("it was not taken") };
        assert!(text.contains("answered"), "the server's words are kept: {text}");
    }
    let malformed = send(&Sink::start().await, "nobody").await;
    assert!(refused(&malformed), "{malformed:?}");
}

#[tokio::test]
async fn a_server_that_quotes_the_link_does_not_make_us_store_it() {
    let sink = Sink::scripted(|_, _| {
        Behaviour::AnswerContent("554 blocked: https://keys.example.org/register#c2VjcmV0LXRva2VuLW9mLXRoZS1saW5r\r\n")
    })
    .await;
    let Outcome::Refused(text) = send(&sink, "jane@example.org").await else { panic!("it was refused") };
    assert!(text.contains("blocked") && !text.contains(TOKEN), "{text}");
}

#[tokio::test]
async fn content_does_not_leave_when_the_lease_is_over() {
    let sink = Sink::start().await;
    assert_eq!(mailer(&sink.url()).send(&mail("jane@example.org"), || false).await, Outcome::NotOurs);
    assert_eq!((sink.mails().len(), sink.attempts("jane@example.org")), (0, 1));
}

#[tokio::test]
async fn a_server_that_is_away_is_for_later() {
    let port = std::net::TcpListener::bind("127.0.0.1:0").expect("a port").local_addr().expect("an address").port();
    let mailer = mailer(&format!("smtp://127.0.0.1:{port}"));
    let outcome = mailer.send(&mail("jane@example.org"), || true).await;
    assert!(matches!(&outcome, Outcome::Later(text) if text.contains("connecting")), "{outcome:?}");
    let advice = mailer.check().await.expect_err("nobody is there").to_string();
    assert!(advice.contains(&format!("127.0.0.1:{port}")) && advice.contains("firewall"), "{advice}");
}

#[tokio::test]
async fn mail_goes_over_tls_with_the_account_of_the_url() {
    for (security, url) in [
        (Security::StartTls, "smtp://jane%40example.org:p%40ss+w&rd@localhost:PORT?tls=required"),
        (Security::StartTls, "smtp://jane%40example.org:p%40ss+w&rd@127.0.0.1:PORT?tls=opportunistic"),
        (Security::Wrapped, "smtps://jane%40example.org:p%40ss+w&rd@localhost:PORT"),
    ] {
        let sink = Sink::with(security, Some("p@ss+w&rd"), |_, _| Behaviour::Take).await;
        let mailer = mailer(&url.replace("PORT", &sink.address.port().to_string()));
        mailer.check().await.expect("reachable");
        assert_eq!(mailer.send(&mail("jane@example.org"), || true).await, Outcome::Sent);
        assert_eq!(mailer.send(&mail("max@example.org"), || true).await, Outcome::Sent, "over the kept connection");
        for arrived in sink.mails() {
            assert!(arrived.encrypted);
            assert_eq!(arrived.user.as_deref(), Some("jane@example.org"));
        }
        mailer.close().await;
    }
}

#[tokio::test]
async fn a_server_that_can_not_be_trusted_gets_nothing() {
    let sink = Sink::with(Security::Wrapped, None, |_, _| Behaviour::Take).await;
    let stranger = Mailer::new(&format!("smtps://localhost:{}", sink.address.port()), sender(), PUBLIC_URL);
    let outcome = stranger.expect("a mailer").send(&mail("jane@example.org"), || true).await;
    assert!(matches!(outcome, Outcome::Later(_)), "an unknown authority: {outcome:?}");
    let stripped = Sink::start().await;
    let url = format!("smtp://localhost:{}?tls=required", stripped.address.port());
    let outcome = mailer(&url).send(&mail("jane@example.org"), || true).await;
    assert!(matches!(&outcome, Outcome::Later(text) if text.contains("STARTTLS")), "{outcome:?}");
    assert!(sink.mails().is_empty() && stripped.mails().is_empty() && stripped.attempts("jane@example.org") == 0);
}

#[tokio::test]
async fn a_private_authority_is_trusted_when_the_configuration_names_it() {
    let sink = Sink::with(Security::Wrapped, None, |_, _| Behaviour::Take).await;
    let folder = tempfile::tempdir().expect("a folder");
    let file = |name: &str, content: &[u8]| {
        std::fs::write(folder.path().join(name), content).expect("written");
        folder.path().join(name).to_str().expect("UTF-8").to_owned()
    };
    let configured = |authorities: Option<String>| {
        let mut values = std::collections::BTreeMap::from([
            ("smtp_url".to_owned(), format!("smtps://localhost:{}", sink.address.port())),
            ("mail_from".to_owned(), "keys@example.org".to_owned()),
        ]);
        values.extend(authorities.map(|path| ("smtp_ca_file".to_owned(), path)));
        let config = Config::from_sources(None, std::collections::BTreeMap::new(), values).expect("a configuration");
        Mailer::of(&config).map(|mailer| mailer.expect("a mail server is configured"))
    };
    let stranger = configured(None).expect("a mailer");
    assert!(matches!(stranger.send(&mail("jane@example.org"), || true).await, Outcome::Later(_)));
    assert!(sink.mails().is_empty());
    let mailer = configured(Some(file("ca.pem", AUTHORITY))).expect("a mailer");
    mailer.check().await.expect("reachable");
    assert_eq!(mailer.send(&mail("jane@example.org"), || true).await, Outcome::Sent);
    assert!(sink.mails().iter().all(|mail| mail.encrypted) && sink.mails().len() == 1);
    // Several may stand in one file.
    let both = [include_bytes!("testdata/server.pem"), AUTHORITY].concat();
    let mailer = configured(Some(file("both.pem", &both))).expect("a mailer");
    mailer.check().await.expect("reachable");

    let unreadable = b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n".as_slice();
    for (name, content) in [("empty.pem", b"".as_slice()), ("text.pem", b"hello"), ("unreadable.pem", unreadable)] {
        let error = configured(Some(file(name, content))).err().map(|error| format!("{error:#}"));
        let named = error.as_ref().is_some_and(|error| error.contains("KEYSTEAD_SMTP_CA_FILE") && error.contains(name));
        assert!(named, "{name}: {error:?}");
    }
}

#[tokio::test]
async fn a_wrong_password_is_for_an_administrator_to_mend_not_the_end_of_the_mail() {
    let sink = Sink::with(Security::Wrapped, Some("right"), |_, _| Behaviour::Take).await;
    let mailer = mailer(&format!("smtps://jane:wrong-secret@localhost:{}", sink.address.port()));
    let outcome = mailer.send(&mail("jane@example.org"), || true).await;
    assert!(matches!(&outcome, Outcome::Later(text) if text.contains("535")), "{outcome:?}");
    let advice = mailer.check().await.expect_err("the password is wrong").to_string();
    assert!(advice.contains("Check the user name and password") && !advice.contains("wrong-secret"), "{advice}");
}

#[test]
fn an_smtp_url_that_can_not_be_meant_is_refused_without_telling_its_password() {
    for (url, why) in [
        ("mail.example.org", "must look like"),
        ("http://mail.example.org", "must begin with smtp"),
        ("smtp://", "no host"),
        ("smtps://mail.example.org?tls=maybe", "`required` or `opportunistic`"),
        ("smtps://mail.example.org?TLS=required", "no option `TLS`"),
        ("smtp://jane:hush@mail.example.org", "unencrypted"),
        ("smtp://jane:hush@mail.example.org?tls=opportunistic", "unencrypted"),
        ("smtps://jane@mail.example.org", "no password"),
        ("smtps://jane:hush%ff@mail.example.org", "UTF-8"),
        ("smtps://jane:hush@mail.example.org:99999", "must look like"),
    ] {
        let error = format!("{:#}", SmtpServer::parse(url).err().unwrap_or_else(|| panic!("{url} was taken")));
        assert!(error.contains(why) && !error.contains("hush"), "{url}: {error}");
    }
    for (url, name) in [
        ("smtps://jane:hush@mail.example.org", "mail.example.org:465"),
        ("smtp://jane:hush@mail.example.org?tls=required", "mail.example.org:587"),
        ("smtp://jane:hush@localhost:2525", "localhost:2525"),
        ("smtp://[::1]", "[::1]:25"),
    ] {
        assert_eq!(SmtpServer::parse(url).expect(url).name(), name);
    }
}
