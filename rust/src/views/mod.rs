//! Text views of routers as TABLE_DUMP_V2 records, so that one core builds every table.
//!
//! A view is given in parts that end between two routes. Of each part come the records of its routes,
//! whose entries number the peers found in that part, and an account of every byte: it belongs to a
//! route, to text around the routes that is understood, or to a range that is skipped for a reason.

mod account;
mod attributes;
mod bgpdump;
mod bird;
mod fields;
mod records;
mod routeros;

pub use account::{Account, Issue, Skipped};
pub use records::Speaker;

use account::Lines;
use records::Records;

/// A format that is read here; the small ones are read in Python alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// Lines of `bgpdump -m`.
    Bgpdump,
    /// `show route all` of BIRD 1, 2 and 3.
    Bird,
    /// `/routing/route/print detail` of RouterOS 7.
    RouterOs,
}

impl Format {
    /// By the name that users give.
    pub fn from_name(name: &str) -> Option<Self> {
        match name {
            "bgpdump" => Some(Self::Bgpdump),
            "bird" => Some(Self::Bird),
            "routeros" => Some(Self::RouterOs),
            _ => None,
        }
    }
}

/// What a part of a view holds.
pub struct View {
    /// RIB records, without the table of peers that they refer to.
    pub records: Vec<u8>,
    /// The peers, by the index that entries have.
    pub peers: Vec<Speaker>,
    /// What became of every byte.
    pub account: Account,
}

/// Read a part of a view that ends between two routes.
pub fn read(format: Format, text: &[u8]) -> View {
    let mut records = Records::default();
    let mut account = Account::default();
    match format {
        Format::Bgpdump => bgpdump::read(Lines::new(text), &mut records, &mut account),
        Format::Bird => bird::read(Lines::new(text), &mut records, &mut account),
        Format::RouterOs => routeros::read(Lines::new(text), &mut records, &mut account),
    }
    let (records, peers) = records.finish();
    View {
        records,
        peers,
        account,
    }
}
