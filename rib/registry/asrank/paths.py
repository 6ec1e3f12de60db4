"""Paths fit for inference: without artefacts, and each once."""

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from rib.table.arrays import analysis_routes, column
from rib.table.route_columns import path_columns

if TYPE_CHECKING:
    from rib.table.rib import Rib

__all__ = ["Paths", "clean_paths", "inside_one_path", "poisoned"]


class Paths(NamedTuple):
    """Distinct paths, VP first: those of path ``i`` are ``hops[offsets[i]:offsets[i + 1]]``."""

    hops: npt.NDArray[np.uint32]
    offsets: npt.NDArray[np.int64]

    def only(self, keep: npt.NDArray[np.bool_]) -> "Paths":
        """Give the paths marked."""
        length = np.diff(self.offsets)
        return Paths(self.hops[np.repeat(keep, length)], _offsets(length[keep]))


def _offsets(length: npt.NDArray[Any]) -> npt.NDArray[np.int64]:
    return np.concatenate([[0], np.cumsum(length)]).astype(np.int64)


def inside_one_path(paths: Paths) -> npt.NDArray[np.bool_]:
    """Say of each hop but the last whether the next one is on the same path. None is empty."""
    result = np.ones(max(len(paths.hops) - 1, 0), bool)
    result[paths.offsets[1:-1] - 1] = False
    return result


def clean_paths(table: "Rib", ixps: npt.NDArray[np.uint32]) -> Paths:
    """Give the distinct unprepended paths of a table without artefacts, route servers looked through.

    Left out: paths with an AS_SET, a confederation segment, a reserved ASN or a loop, one that shows
    only without the route servers too; and paths that no route of the analyses has.
    """
    columns = path_columns(table)
    enters = np.zeros(len(columns), bool)
    enters[analysis_routes(table).as_path_id] = True
    enters &= column(columns, "in_graph") & (column(columns, "n_hops") > 0)
    lists = columns.column("hops").filter(pa.array(enters)).combine_chunks()
    start = lists.offsets.to_numpy().astype(np.int64)
    paths = Paths(lists.values.to_numpy()[start[0] : start[-1]], start - start[0])
    if len(ixps):
        paths = _without(paths, ixps)
    return _distinct(paths)


def _without(paths: Paths, ixps: npt.NDArray[np.uint32]) -> Paths:
    keep = ~np.isin(paths.hops, ixps)
    kept = np.concatenate([[0], np.cumsum(keep)])[paths.offsets]
    short = Paths(paths.hops[keep], kept)
    short = short.only(np.diff(short.offsets) > 0)
    same = inside_one_path(short) & (short.hops[1:] == short.hops[:-1])
    owner = np.searchsorted(short.offsets, np.flatnonzero(same), side="right") - 1
    whole = np.ones(len(short.offsets) - 1, bool)
    whole[owner] = False
    return short.only(whole)


def _distinct(paths: Paths) -> Paths:
    """Give each path once, in the order of first appearance; a path's octets are its key."""
    n = len(paths.offsets) - 1
    hops = np.ascontiguousarray(paths.hops)
    octets = pa.Array.from_buffers(
        pa.large_binary(), n, [None, pa.py_buffer(paths.offsets * 4), pa.py_buffer(hops)]
    )
    _, offsets, values = pc.unique(octets).buffers()
    if not n or values is None:
        return Paths(np.empty(0, np.uint32), np.zeros(1, np.int64))
    ends = np.frombuffer(offsets, np.int64) // 4
    return Paths(np.frombuffer(values, np.uint32)[: ends[-1]], ends)


def poisoned(paths: Paths, clique: npt.NDArray[np.uint32]) -> npt.NDArray[np.bool_]:
    """Say which paths leave the clique and come back to it: a member was put there by hand."""
    member = np.isin(paths.hops, clique)
    begins = member.copy()
    begins[1:] &= ~(member[:-1] & inside_one_path(paths))
    runs = np.concatenate([[0], np.cumsum(begins)])[paths.offsets]
    return np.diff(runs) > 1
