//! What the kernel reads: routes and AS paths as borrowed columns.

use std::fmt;

/// Group of a route that belongs to none.
pub const NO_GROUP: u32 = u32::MAX;

/// Columns that do not fit together; the text says which.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InputError(pub String);

impl fmt::Display for InputError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for InputError {}

/// Routes as parallel columns; those of one prefix stand together.
#[derive(Debug, Clone, Copy)]
pub struct Routes<'a> {
    /// Prefix of each route.
    pub prefix: &'a [u32],
    /// AS of the vantage point each route was learned from.
    pub vp_as: &'a [u32],
    /// Row of each route in [`Paths`].
    pub as_path: &'a [u32],
}

impl Routes<'_> {
    /// Number of routes.
    #[must_use]
    pub const fn count(&self) -> usize {
        self.prefix.len()
    }

    /// Check that the columns are parallel and that paths are within bounds.
    ///
    /// # Errors
    /// Where they are not.
    pub fn check(&self, n_paths: usize) -> Result<(), InputError> {
        let n = self.count();
        if [self.vp_as.len(), self.as_path.len()] != [n; 2] {
            return Err(InputError(format!(
                "route columns differ in length: prefix_id {n}, vp_as {}, as_path_id {}",
                self.vp_as.len(),
                self.as_path.len()
            )));
        }
        if u32::try_from(n).is_err() {
            return Err(InputError(format!(
                "{n} routes: expected at most {}",
                u32::MAX
            )));
        }
        if let Some(bad) = self.as_path.iter().find(|p| **p as usize >= n_paths) {
            return Err(InputError(format!(
                "as_path_id {bad}: expected less than {n_paths}"
            )));
        }
        Ok(())
    }
}

/// Check that there is a group for each route, and that groups are within bounds.
///
/// # Errors
/// Where not.
pub fn check_groups(group: &[u32], n_groups: usize, n_routes: usize) -> Result<(), InputError> {
    if group.len() != n_routes {
        let n = group.len();
        return Err(InputError(format!(
            "{n} groups: expected one for each of {n_routes} routes"
        )));
    }
    let bad = group
        .iter()
        .find(|g| **g != NO_GROUP && **g as usize >= n_groups);
    bad.map_or(Ok(()), |bad| {
        Err(InputError(format!(
            "group {bad}: expected less than {n_groups}, or {NO_GROUP}"
        )))
    })
}

/// Preprocessed AS paths (docs/methods.md, "Paths") as parallel columns.
#[derive(Debug, Clone)]
pub struct Paths<'a> {
    /// Where the hops of each path start and end in `hops`: one more than there are paths.
    pub offsets: &'a [i32],
    /// Unprepended paths, one after the other.
    pub hops: &'a [u32],
    /// ASes of each unprepended path, a set counted once.
    pub n_hops: &'a [u16],
    /// Length of each path with prepends.
    pub length: &'a [u16],
    /// Most extra copies of any AS.
    pub prepend_max: &'a [u16],
    /// Origin AS.
    pub origin: Vec<Option<u32>>,
    /// Distinct AS left of the origin.
    pub upstream: Vec<Option<u32>>,
    /// Whether the path may enter a graph: no set, confederation, loop or reserved ASN.
    pub in_graph: Vec<bool>,
}

impl<'a> Paths<'a> {
    /// Number of paths.
    #[must_use]
    pub const fn count(&self) -> usize {
        self.n_hops.len()
    }

    /// Check that the columns are parallel.
    ///
    /// # Errors
    /// Where they are not.
    pub fn check(&self) -> Result<(), InputError> {
        let n = self.count();
        let others = [
            self.offsets.len().saturating_sub(1),
            self.length.len(),
            self.prepend_max.len(),
            self.origin.len(),
            self.upstream.len(),
            self.in_graph.len(),
        ];
        if others != [n; 6] {
            return Err(InputError(format!(
                "path columns differ in length: {n} and {others:?}"
            )));
        }
        Ok(())
    }

    /// Unprepended path of a row.
    #[must_use]
    pub fn hops(&self, row: usize) -> &'a [u32] {
        let bound = |i: usize| self.offsets.get(i).and_then(|o| usize::try_from(*o).ok());
        match (bound(row), bound(row + 1)) {
            (Some(start), Some(stop)) => self.hops.get(start..stop).unwrap_or(&[]),
            _ => &[],
        }
    }
}
