//! What the kernel reads, as borrowed columns.

use arrow_array::UInt32Array;

use crate::kernels::diversity::InputError;

/// Routes as parallel columns, sorted by prefix and peer.
#[derive(Debug, Clone, Copy)]
pub struct Routes<'a> {
    /// Prefix of each route.
    pub prefix: &'a [u32],
    /// Peer of each route.
    pub peer: &'a [u16],
    /// AS path of each route.
    pub as_path: &'a [u32],
}

impl Routes<'_> {
    /// Whether two routes are of one peer to one prefix.
    fn same(&self, a: usize, b: usize) -> bool {
        self.peer.get(a) == self.peer.get(b) && self.prefix.get(a) == self.prefix.get(b)
    }

    /// Routes of a route's peer to its prefix: more than one with ADD-PATH.
    #[must_use]
    pub fn n_alike(&self, route: usize) -> u64 {
        let before = (0..route).rev().take_while(|r| self.same(*r, route));
        let after = (route + 1..self.prefix.len()).take_while(|r| self.same(*r, route));
        (before.count() + after.count()) as u64 + 1
    }
}

/// Prefixes as parallel columns, sorted by family, network and length.
#[derive(Debug, Clone, Copy)]
pub struct Prefixes<'a> {
    /// 4 or 6.
    pub family: &'a [u8],
    /// 16 octets for each prefix, IPv4 in the first four.
    pub network: &'a [u8],
    /// Prefix length.
    pub length: &'a [u8],
}

impl Prefixes<'_> {
    /// Network of an IPv4 prefix.
    #[must_use]
    pub fn network4(&self, row: usize) -> u32 {
        let octets = self.network.get(row * 16..row * 16 + 4);
        let octets = octets.and_then(|o| <[u8; 4]>::try_from(o).ok());
        octets.map_or(0, u32::from_be_bytes)
    }
}

/// AS paths as the table has them.
#[derive(Debug, Clone, Copy)]
pub struct Paths<'a> {
    /// Where the ASes of each path start and end: one more than there are paths.
    pub hop_offsets: &'a [i32],
    /// ASes of all paths, with prepends.
    pub hops: &'a [u32],
    /// Where the segments of each path start and end.
    pub segment_offsets: &'a [i32],
    /// Type of each segment.
    pub kinds: &'a [u8],
    /// ASes of each segment.
    pub counts: &'a [u8],
    /// Origin AS of each path.
    pub origin: &'a UInt32Array,
}

/// Peers as parallel columns.
#[derive(Debug, Clone)]
pub struct Peers<'a> {
    /// AS of each peer.
    pub asn: &'a [u32],
    /// Collector of each peer, as a number.
    pub collector: &'a [u32],
    /// Whether each peer is a vantage point, for IPv4 and for IPv6.
    pub full: [Vec<bool>; 2],
}

/// All that is read.
#[derive(Debug, Clone)]
pub struct Input<'a> {
    /// Routes.
    pub routes: Routes<'a>,
    /// Prefixes.
    pub prefixes: Prefixes<'a>,
    /// AS paths.
    pub paths: Paths<'a>,
    /// Peers.
    pub peers: Peers<'a>,
}

impl Input<'_> {
    /// Check that columns are parallel, ids within bounds and routes sorted.
    ///
    /// # Errors
    /// Where they are not.
    pub fn check(&self) -> Result<(), InputError> {
        self.check_lengths()?;
        let bad = |what: &str| Err(InputError(format!("routes: expected {what}")));
        let routes = &self.routes;
        if routes
            .as_path
            .iter()
            .any(|p| *p as usize >= self.paths.origin.len())
        {
            return bad("as_path_id to be a row of as_paths");
        }
        if routes
            .peer
            .iter()
            .any(|p| usize::from(*p) >= self.peers.asn.len())
        {
            return bad("peer_id to be a row of peers");
        }
        let last = routes.prefix.last();
        if last.is_some_and(|p| *p as usize >= self.prefixes.length.len()) {
            return bad("prefix_id to be a row of prefixes");
        }
        if !routes.prefix.iter().zip(routes.peer).is_sorted() {
            return bad("them sorted by prefix_id and peer_id");
        }
        let prefixes = self
            .prefixes
            .family
            .iter()
            .zip(self.prefixes.network.chunks(16));
        if !prefixes.zip(self.prefixes.length).is_sorted() {
            return Err(InputError(
                "prefixes: expected them sorted by family, network and length".into(),
            ));
        }
        Ok(())
    }

    fn check_lengths(&self) -> Result<(), InputError> {
        let (routes, prefixes, n_paths) = (&self.routes, &self.prefixes, self.paths.origin.len());
        let n = routes.prefix.len();
        let fit = [
            (
                "routes",
                routes.peer.len() == n && routes.as_path.len() == n,
            ),
            (
                "prefixes",
                prefixes.family.len() == prefixes.length.len()
                    && prefixes.network.len() == 16 * prefixes.length.len(),
            ),
            (
                "as_paths",
                self.paths.hop_offsets.len() == n_paths + 1
                    && self.paths.segment_offsets.len() == n_paths + 1,
            ),
            (
                "peers",
                self.peers.collector.len() == self.peers.asn.len()
                    && (self.peers.full.iter()).all(|f| f.len() == self.peers.asn.len()),
            ),
        ];
        match fit.iter().find(|f| !f.1) {
            Some((name, _)) => Err(InputError(format!("{name}: columns differ in length"))),
            None if u32::try_from(n).is_err() => Err(InputError(format!(
                "{n} routes: expected at most {}",
                u32::MAX
            ))),
            None => Ok(()),
        }
    }
}
