use super::*;
use keystead_directory::{ids::ImportId, imports::Outcome};
use proptest::prelude::*;

const PANEL: &str = "https://keys.example.org";
const LINK: &str = "https://keys.example.org/register#c2VjcmV0LXRva2Vu";

fn at(text: &str) -> Timestamp {
    text.parse().expect("a time")
}

fn registration(note: Option<&str>) -> MailContent {
    MailContent::RegistrationLink {
        link: LINK.into(),
        key_kind: KeyKind::HardwareKey,
        expires_at: at("2026-11-22T10:39:47Z"),
        note: note.map(Into::into),
    }
}

fn phone() -> MailContent {
    let (link, expires_at) = (LINK.into(), at("2026-11-22T10:39:47Z"));
    MailContent::RegistrationLink { link, key_kind: KeyKind::Smartphone, expires_at, note: None }
}

fn letter(content: MailContent) -> Letter {
    Letter { organisation_name: "Example & Sons".into(), recipient_name: "Jane Doe".into(), content }
}

fn render(content: MailContent) -> Rendered {
    let templates = Templates::new().expect("the templates");
    templates.render(&letter(content), at("2026-11-19T10:39:47Z"), PANEL).expect("a rendered letter")
}

fn every_kind() -> Vec<MailContent> {
    let (key_name, moment) = ("Blue key".to_owned(), at("2026-11-22T10:39:47Z"));
    let (person, person_email) = ("Max <b>Mad</b>".to_owned(), "max@example.org".to_owned());
    vec![
        registration(Some("See you on Monday.")),
        registration(None),
        phone(),
        MailContent::KeyRegistered {
            key_name: key_name.clone(),
            model: Some("Model 5".into()),
            at: moment,
            ip: Some("192.0.2.7".into()),
            user_agent: None,
        },
        MailContent::CardPin { key_name: key_name.clone(), pin: "482915".into(), must_change: true },
        MailContent::KeySuspended { key_name: key_name.clone(), at: moment, reason: Some("lost".into()) },
        MailContent::KeyRevoked { key_name: key_name.clone(), at: moment, reason: None },
        MailContent::CounterRegressed {
            person: person.clone(),
            person_email: person_email.clone(),
            key_name: key_name.clone(),
            at: moment,
        },
        MailContent::KeyReportedLost { person, person_email, key_name, at: moment },
        MailContent::TestMail { at: moment },
        import(ImportState::Finished, Outcome { created: 3, failed: 1, ..Outcome::default() }, None),
        import(ImportState::Finished, Outcome { unchanged: 3, ..Outcome::default() }, None),
        import(ImportState::Cancelled, Outcome::default(), None),
        import(ImportState::Failed, Outcome::default(), Some("Line 3: a quotation mark is never closed.")),
    ]
}

fn import(state: ImportState, outcome: Outcome, failure: Option<&str>) -> MailContent {
    MailContent::ImportFinished {
        import_id: ImportId(uuid::Uuid::nil()),
        name: "people <b>Mad</b>.csv".into(),
        state,
        changed: outcome.changed_anything(),
        outcome,
        failure: failure.map(Into::into),
        at: at("2026-11-22T10:39:47Z"),
    }
}

#[test]
fn a_mail_about_an_import_says_how_it_ended_and_leads_to_its_report() {
    let link = format!("{PANEL}/imports/00000000-0000-0000-0000-000000000000");
    for (state, created, failure, words) in [
        (ImportState::Finished, 3, None, "An import is finished"),
        (ImportState::Finished, 0, None, "An import changed nothing"),
        (ImportState::Cancelled, 1, None, "An import was cancelled"),
        (ImportState::Failed, 0, Some("Line 3: a quotation mark is never closed."), "An import stopped"),
    ] {
        let outcome = Outcome { created, failed: 2, ..Outcome::default() };
        let mail = render(import(state, outcome, failure));
        for part in [&mail.html.replace("&#x2f;", "/"), &mail.text] {
            assert!(part.contains(words), "{part}");
            assert!(part.contains(&link), "{part}");
            assert!(failure.is_none_or(|failure| part.contains(failure)), "{part}");
        }
        assert!(mail.text.contains(&format!("Added: {created}\nChanged: 0\n")), "{}", mail.text);
        assert!(mail.text.contains("Failed: 2\n"), "{}", mail.text);
    }
}

#[test]
fn a_phones_mail_speaks_of_a_phone_and_of_what_to_do_at_a_computer() {
    let mail = render(phone());
    assert_eq!(mail.subject, "Activate your phone for Example & Sons");
    for part in [&mail.html, &mail.text] {
        let words = part.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(words.contains("Open this link on the phone itself"), "{words}");
        assert!(words.contains("registers a phone in your name") && !words.contains("touching your key"), "{words}");
    }
    assert!(!render(registration(None)).text.contains("phone itself"));
}

