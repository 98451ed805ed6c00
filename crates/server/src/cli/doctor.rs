//! `keystead doctor`: looks at everything that Keystead needs and says what is wrong and what to
//! do. It changes nothing but bringing the database to this program's schema, as a start would.

use std::{io::Write as _, process::ExitCode, time::Duration};

use keystead_directory::{
    Db, Timestamp,
    activity::{self, ActivityFilter},
    db::Options,
    page::PageRequest,
    seals,
    secret::Sealer,
    settings,
};
use tokio::time::timeout;

use super::visit;
use crate::{cards::Vault, config::Config, mail::Mailer, secret_key};

/// How long a mail server or the public URL may take to answer.
const PATIENCE: Duration = Duration::from_secs(10);
/// Clocks may differ by this much before something suffers.
const CLOCK_SECONDS: i64 = 60;
/// 1 January 2026: an earlier clock is a clock that was never set.
const BEFORE_KEYSTEAD: Timestamp = Timestamp(1_767_225_600_000);

/// What was found about one part.
struct Finding {
    part: &'static str,
    verdict: Verdict,
    text: String,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Verdict {
    Good,
    Note,
    Wrong,
}

fn good(part: &'static str, text: impl Into<String>) -> Finding {
    Finding { part, verdict: Verdict::Good, text: text.into() }
}

fn note(part: &'static str, text: impl Into<String>) -> Finding {
    Finding { part, verdict: Verdict::Note, text: text.into() }
}

fn wrong(part: &'static str, text: impl Into<String>) -> Finding {
    Finding { part, verdict: Verdict::Wrong, text: text.into() }
}

/// Examines the installation; the configuration itself is checked already.
pub async fn examine(config: Config) -> anyhow::Result<ExitCode> {
    let mut findings = vec![good("configuration", format!("complete; the public URL is {}", config.public_url))];
    let sealer = match secret_key::read_or_create(secret_key::SECRET, &config.secret_key_file) {
        Ok(key) => {
            let kept = "keep a copy apart from the database's backup";
            findings.push(good("secret key", format!("{}: {kept}", config.secret_key_file.display())));
            Some(Sealer::new(&key))
        }
        Err(error) => {
            findings.push(wrong("secret key", format!("{error:#}")));
            None
        }
    };
    let vault =
        match secret_key::read_or_create(secret_key::VAULT, &config.vault_key_file).and_then(|key| Vault::new(&key)) {
            Ok(vault) => {
                let kept = "keep a copy apart from the database's backup: without it no card works again";
                findings.push(good("vault key", format!("{}: {kept}", config.vault_key_file.display())));
                Some(vault)
            }
            Err(error) => {
                findings.push(wrong("vault key", format!("{error:#}")));
                None
            }
        };
    let newest = database(&config, sealer.as_ref(), vault.as_ref(), &mut findings).await;
    findings.push(mail(&config).await);
    let seen = public_url(&config, &mut findings).await;
    findings.push(clock(Timestamp::now(), newest, seen));
    show(&findings);
    let failed = findings.iter().any(|finding| finding.verdict == Verdict::Wrong);
    Ok(if failed { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

/// Opens the database and tells when its newest record was written.
async fn database(
    config: &Config,
    sealer: Option<&Sealer>,
    vault: Option<&Vault>,
    findings: &mut Vec<Finding>,
) -> Option<Timestamp> {
    let db = match open(config).await {
        Ok(db) => db,
        Err(error) => {
            findings.push(wrong("database", format!("KEYSTEAD_DATABASE_URL: {error:#}")));
            return None;
        }
    };
    let kind = match config.sqlite_file() {
        Some(path) => format!("SQLite at {}", path.display()),
        None => "PostgreSQL".to_owned(),
    };
    findings.push(good("database", format!("{kind} answers")));
    findings.push(good("migrations", "the schema is this Keystead's"));
    let facts = async {
        let mut conn = db.read().await?;
        let newest =
            activity::list(&mut conn, &ActivityFilter::default(), &PageRequest::new(Some(1), None, None)?).await?;
        let settings = settings::get(&mut conn).await?;
        keystead_directory::Result::Ok((newest.items.first().map(|record| record.at), settings))
    };
    let (newest, settings) = match facts.await {
        Ok(facts) => facts,
        Err(error) => {
            findings.push(wrong("database", format!("it can't be read: {error}")));
            return None;
        }
    };
    findings.push(chain(&db).await);
    if let (Some(sealer), Some(known)) = (sealer, settings.key_check)
        && known != sealer.key_check()
    {
        let text =
            "it is not the one that this database was made with: put the right file back at KEYSTEAD_SECRET_KEY_FILE";
        findings.push(wrong("secret key", text));
    }
    if let (Some(vault), Some(known)) = (vault, settings.vault_check)
        && known != vault.check()
    {
        let text = "the cards in this database were sealed with another one: put the right file back at \
                    KEYSTEAD_VAULT_KEY_FILE, or no card works";
        findings.push(wrong("vault key", text));
    }
    let host = config.public_url.host();
    if let Some(known) = settings.rp_id.filter(|known| known != host) {
        findings.push(note(
            "public URL",
            format!("the database was served as {known:?}, now the host is {host:?}: keys registered for {known:?} don't work here"),
        ));
    }
    Some(newest.unwrap_or(BEFORE_KEYSTEAD))
}

async fn open(config: &Config) -> anyhow::Result<Db> {
    if let Some(folder) = config.sqlite_file().as_deref().and_then(std::path::Path::parent) {
        secret_key::ensure_folder(folder)?;
    }
    Ok(Db::open(&Options::new(&config.database_url)).await?)
}

async fn mail(config: &Config) -> Finding {
    let Some(mail) = &config.mail else {
        return note(
            "mail",
            "no mail server is configured (KEYSTEAD_SMTP_URL): administrators hand out links themselves",
        );
    };
    let mailer = match Mailer::of(config) {
        Ok(Some(mailer)) => mailer,
        Ok(None) => return note("mail", "no mail server is configured"),
        Err(error) => return wrong("mail", format!("{error:#}")),
    };
    match timeout(PATIENCE, mailer.check()).await {
        Ok(Ok(())) => good("mail", format!("the mail server is ready for us; mails come from {}", mail.from)),
        Ok(Err(error)) => wrong("mail", format!("KEYSTEAD_SMTP_URL: {error:#}")),
        Err(_) => wrong(
            "mail",
            "KEYSTEAD_SMTP_URL: no answer within 10 seconds. Check host and port, and whether a firewall lets this \
             machine reach them.",
        ),
    }
}

/// Recomputes the chain over the activity record.
async fn chain(db: &Db) -> Finding {
    let verified = async { seals::verify(&mut db.read().await?).await };
    match verified.await {
        Ok(seals::Verdict::Whole(None)) => good("activity", "nothing is sealed yet"),
        Ok(seals::Verdict::Whole(Some(head))) => good(
            "activity",
            format!("all {} sealed records are as they were written; the newest seal is {}", head.position, head.hash),
        ),
        Ok(seals::Verdict::Broken { position, activity_seq }) => wrong(
            "activity",
            format!(
                "record {activity_seq} (position {position} of the chain) was changed or removed in the database after \
                 it was written: compare with a backup, and find out who can write to the database"
            ),
        ),
        Err(error) => wrong("activity", format!("the record can't be read: {error}")),
    }
}

/// Visits Keystead as a browser would and tells the time that it gave.
async fn public_url(config: &Config, findings: &mut Vec<Finding>) -> Option<Timestamp> {
    let url = config.public_url.clone();
    let visited = tokio::task::spawn_blocking(move || visit::health(&url, PATIENCE)).await;
    let (finding, seen) = match visited {
        Ok(Ok(visit)) if visit.healthy => (good("public URL", format!("{} answers", config.public_url)), visit.date),
        Ok(Ok(visit)) => {
            let text = "something else answers there: point the name or the proxy to this Keystead";
            (wrong("public URL", format!("{}: {text}", config.public_url)), visit.date)
        }
        Ok(Err(error)) => {
            let text = "start the server; check the name (DNS), the proxy and KEYSTEAD_PUBLIC_URL";
            (wrong("public URL", format!("{}: {error}: {text}", config.public_url)), None)
        }
        Err(error) => (wrong("public URL", error.to_string()), None),
    };
    findings.push(finding);
    seen
}

/// Compares this machine's clock with what was written and with what the server says.
fn clock(now: Timestamp, newest: Option<Timestamp>, seen: Option<Timestamp>) -> Finding {
    let advice = "set the clock and let it be kept (timedatectl set-ntp true): links and sessions end by it";
    if now < BEFORE_KEYSTEAD {
        return wrong("clock", format!("it says {now}, which is past: {advice}"));
    }
    if let Some(newest) = newest.filter(|newest| newest.seconds_since(now) > CLOCK_SECONDS) {
        return wrong("clock", format!("it says {now}, but the newest record was written at {newest}: {advice}"));
    }
    let apart = |seen: &Timestamp| seen.seconds_since(now).max(now.seconds_since(*seen)) > CLOCK_SECONDS;
    if let Some(seen) = seen.filter(apart) {
        return wrong("clock", format!("it says {now}, the server at the public URL says {seen}: {advice}"));
    }
    good("clock", format!("it says {now}"))
}

fn show(findings: &[Finding]) {
    for finding in findings {
        let verdict = match finding.verdict {
            Verdict::Good => "ok   ",
            Verdict::Note => "note ",
            Verdict::Wrong => "WRONG",
        };
        // Whoever stopped listening still gets the exit code.
        let _ = writeln!(std::io::stdout(), "{verdict}  {}: {}", finding.part, finding.text);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_that_runs_wrong_is_found() {
        let now = Timestamp(BEFORE_KEYSTEAD.0 + 1_000_000_000);
        assert!(clock(now, Some(now), Some(now)).verdict == Verdict::Good);
        assert!(clock(now, Some(now.plus_seconds(-86_400)), None).verdict == Verdict::Good);
        assert!(clock(now, Some(now.plus_seconds(3600)), None).verdict == Verdict::Wrong);
        assert!(clock(now, None, Some(now.plus_seconds(-120))).verdict == Verdict::Wrong);
        assert!(clock(now, None, Some(now.plus_seconds(120))).verdict == Verdict::Wrong);
        assert!(clock(Timestamp(0), None, None).verdict == Verdict::Wrong);
    }
}
