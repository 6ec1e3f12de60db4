"""The Only-to-Customer attribute (RFC 9234): from which AS on a route may go down only."""

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pyarrow.compute as pc

from rib.table.arrays import analysis_routes, column
from rib.table.edges import PathEdges
from rib.table.hops import expand_ranges
from rib.table.keys import distinct, pack, unpack

if TYPE_CHECKING:
    from rib.table.rib import Rib

__all__ = ["marked_links"]


def marked_links(table: "Rib", edges: PathEdges) -> npt.NDArray[np.int64]:
    """Give, for each AS path, the link that the AS in OTC gave the route over; -1 where there is none.

    A position in ``edges.path``: the right AS of that link is the value of OTC. It is the provider or a
    peer of the left one, and so is every link before it on the path one that the route may only go down.

    Notes
    -----
    A path is marked if any of its routes is; of several values the one nearest to the origin counts.
    An AS that is not on the path, as a route server is not, or that is the VP itself, marks nothing.
    """
    link = np.full(table.as_paths.num_rows, -1, np.int64)
    otc = table.attributes.column("otc")
    if otc.null_count == len(otc):
        return link
    routes = analysis_routes(table)
    has = pc.is_valid(otc).to_numpy()[routes.attributes_id]
    values = column(table.attributes.append_column("filled", otc.fill_null(0)), "filled")
    pairs = pack(routes.as_path_id[has], values[routes.attributes_id[has]])
    path, value = unpack(distinct(pairs))
    start, stop = (np.searchsorted(edges.path, path, side=side) for side in ("left", "right"))
    which, at = expand_ranges(start, stop)
    fits = edges.right[edges.edge[at]] == value[which]
    np.maximum.at(link, path[which[fits]], at[fits])
    return link
