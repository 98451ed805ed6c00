//! Imports of people, from a file or from Microsoft Entra ID.

pub mod act;
pub mod draft;
pub mod file;
pub mod groups;
pub mod list;
pub mod report;
pub mod view;
