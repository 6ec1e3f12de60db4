//! Building the tables of one `Updates`: announcements, withdrawals and state changes in order of
//! arrival.

pub mod builder;
mod changes;
mod records;
