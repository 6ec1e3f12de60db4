//! Views: one for each full-feed peer and family. Those of one VP AS stand together.

use super::input::Peers;

/// View of a peer that is none.
pub const NO_VIEW: u32 = u32::MAX;

/// All views, by family, VP AS, collector and peer.
pub struct Views {
    /// View of each peer, or [`NO_VIEW`], for IPv4 and for IPv6.
    pub of_peer: [Vec<u32>; 2],
    /// Number of the VP AS of each view, counted from 0 in each family.
    pub vp: Vec<u32>,
    /// Share of each view in the score of its VP AS: sessions at a collector are averaged, then
    /// collectors.
    pub share: Vec<f64>,
    /// Family of each view: 0 for IPv4, 1 for IPv6.
    pub family: Vec<usize>,
    /// VP ASes by family.
    pub n_vps: [u32; 2],
}

impl Views {
    #[allow(clippy::cast_possible_truncation)] // peers are counted in 16 bits
    #[allow(clippy::cast_precision_loss)]
    pub fn new(peers: &Peers<'_>) -> Self {
        let mut views = Self {
            of_peer: [0, 1].map(|_| vec![NO_VIEW; peers.asn.len()]),
            vp: Vec::new(),
            share: Vec::new(),
            family: Vec::new(),
            n_vps: [0; 2],
        };
        for family in 0..2 {
            let full = &peers.full[family];
            let mut found: Vec<(u32, u32, usize)> = (0..peers.asn.len())
                .filter(|p| full[*p])
                .map(|p| (peers.asn[p], peers.collector[p], p))
                .collect();
            found.sort_unstable();
            for of_vp in found.chunk_by(|a, b| a.0 == b.0) {
                let at_collectors = || of_vp.chunk_by(|a, b| a.1 == b.1);
                let n_collectors = at_collectors().count();
                for sessions in at_collectors() {
                    for (_, _, peer) in sessions {
                        views.of_peer[family][*peer] = views.vp.len() as u32;
                        views.vp.push(views.n_vps[family]);
                        views
                            .share
                            .push(1.0 / (n_collectors * sessions.len()) as f64);
                        views.family.push(family);
                    }
                }
                views.n_vps[family] += 1;
            }
        }
        views
    }
}
