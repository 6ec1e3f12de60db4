//! Whose session each change of state is of.
//!
//! OpenBGPD writes peer and router the other way round in changes of state, unlike in messages, so that
//! each names the router for its peer. A change whose ends are those of a session swapped is of that
//! session, unless messages come from both ends: a log of both routers is not touched. Before it has
//! the OPEN, OpenBGPD does not know the AS of the peer and writes 0.

use std::collections::{HashMap, HashSet};
use std::net::IpAddr;

use super::builder::UpdatesBuilder;
use crate::error::Error;
use crate::mrt::bgp4mp::{Neighbour, Session};
use crate::rib::builder::Peer;
use crate::rib::quirks::Quirk;

/// The sessions of one input.
#[derive(Default)]
pub struct Sessions {
    /// Those that messages were received in, and the latest of them.
    seen: HashSet<Session>,
    latest: Option<Session>,
    /// Addresses of their far and near ends.
    addresses: HashSet<(IpAddr, IpAddr)>,
    /// AS of the far end by its address and the near end; `None` where there are several.
    ases: HashMap<(IpAddr, Neighbour), Option<u32>>,
    /// Peers that sent an UPDATE.
    speaking: HashSet<u16>,
    /// Rows of the changes of state, and the ends they name.
    states: Vec<(usize, Option<Session>)>,
}

impl Sessions {
    /// Note a message.
    pub fn saw(&mut self, session: Option<Session>) {
        let Some(Session { peer, local }) = session.filter(|_| session != self.latest) else {
            return;
        };
        self.latest = session;
        if !self.seen.insert(Session { peer, local }) {
            return;
        }
        self.addresses.insert((peer.address, local.address));
        if peer.asn != 0 {
            self.ases
                .entry((peer.address, local))
                .and_modify(|asn| *asn = None)
                .or_insert(Some(peer.asn));
        }
    }

    /// Note an UPDATE.
    pub fn speaks(&mut self, peer_id: u16) {
        self.speaking.insert(peer_id);
    }

    /// Note a change of state.
    pub fn changed(&mut self, row: usize, session: Option<Session>) {
        self.states.push((row, session));
    }

    /// The peer of a change of state that names both ends the wrong way round.
    fn peer_of_swapped(&self, named: Session) -> Option<Neighbour> {
        if self
            .addresses
            .contains(&(named.peer.address, named.local.address))
        {
            return None;
        }
        let Session { peer, local } = named.swapped();
        let asn = self.ases.get(&(peer.address, local)).copied().flatten();
        if peer.asn == 0
            && let Some(asn) = asn
        {
            return Some(Neighbour { asn, ..peer });
        }
        self.seen.contains(&named.swapped()).then_some(peer)
    }
}

impl UpdatesBuilder {
    /// Give the changes of state that name both ends the wrong way round to their peers, and leave out
    /// the peers that nothing else named.
    ///
    /// # Errors
    /// More peers than a u16 numbers.
    pub fn correct_states(&mut self) -> Result<(), Error> {
        let sessions = std::mem::take(&mut self.sessions);
        let mut ghosts = HashSet::new();
        for (row, session) in &sessions.states {
            let Some(session) = *session else {
                continue;
            };
            let Some(found) = sessions.peer_of_swapped(session) else {
                continue;
            };
            let Some(named) = self.changes.peer_id.get(*row).copied() else {
                continue;
            };
            let Some(peer) = self.peers.as_slice().get(usize::from(named)).cloned() else {
                continue;
            };
            let peer_id = self.peers.id(Peer {
                asn: found.asn,
                address: found.address,
                ..peer
            })?;
            self.move_state(*row, peer_id, session.peer);
            ghosts.insert(named);
        }
        ghosts.retain(|peer| !sessions.speaking.contains(peer));
        for (row, _) in &sessions.states {
            if let Some(peer) = self.changes.peer_id.get(*row) {
                ghosts.remove(peer);
            }
        }
        if !ghosts.is_empty() {
            let ids = self.peers.remove(&ghosts);
            for peer in &mut self.changes.peer_id {
                *peer = ids.get(usize::from(*peer)).copied().unwrap_or_default();
            }
        }
        Ok(())
    }

    fn move_state(&mut self, row: usize, peer_id: u16, recorded: Neighbour) {
        if let Some(peer) = self.changes.peer_id.get_mut(row) {
            *peer = peer_id;
        }
        let message = self.changes.message.get(row).copied().unwrap_or_default();
        self.changes.recorded.push((message, recorded));
        self.quirks.add(Quirk::StateChangeSwapped, 1);
    }
}
