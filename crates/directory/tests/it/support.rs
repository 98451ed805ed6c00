//! A database for each test, people in it, and the steps that most tests begin with.

mod database;
mod people;
mod random;

pub use database::{TestDb, TestKind, change, on_both, on_postgres, on_sqlite, runtime};
pub use people::*;
pub use random::Random;
