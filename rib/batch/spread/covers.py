"""Which shares of the origins have to do with a prefix: those whose prefixes are it, or around it."""

from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from rib._backend import core
from rib.batch.spread.shares import WIDE, Tables, share_of_origins
from rib.schema import LOADED
from rib.table.arrays import column
from rib.table.merging import merge_prefixes
from rib.table.networks import prefix_columns

__all__ = ["origins_around", "wide_prefixes"]

_PREFIX = tuple(LOADED["prefixes"].names)


def wide_prefixes(tables: Tables) -> pa.Table:
    """Give the IPv4 prefixes that lie in several shares, with each of their origin ASes.

    Columns of ``prefixes`` and ``origin_as``. Default routes weigh nothing and are left out.
    """
    family, length = (column(tables["prefixes"], name) for name in ("family", "length"))
    is_wide = (family == 4) & (length < WIDE) & (length > 0)
    prefix_id = column(tables["routes"], "prefix_id")
    rows = np.flatnonzero(is_wide[prefix_id])
    path = column(tables["routes"], "as_path_id")[rows]
    origin = tables["as_paths"].column("origin_as").take(pa.array(path))
    pairs = pa.table({"prefix_id": prefix_id[rows], "origin_as": origin})
    pairs = pairs.filter(pc.is_valid(pairs.column("origin_as")))
    pairs = pairs.group_by(["prefix_id", "origin_as"], use_threads=False).aggregate([])
    found = tables["prefixes"].take(pairs.column("prefix_id").combine_chunks())
    return found.append_column("origin_as", pairs.column("origin_as")).combine_chunks()


def origins_around(tables: Tables, wide: pa.Table, n_shares: int) -> npt.NDArray[np.bool_]:
    """Mark, for each prefix, the shares with an origin AS of it or of an IPv4 prefix around it.

    ``wide`` is as `wide_prefixes` gives it, sorted, of all shares of the prefixes.
    """
    paths = tables["as_paths"].column("origin_as")
    known = paths.is_valid().to_numpy()
    share = share_of_origins(paths.fill_null(0).to_numpy(), n_shares)
    path, prefix = (column(tables["routes"], name) for name in ("as_path_id", "prefix_id"))
    marked = known[path]
    own = np.zeros((tables["prefixes"].num_rows, n_shares), dtype=np.bool_)
    own[prefix[marked], share[path[marked]]] = True

    # Behind the prefixes of this share, those around them that are in others.
    distinct, of_wide = _distinct(wide)
    merged, ids, wide_ids = merge_prefixes(tables["prefixes"], distinct)
    wanted = np.zeros((merged.num_rows, n_shares), dtype=np.bool_)
    wanted[ids] = own
    wanted[wide_ids[of_wide], share_of_origins(column(wide, "origin_as"), n_shares)] = True
    _inherit(wanted, merged)
    result: npt.NDArray[np.bool_] = wanted[ids]
    return result


def _distinct(wide: pa.Table) -> tuple[pa.Table, npt.NDArray[Any]]:
    """Give each prefix once, and the row of each."""
    text = wide.column("text").combine_chunks().dictionary_encode()
    of_wide = text.indices.to_numpy()
    _, first = np.unique(of_wide, return_index=True)
    return wide.select(_PREFIX).take(pa.array(first)), of_wide


def _inherit(wanted: npt.NDArray[np.bool_], prefixes: pa.Table) -> None:
    """Give each IPv4 prefix the marks of all that are around it; default routes pass none on."""
    is_v4 = column(prefixes, "family") == 4
    parent = core.PrefixIndex(*prefix_columns(prefixes)).parents()
    is_cover = column(prefixes, "length") > 0
    child = np.flatnonzero(is_v4 & (parent >= 0))
    child = child[is_cover[parent[child]]]
    # A round for each level of nesting, of which real tables have about ten.
    while len(child):
        new = wanted[child] | wanted[parent[child]]
        changed = (new != wanted[child]).any(axis=1)
        if not changed.any():
            break
        wanted[child[changed]] = new[changed]
