//! A corner of this machine for a test that needs the PC/SC service: its own network, so that the virtual readers (which
//! listen on all addresses) are reached by nobody else, and its own `/run`, where the service and its clients meet.

use std::process::{Command, Stdio};

const INSIDE: &str = "KEYSTEAD_TEST_NAMESPACE";

/// Runs `test` in such a corner: this program starts itself there, for the one test that calls this.
pub fn within(test: impl FnOnce()) {
    if std::env::var_os(INSIDE).is_some() {
        run("ip", &["link", "set", "lo", "up"]);
        run("mount", &["-t", "tmpfs", "tmpfs", "/run"]);
        return test();
    }
    let name = std::thread::current().name().expect("the test's name").to_owned();
    let status = Command::new("unshare")
        .args(["--map-root-user", "--net", "--mount", "--propagation", "private"])
        // Whatever the test starts ends with it.
        .args(["--pid", "--fork", "--kill-child", "--mount-proc", "--"])
        .arg(std::env::current_exe().expect("this program"))
        .args([&name, "--exact", "--nocapture"])
        .env(INSIDE, "1")
        .stdin(Stdio::null())
        .status()
        .expect("unshare (Debian: util-linux)");
    assert!(status.success(), "{name} failed in its namespace: {status}");
}

fn run(program: &str, arguments: &[&str]) {
    let status = Command::new(program).args(arguments).status();
    let status = status.unwrap_or_else(|error| panic!("{program}: {error}; scripts/install-test-tools installs it"));
    assert!(status.success(), "{program} {arguments:?}: {status}");
}