#[test]
fn a_link_that_an_earlier_version_queued_is_a_hardware_keys() {
    let stored = serde_json::json!({ "kind": "registrationLink", "link": LINK, "expiresAt": "2026-11-22T10:39:47Z", "note": null });
    let content: MailContent = serde_json::from_value(stored).expect("a letter");
    assert_eq!(render(content).subject, "Register your security key for Example & Sons");
}

#[test]
fn every_kind_of_mail_greets_its_reader_and_names_the_organisation_in_both_parts() {
    for content in every_kind() {
        let kind = content.kind();
        let mail = render(content);
        assert!(mail.html.contains("Hello Jane Doe,") && mail.text.contains("Hello Jane Doe,"), "{kind}");
        assert!(mail.html.contains("Example &amp; Sons") && !mail.html.contains("Example & Sons"), "{kind}");
        assert!(mail.text.contains("Example & Sons"), "{kind}: the text part is not HTML");
        assert!(mail.subject.contains("Example & Sons"), "{kind}");
        assert!(!mail.html.contains("<b>Mad</b>"), "{kind}: a name is never markup");
        assert!(!mail.html.contains("<img") && !mail.html.contains("src="), "{kind}: nothing is loaded");
        assert!(!mail.text.contains("{{") && !mail.text.contains("\n\n\n"), "{kind}:\n{}", mail.text);
    }
}

#[test]
fn the_registration_mail_says_how_long_the_link_lives_in_words() {
    let mail = render(registration(None));
    let html = mail.html.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(html.contains("valid for 3 days, until Sunday 22 November 2026 10:39 UTC"), "{html}");
    assert!(mail.text.contains("valid for 3 days,\nuntil Sunday 22 November 2026 10:39 UTC."), "{}", mail.text);
    assert!(mail.text.contains(&format!("\n{LINK}\n")), "the link stands alone on its line");
    assert!(!mail.html.contains("A note from") && !mail.text.contains("A note from"), "no note, no heading for one");
    for (seconds, words) in [
        (3600, "1 hour"),
        (7199, "1 hour"),
        (24 * 3600, "1 day"),
        (36 * 3600, "36 hours"),
        (72 * 3600, "3 days"),
        (14 * 86400, "14 days"),
        (600, "10 minutes"),
        (60, "1 minute"),
        (0, "0 minutes"),
    ] {
        assert_eq!(duration(seconds), words);
    }
}

#[test]
fn every_address_in_a_mail_is_under_the_configured_public_url() {
    for content in every_kind() {
        let mail = render(content);
        let written = format!("{} {}", mail.html.replace("&#x2f;", "/"), mail.text);
        let mut links = 0;
        for (start, _) in written.match_indices("://") {
            let scheme = written[..start].rfind(|c: char| !c.is_ascii_alphabetic()).map_or(0, |before| before + 1);
            assert!(written[scheme..].starts_with(PANEL), "{}", &written[scheme..start + 40]);
            links += 1;
        }
        assert!(links > 0);
    }
}

#[test]
fn a_note_with_markup_and_line_breaks_is_quoted_text() {
    let mail = render(registration(Some("  Hi <script>alert(1)</script>\r\n\r\n--\rBcc: all@example.org\n{{ 7*7 }} ")));
    assert!(!mail.html.contains("<script>"));
    assert!(mail.html.contains("Hi &lt;script&gt;alert(1)"));
    assert!(mail.html.contains("{{ 7*7 }}"), "a note is never a template");
    let quoted: Vec<&str> = mail.text.lines().filter(|line| line.starts_with('>')).collect();
    assert_eq!(quoted, ["> Hi <script>alert(1)</script>", "> ", "> --", "> Bcc: all@example.org", "> {{ 7*7 }}"]);
}

proptest! {
    /// Whatever people are called and whatever a note says: one subject line, one greeting line,
    /// the link whole, and no character that hides or turns words.
    #[test]
    fn names_and_notes_forge_nothing(organisation in "\\PC{0,40}[\r\n\u{202e}]?\\PC{0,200}", name in "(?s).{0,80}", note in "(?s).{0,200}") {
        let letter = Letter { organisation_name: organisation, recipient_name: name.clone(), content: registration(Some(&note)) };
        let mail = Templates::new().expect("the templates").render(&letter, at("2026-11-19T10:39:47Z"), PANEL).expect("rendered");
        prop_assert!(mail.subject.chars().count() <= LONGEST_SUBJECT);
        prop_assert!(!mail.subject.chars().any(obeyed_unseen));
        let greeting = format!("Hello {},", one_line(&name));
        prop_assert_eq!(mail.text.lines().next(), Some(greeting.as_str()));
        prop_assert!(!mail.text.chars().any(|c| c != '\n' && obeyed_unseen(c)));
        prop_assert!(mail.text.contains(LINK));
        prop_assert!(!mail.html.to_lowercase().contains("<script"));
    }
}
