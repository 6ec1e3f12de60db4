//! Building the tables of one `Rib`: interning, sorting, Arrow columns, and the load receipt.

pub mod attribute_columns;
pub mod batch;
pub mod blocks;
pub mod builder;
pub mod columns;
pub mod decoder;
pub mod distinct;
pub mod file;
mod framing;
pub mod intern;
pub mod load;
mod older_records;
pub mod path_columns;
pub mod quirks;
pub mod receipt;
mod records;
pub mod routes;
