//! Native core of rib.
//!
//! The flow, one module each: [`input`] turns a path or bytes into uncompressed blocks; [`mrt`]
//! reads records and attributes out of them; [`rib`] interns, sorts and lays the routes out as
//! Arrow columns with a receipt, [`updates`] does so with what changed; [`views`] turns the text of routers into records; [`lpm`] answers lookups over the prefixes; [`kernels`] are the
//! table-scale loops of the analyses; `python` is the boundary, and the only place that names
//! pyo3.
//!
//! The bytes come from strangers: nothing on the way from input to table may panic, so the lints
//! below refuse everything that could.

#![forbid(unsafe_code)]
#![deny(missing_docs)]
#![deny(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::indexing_slicing))]

pub mod address_text;
pub mod as_path;
pub mod cursor;
pub mod error;
pub mod input;
pub mod kernels;
pub mod lpm;
pub mod mrt;
pub mod prefix;
#[cfg(feature = "python")]
mod python;
pub mod rib;
pub mod updates;
pub mod views;
