//! Imports, as the server runs them. What an import is and does stands in the domain; here are the
//! sources it reads and the worker that drives it.
//!
//! - [`csv`] reads files; [`file`] keeps one in the database and finds out how to read it
//! - [`job`] claims imports and takes them from step to step
//! - [`report`] tells whoever started one what became of it

pub mod csv;
pub mod file;
pub mod job;
pub mod report;
