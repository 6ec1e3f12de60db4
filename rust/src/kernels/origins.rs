//! The origin ASes and the number of peers of every prefix, in one walk over the routes.

use arrow_array::{Array, UInt32Array};

use crate::error::Error;

/// By prefix id, in compressed rows.
#[derive(Debug, Default)]
pub struct OriginsByPrefix {
    /// Where the origins of each prefix begin; one more at the end.
    pub first: Vec<u32>,
    /// Distinct origin ASes, ascending within a prefix.
    pub origin_as: Vec<u32>,
    /// Number of peers.
    pub n_peers: Vec<u32>,
}

/// Gather what the routes, sorted by prefix and peer, say of `n_prefixes` prefixes.
///
/// # Errors
/// An id is out of range, or the prefix ids do not ascend.
pub fn origins_by_prefix(
    prefix_id: &[u32],
    peer_id: &[u16],
    as_path_id: &[u32],
    origin_of_path: &UInt32Array,
    n_prefixes: usize,
) -> Result<OriginsByPrefix, Error> {
    let mut found = OriginsByPrefix {
        first: Vec::with_capacity(n_prefixes + 1),
        origin_as: Vec::with_capacity(n_prefixes),
        n_peers: vec![0; n_prefixes],
    };
    let wrong = || Error::new(crate::error::ErrorKind::Mrt, "routes have ids out of range");
    let mut rows = peer_id.iter().zip(as_path_id);
    let mut origins = Vec::new();
    for group in prefix_id.chunk_by(|a, b| a == b) {
        let prefix = *group.first().ok_or_else(wrong)? as usize;
        if prefix < found.first.len() && !found.first.is_empty() {
            return Err(wrong());
        }
        let at = start(&found);
        found.first.resize(prefix + 1, at);
        origins.clear();
        let mut last_peer = None;
        let n_peers = found.n_peers.get_mut(prefix).ok_or_else(wrong)?;
        for (peer, path) in rows.by_ref().take(group.len()) {
            *n_peers += u32::from(last_peer != Some(*peer));
            last_peer = Some(*peer);
            let path = *path as usize;
            if path >= origin_of_path.len() {
                return Err(wrong());
            }
            if origin_of_path.is_valid(path) {
                let origin = origin_of_path.value(path);
                if origins.last() != Some(&origin) {
                    origins.push(origin);
                }
            }
        }
        origins.sort_unstable();
        origins.dedup();
        found.origin_as.extend_from_slice(&origins);
    }
    let end = start(&found);
    found.first.resize(n_prefixes + 1, end);
    Ok(found)
}

#[allow(clippy::cast_possible_truncation)] // fewer than the routes
const fn start(found: &OriginsByPrefix) -> u32 {
    found.origin_as.len() as u32
}
