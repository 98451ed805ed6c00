//! `keystead-agent doctor`: looks at everything that the agent needs and says what to do about what is missing.

use std::path::Path;

use pcsc::{Context, Scope};

use crate::identity::Identity;
use crate::link::{Connection, client_config};
use crate::watcher::{NO_READER, service_problem};

/// What one look found: how it is, or what to do.
pub type Finding = Result<String, String>;

/// Looks at everything, the nearest first.
pub async fn examine(state: &Path) -> Vec<Finding> {
    let mut findings = Vec::new();
    #[cfg(target_os = "linux")]
    findings.push(security_key());
    #[cfg(not(target_os = "linux"))]
    findings.push(Err("On this system the agent can't show a security key yet; see docs/guide/agent.md.".into()));
    findings.extend(readers());
    match Identity::load(state) {
        Ok(identity) => {
            findings.push(Ok(format!("Enrolled as {} at {}", identity.name, identity.server)));
            findings.push(server(&identity).await);
        }
        Err(error) => findings.push(Err(error.to_string())),
    }
    findings
}

#[cfg(target_os = "linux")]
fn security_key() -> Finding {
    use crate::uhid::{Device, PATH};
    match Device::probe() {
        Ok(()) => Ok(format!("{PATH} can be used")),
        Err(error) => Err(Device::cure(&error)),
    }
}

fn readers() -> Vec<Finding> {
    let context = match Context::establish(Scope::System) {
        Ok(context) => context,
        Err(error) => return vec![Err(service_problem(error))],
    };
    let readers = match context.list_readers_owned() {
        Ok(readers) if !readers.is_empty() => {
            let names: Vec<_> = readers.iter().map(|name| name.to_string_lossy().into_owned()).collect();
            Ok(format!("Readers: {}", names.join(", ")))
        }
        Ok(_) | Err(pcsc::Error::NoReadersAvailable) => Err(NO_READER.into()),
        Err(error) => Err(service_problem(error)),
    };
    vec![Ok("The PC/SC service runs".into()), readers]
}

/// As far as the challenge: a greeting would take the place of an agent that runs.
async fn server(identity: &Identity) -> Finding {
    let tls = client_config(identity.authority.as_deref()).map_err(|error| error.to_string())?;
    match Connection::open(&identity.server, &tls).await {
        Ok(_) => Ok(format!("{} answers", identity.server)),
        Err(error) => Err(error.to_string()),
    }
}
