//! Loops compiled twice: for any processor of the platform, and for those with wide registers.

use pulp::Arch;

/// Run a loop in its fastest form for this processor (AVX2 and POPCNT on x86-64).
///
/// Without them counting bits and comparing 64-bit words take several instructions each, and
/// lookups half the speed. The closure and what it calls must be inlined for this to matter.
#[inline]
pub fn widely<R>(work: impl FnOnce() -> R) -> R {
    Arch::new().dispatch(work)
}
