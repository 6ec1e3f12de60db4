//! Resamples of the VP ASes: how often each is drawn, and logarithms that all of them need.

use super::input::{InputError, Routes};

/// Numbers whose x·log2 x is looked up: the votes of a resample are mostly few.
const TABLE: usize = 1 << 16;

/// How often each VP AS is drawn in each resample, and the coverage asked for.
#[derive(Debug, Clone, PartialEq)]
pub struct Resamples {
    vps: Vec<u32>,
    /// Draws of the first VP AS in every resample, then those of the second, and so on.
    draws: Vec<f64>,
    /// x·log2 x of each of them.
    draw_logs: Vec<f64>,
    /// How many resamples there are.
    pub n: usize,
    /// Coverage asked for.
    pub ci: f64,
    /// x·log2 x of small whole numbers.
    logs: Vec<f64>,
}

impl Resamples {
    /// Take ascending VP ASes, and their draws with one row for each resample.
    ///
    /// # Errors
    /// Where these do not fit together, or `ci` is not between 0 and 1.
    pub fn new(vps: &[u32], draws: &[u16], ci: f64) -> Result<Self, InputError> {
        if !vps.is_sorted_by(|a, b| a < b) {
            return Err(InputError("vps: expected ascending".into()));
        }
        let n = draws.len() / vps.len().max(1);
        if n * vps.len() != draws.len() {
            return Err(InputError(format!(
                "{} draws: expected a multiple of {} VP ASes",
                draws.len(),
                vps.len()
            )));
        }
        if !(ci > 0.0 && ci < 1.0) {
            return Err(InputError(format!("ci {ci}: expected above 0 and below 1")));
        }
        let of_vp = |vp: usize| draws.iter().skip(vp).step_by(vps.len());
        let by_vp = (0..vps.len()).flat_map(of_vp).map(|d| f64::from(*d));
        let draws: Vec<f64> = by_vp.collect();
        Ok(Self {
            vps: vps.to_vec(),
            draw_logs: draws.iter().map(|m| x_log_x(*m)).collect(),
            draws,
            n,
            ci,
            logs: (0..TABLE).map(|x| x_log_x(count(x))).collect(),
        })
    }

    /// Check that every VP AS is among those drawn from.
    ///
    /// # Errors
    /// Where one is not.
    pub fn check(&self, routes: &Routes<'_>) -> Result<(), InputError> {
        let unknown = |vp: &&u32| self.vps.binary_search(vp).is_err();
        routes.vp_as.iter().find(unknown).map_or(Ok(()), |vp| {
            Err(InputError(format!(
                "vp_as {vp}: expected one of the VP ASes drawn from"
            )))
        })
    }

    /// Where a VP AS stands among those drawn from.
    pub fn position(&self, vp: u32) -> usize {
        self.vps.partition_point(|other| *other < vp)
    }

    /// Draws of a VP AS in every resample.
    pub fn of_vp(&self, vp: u32) -> &[f64] {
        &self.draws[vp as usize * self.n..][..self.n]
    }

    /// x·log2 x of the same.
    pub fn logs_of_vp(&self, vp: u32) -> &[f64] {
        &self.draw_logs[vp as usize * self.n..][..self.n]
    }

    /// x·log2 x of a whole number.
    pub fn x_log_x(&self, x: f64) -> f64 {
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // whole, not negative
        let known = self.logs.get(x as u32 as usize);
        known.copied().unwrap_or_else(|| x_log_x(x))
    }
}

/// x·log2 x, 0 of 0.
pub fn x_log_x(x: f64) -> f64 {
    if x > 0.0 { x * x.log2() } else { 0.0 }
}

/// The nearest floating-point number.
#[allow(clippy::cast_precision_loss)] // shares need no more than 53 bits
pub const fn to_f64(votes: u128) -> f64 {
    votes as f64
}

/// A count as a number to reckon with.
#[allow(clippy::cast_precision_loss)] // far below 2^53
pub const fn count(n: usize) -> f64 {
    n as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn resamples_that_do_not_fit_are_an_error() {
        assert!(Resamples::new(&[6, 5], &[1, 1], 0.9).is_err());
        assert!(Resamples::new(&[5, 6], &[1, 1, 1], 0.9).is_err());
        assert!(Resamples::new(&[5, 6], &[1, 1], 1.0).is_err());
        assert!(Resamples::new(&[], &[], 0.9).is_ok());
    }
}
