"""What the votes for a prefix weigh: all the same, its addresses, or its traffic."""

import math
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from rib.table.address_space import address_counts
from rib.table.arrays import column
from rib.table.flows import Traffic, matched

if TYPE_CHECKING:
    from rib.table.rib import Rib

__all__ = ["WEIGHTS", "check_weight", "vote_weights"]

#: What votes can be weighed by.
WEIGHTS = ("prefixes", "addresses", "traffic")

# Weights of all prefixes together stay below 2^62, so that no sum of votes overflows.
_BITS = 62


def check_weight(weight: Any, flows: Any) -> None:
    """Raise `ValueError` for an unknown weight, and where flows are missing or of no use."""
    if weight not in WEIGHTS:
        raise ValueError(f"weight={weight!r}: expected 'prefixes', 'addresses' or 'traffic'")
    if weight == "traffic" and flows is None:
        raise ValueError("weight='traffic': expected flows= with columns dst and bytes")
    if weight != "traffic" and flows is not None:
        raise ValueError(f"flows: of no use with weight={weight!r}, expected weight='traffic'")


def vote_weights(
    table: "Rib", weight: str, flows: Any
) -> tuple[npt.NDArray[np.uint64] | None, Traffic | None]:
    """Give a weight per prefix as a whole number, None where all weigh the same; and the traffic.

    "addresses" are those for which a prefix is the longest match in IPv4, and 1 for each in IPv6.

    Notes
    -----
    O(prefixes + flows).
    """
    check_weight(weight, flows)
    if weight == "prefixes":
        return None, None
    if weight == "addresses":
        addresses = address_counts(table, by="prefix")["addresses"].to_numpy(dtype=np.float64)
        is_6 = column(table.prefixes, "family") == 6
        return np.where(is_6, 1.0, addresses).astype(np.uint64), None
    traffic = matched(table, flows)
    return _whole(traffic.by_prefix), traffic


def _whole(values: npt.NDArray[np.float64]) -> npt.NDArray[np.uint64]:
    """Give numbers as whole ones of the same proportions.

    Whole bytes stay as they are. Others are scaled by a power of two that leaves the most digits: what
    is rounded away is less than 2^-60 of all, and what is more than nothing stays so.
    """
    total = float(values.sum())
    if total >= 2.0**_BITS or (values != np.rint(values)).any():
        scaled = np.rint(np.ldexp(values, _BITS - math.frexp(total)[1]))
        values = np.maximum(scaled, values > 0)
    return values.astype(np.uint64)
