"""Bootstrap over vantage points: how far a number depends on which ASes happen to peer."""

from numbers import Real
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from rib.table.arrays import RouteArrays, column

if TYPE_CHECKING:
    from rib.table.rib import Rib

__all__ = ["N_RESAMPLES", "check_ci", "interval", "population", "resample"]

#: Resamples of an interval: its ends at 95% then rest on some 25 values each.
N_RESAMPLES = 1000

# One seed for all: the same table gives the same interval, today and tomorrow.
_SEED = 20130523


def check_ci(ci: Any) -> float | None:
    """Give the coverage asked for, above 0 and below 1, or None; raise `ValueError` for others."""
    if ci is None:
        return None
    if isinstance(ci, bool) or not isinstance(ci, Real) or not 0 < float(ci) < 1:
        raise ValueError(f"ci={ci!r}: expected a number above 0 and below 1 such as 0.95, or None")
    return float(ci)


def population(table: "Rib", routes: RouteArrays) -> npt.NDArray[np.uint32]:
    """Give the VP ASes with a route that takes part in analyses, ascending: whom to draw from."""
    peer_as = column(table.peers, "peer_as")
    found: npt.NDArray[np.uint32] = np.unique(
        peer_as[np.bincount(routes.peer_id, minlength=len(peer_as)) > 0]
    )
    return found


def resample(n_vps: int, n: int = N_RESAMPLES) -> npt.NDArray[np.uint16]:
    """Draw ``n`` resamples of the VP ASes with replacement: how often each is drawn, a row each.

    Efron's bootstrap, the VP AS as the unit: its sessions and routes stay together, for they are not
    independent. Every row adds up to ``n_vps``.
    """
    generator = np.random.Generator(np.random.PCG64(_SEED))
    if n_vps == 0:
        return np.zeros((n, 0), dtype=np.uint16)
    draws = generator.multinomial(n_vps, np.full(n_vps, 1 / n_vps), size=n)
    return draws.astype(np.uint16)


def interval(
    values: npt.NDArray[np.float64], ci: float
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Give the ends of the percentile interval over the first axis.

    Of n values in order the ends are those k from either end, k = ⌊n·(1 - ci)/2⌋: values that occur,
    the same in any arithmetic. NaN (a resample in which nothing can be measured) does not count; the
    ends are NaN where nothing is left.
    """
    ordered = np.sort(values, axis=0)  # NaN last
    n = np.count_nonzero(~np.isnan(values), axis=0)
    # A hair more, for (1 - 0.95) / 2 is less than 0.025.
    k = np.floor(n * (1 - ci) / 2 + 1e-9).astype(np.intp)
    padded = np.concatenate([ordered, np.full((1, *ordered.shape[1:]), np.nan)])
    low = np.take_along_axis(padded, np.where(n > 0, k, -1)[None], axis=0)[0]
    high = np.take_along_axis(padded, np.where(n > 0, n - 1 - k, -1)[None], axis=0)[0]
    return low, high
