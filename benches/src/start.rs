//! From nothing to the first answer, and what it has in memory then.

use std::{path::Path, time::Duration};

use crate::{
    measure::{Times, milliseconds},
    server::Server,
};

/// How often each start is measured.
const TIMES: usize = 10;
/// After so long nothing of the start is still going on.
const REST: Duration = Duration::from_secs(2);

/// A row of the table: times over several starts, memory of the last one at rest.
pub async fn measure(
    binary: &Path,
    folder: &Path,
    fresh: bool,
    what: &str,
    quick: bool,
) -> anyhow::Result<Vec<String>> {
    let mut times = Times::default();
    let starts = if quick { 3 } else { TIMES };
    let (mut now, mut most) = (0, 0);
    for number in 0..starts {
        let own = if fresh { folder.join(format!("start-{number}")) } else { folder.to_owned() };
        let server = Server::start(binary, &own).await?;
        times.add(server.first_answer);
        if number + 1 == starts {
            tokio::time::sleep(REST).await;
            (now, most) = server.memory()?;
        }
        server.stop()?;
    }
    Ok(vec![
        what.to_owned(),
        milliseconds(times.percentile(50)),
        milliseconds(times.percentile(100)),
        mebibytes(now),
        mebibytes(most),
    ])
}

/// The head of the table that [`measure`] makes rows for.
pub const HEAD: [&str; 5] = ["database", "median ms", "slowest ms", "memory at rest MiB", "at most MiB"];

/// Memory for people.
pub fn mebibytes(kibibytes: u32) -> String {
    format!("{:.1}", f64::from(kibibytes) / 1024.0)
}
