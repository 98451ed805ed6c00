//! The endpoints of `/api/v1`: a folder per entity, a file per verb. How one is added stands in
//! [`crate::http`].
