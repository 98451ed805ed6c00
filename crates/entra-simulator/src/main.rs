//! `entra-simulator`: Microsoft's login and Graph on this machine.

use std::net::SocketAddr;

use clap::Parser;
use entra_simulator::{Simulator, Size};

/// Speaks as Microsoft's login and Graph do. Both are at the address that is printed; steer it at `/control`.
#[derive(Parser)]
#[command(name = "entra-simulator", about)]
struct Options {
    /// Where to listen; port 0 takes a free one.
    #[arg(long, default_value = "127.0.0.1:4000")]
    listen: SocketAddr,
    /// Make up so many people.
    #[arg(long, default_value_t = 0)]
    users: usize,
    /// Make up so many groups.
    #[arg(long, default_value_t = 0)]
    groups: usize,
    /// So many people directly in each group.
    #[arg(long, default_value_t = 30)]
    members: usize,
    /// Show a consent page with Accept and Cancel instead of accepting by itself.
    #[arg(long)]
    ask: bool,
}

#[tokio::main]
#[expect(clippy::print_stdout, reason = "programs that start it read the address there")]
async fn main() -> anyhow::Result<()> {
    let options = Options::parse();
    let simulator = Simulator::listen(options.listen).await?;
    simulator.change(|directory| {
        directory.application.auto_consent = !options.ask;
        if options.users > 0 {
            let Options { users, groups, members, .. } = options;
            directory.generate(Size { users, groups, members, ..Size::default() });
        }
    });
    println!("{}", simulator.url());
    simulator.run().await;
    Ok(())
}
