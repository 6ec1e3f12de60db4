//! Table-scale loops of the analyses, over Arrow columns.

pub mod bgpdump;
mod cells;
pub mod changed_routes;
pub mod covering_set;
pub mod decision;
pub mod diversity;
pub mod hegemony;
pub mod mrt_writer;
pub mod origins;
pub mod paths;
