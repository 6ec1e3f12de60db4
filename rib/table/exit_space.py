"""Address space that own-view analyses weigh prefixes by."""

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from rib.table.address_space import address_counts
from rib.table.arrays import column

if TYPE_CHECKING:
    from rib.table.rib import Rib

__all__ = ["exit_addresses"]


def exit_addresses(view: "Rib") -> npt.NDArray[np.float64]:
    """Give the addresses (IPv6: /48s) for which each prefix is the longest match; of a default route 0.

    What nothing but a default route covers is mostly not in use, and would outweigh all that is.
    """
    counts = address_counts(view, by="prefix")["addresses"].to_numpy()
    addresses: npt.NDArray[np.float64] = np.where(column(view.prefixes, "length") == 0, 0.0, counts)
    return addresses
