//! Table-scale loops of the analyses, over Arrow columns.

pub mod bgpdump;
pub mod diversity;
pub mod paths;
