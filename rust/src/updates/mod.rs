//! Building the tables of one `Updates`: announcements, withdrawals and state changes in order of
//! arrival.

pub mod builder;
pub mod changes;
mod records;
mod sessions;
