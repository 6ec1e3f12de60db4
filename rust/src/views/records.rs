//! Routes as RIB records of TABLE_DUMP_V2 (RFC 6396, RFC 8050), and the peers they name.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv4Addr};

use crate::prefix::{Family, Prefix};

const TABLE_DUMP_V2: u16 = 13;

/// A peer as a view tells of it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Speaker {
    /// Name of the session or protocol; empty where there is none.
    pub name: Vec<u8>,
    /// Its AS, where the view says it.
    pub asn: Option<u32>,
    /// Its address; unspecified where the view has none.
    pub address: IpAddr,
    /// Its BGP identifier, where the view says it.
    pub bgp_id: Option<Ipv4Addr>,
}

/// Prefix, time, and whether entries have ADD-PATH ids: what the entries of a record share.
type Shared = (Prefix, u32, bool);

/// The record that entries are added to.
struct Open {
    shared: Shared,
    /// Where it begins, its header included.
    start: usize,
    /// Where its number of entries is.
    count_at: usize,
    n_entries: u16,
}

/// Records that grow, one for each run of routes of a prefix.
#[derive(Default)]
pub struct Records {
    out: Vec<u8>,
    peers: Vec<Speaker>,
    ids: HashMap<Speaker, u16>,
    open: Option<Open>,
}

impl Records {
    /// Index of a peer, added if new; nothing where there are more than a record can number.
    pub fn peer(&mut self, peer: Speaker) -> Option<u16> {
        if let Some(id) = self.ids.get(&peer) {
            return Some(*id);
        }
        let id = u16::try_from(self.peers.len())
            .ok()
            .filter(|id| *id < u16::MAX)?;
        self.peers.push(peer.clone());
        self.ids.insert(peer, id);
        Some(id)
    }

    /// Add a route.
    pub fn add(
        &mut self,
        prefix: Prefix,
        time: u32,
        peer: u16,
        id: Option<u32>,
        attributes: &[u8],
    ) {
        let shared = (prefix, time, id.is_some());
        let fits = self
            .open
            .as_ref()
            .is_some_and(|open| open.shared == shared && open.n_entries < u16::MAX);
        if !fits {
            self.begin(shared);
        }
        self.out.extend(peer.to_be_bytes());
        self.out.extend([0; 4]); // when it was learned is not told
        if let Some(id) = id {
            self.out.extend(id.to_be_bytes());
        }
        #[allow(clippy::cast_possible_truncation)] // as the attributes see to it
        self.out.extend((attributes.len() as u16).to_be_bytes());
        self.out.extend_from_slice(attributes);
        if let Some(open) = &mut self.open {
            open.n_entries += 1;
        }
    }

    fn begin(&mut self, shared: Shared) {
        self.end();
        let (prefix, time, has_ids) = shared;
        let start = self.out.len();
        let subtype: u16 = match (prefix.family, has_ids) {
            (Family::V4, false) => 2,
            (Family::V6, false) => 4,
            (Family::V4, true) => 8,
            (Family::V6, true) => 10,
        };
        self.out.extend(time.to_be_bytes());
        self.out.extend(TABLE_DUMP_V2.to_be_bytes());
        self.out.extend(subtype.to_be_bytes());
        self.out.extend([0; 8]); // length, to be filled in, and sequence number
        self.out.push(prefix.length);
        let network = prefix.network.to_be_bytes();
        let octets = usize::from(prefix.length.div_ceil(8));
        self.out.extend(network.iter().take(octets));
        let count_at = self.out.len();
        self.out.extend([0; 2]);
        self.open = Some(Open {
            shared,
            start,
            count_at,
            n_entries: 0,
        });
    }

    fn end(&mut self) {
        let Some(open) = self.open.take() else {
            return;
        };
        #[allow(clippy::cast_possible_truncation)] // 65,535 entries of 65,535 octets at most
        let length = (self.out.len() - open.start - 12) as u32;
        self.patch(open.start + 8, &length.to_be_bytes());
        self.patch(open.count_at, &open.n_entries.to_be_bytes());
    }

    fn patch(&mut self, at: usize, octets: &[u8]) {
        if let Some(place) = self.out.get_mut(at..at + octets.len()) {
            place.copy_from_slice(octets);
        }
    }

    /// Give the records and the peers.
    pub fn finish(mut self) -> (Vec<u8>, Vec<Speaker>) {
        self.end();
        (self.out, self.peers)
    }
}
