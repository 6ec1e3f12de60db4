"""Arrow columns as NumPy arrays, and results as DataFrames: the two edges of every analysis."""

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa

if TYPE_CHECKING:
    from rib.table.rib import Rib

__all__ = [
    "RouteArrays",
    "analysis_mask",
    "analysis_routes",
    "column",
    "lists_by_owner",
    "path_ases",
    "to_frame",
]


def column(table: pa.Table, name: str) -> npt.NDArray[Any]:
    """Give a column without nulls as a NumPy array, without a copy where Arrow allows it."""
    chunked = table.column(name)
    array = chunked.chunk(0) if chunked.num_chunks == 1 else chunked.combine_chunks()
    result: npt.NDArray[Any] = array.to_numpy(zero_copy_only=False)
    return result


def to_frame(table: pa.Table) -> pd.DataFrame:
    """Give an Arrow table as a DataFrame with Arrow-backed (nullable) dtypes and a RangeIndex."""
    frame: pd.DataFrame = table.to_pandas(types_mapper=pd.ArrowDtype)
    return frame


def lists_by_owner(owner: npt.NDArray[Any], values: pa.Array, n: int) -> pa.Array:
    """Group values by their sorted owners (row numbers below ``n``) into one list per row."""
    offsets = np.searchsorted(owner, np.arange(n + 1)).astype(np.int32)
    return pa.ListArray.from_arrays(pa.array(offsets), values)


class RouteArrays(NamedTuple):
    """Routes that take part in analyses, as parallel arrays in the order of `Rib.routes`."""

    prefix_id: npt.NDArray[np.uint32]
    peer_id: npt.NDArray[np.uint16]
    vp_as: npt.NDArray[np.uint32]
    as_path_id: npt.NDArray[np.uint32]
    attributes_id: npt.NDArray[np.uint32]

    def only(self, keep: npt.NDArray[np.bool_]) -> "RouteArrays":
        """Give the routes marked."""
        arrays: tuple[Any, ...] = tuple(of[keep] for of in self)
        return RouteArrays(*arrays)


def path_ases(table: "Rib", name: str) -> npt.NDArray[np.uint32]:
    """Give a column of AS numbers of `Rib.as_paths`, 0 where it is null."""
    given = table.as_paths.column(name).combine_chunks()
    result: npt.NDArray[np.uint32] = given.fill_null(pa.scalar(0, pa.uint32())).to_numpy()
    return result


def analysis_mask(table: "Rib") -> npt.NDArray[np.bool_]:
    """Say which rows of `Rib.routes` are those of `analysis_routes`."""
    vp_as = column(table.peers, "peer_as")[column(table.routes, "peer_id")]
    length = column(table.prefixes, "length")[column(table.routes, "prefix_id")]
    result: npt.NDArray[np.bool_] = (length != 0) & (vp_as != 0)
    return result


def analysis_routes(table: "Rib") -> RouteArrays:
    """Routes without the default routes and without a router's own (peer AS 0) entries.

    Notes
    -----
    O(routes), vectorised. Default routes are 0.0.0.0/0 and ::/0.
    """
    routes = table.routes
    peer_id = column(routes, "peer_id")
    keep = analysis_mask(table)
    arrays = (
        column(routes, "prefix_id"),
        peer_id,
        column(table.peers, "peer_as")[peer_id],
        column(routes, "as_path_id"),
        column(routes, "attributes_id"),
    )
    if keep.all():
        return RouteArrays(*arrays)
    return RouteArrays(*(a[keep] for a in arrays))
