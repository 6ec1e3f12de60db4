"""Routes and AS paths as the native kernels of the analyses take them."""

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from rib.table.arrays import RouteArrays

if TYPE_CHECKING:
    from rib.table.rib import Rib

__all__ = ["path_columns", "route_columns"]


def route_columns(routes: RouteArrays, group: npt.NDArray[np.uint32] | None = None) -> pa.Table:
    """Give the columns prefix_id, vp_as, as_path_id, and group where there is one, uncopied."""
    columns = {
        "prefix_id": pa.array(routes.prefix_id),
        "vp_as": pa.array(routes.vp_as),
        "as_path_id": pa.array(routes.as_path_id),
    }
    if group is not None:
        columns["group"] = pa.array(group)
    return pa.table(columns)


def path_columns(table: "Rib") -> pa.Table:
    """Give what graphs and diversity need of each AS path, row for row with `Rib.as_paths`.

    ``in_graph`` is false for a path with an AS_SET of several members, a confederation segment, a
    loop or a reserved ASN: its neighbours need not be neighbours (docs/methods.md, "Paths").
    """
    features, as_paths = table.path_features, table.as_paths
    unfit = features.column("has_set")
    for name in ("has_confed", "has_loop", "has_reserved"):
        unfit = pc.or_(unfit, features.column(name))
    return pa.table(
        {
            "hops": features.column("hops"),
            "n_hops": features.column("n_hops"),
            "prepend_max": features.column("prepend_max"),
            "length": as_paths.column("length"),
            "origin_as": as_paths.column("origin_as"),
            "upstream_as": as_paths.column("upstream_as"),
            "in_graph": pc.invert(unfit),
        }
    ).combine_chunks()
