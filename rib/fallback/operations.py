"""Operations on whole tables: routes that changed, and the fewest prefixes with the same addresses."""

from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from rib.fallback.prefixes import ADDRESS_BITS

__all__ = ["changed_routes", "covering_set"]

Ints = npt.NDArray[np.int64]

_PAIRS = pa.schema([pa.field("old_row", pa.uint32()), pa.field("new_row", pa.uint32())])
_COVERING = pa.schema(
    [
        pa.field("group", pa.uint32(), nullable=False),
        pa.field("family", pa.uint8(), nullable=False),
        pa.field("network", pa.binary(16), nullable=False),
        pa.field("length", pa.uint8(), nullable=False),
    ]
)


class _Side:
    """Routes of one table: (prefix, peer) in one number, ADD-PATH id (-1 for none), AS path."""

    def __init__(self, routes: pa.Table) -> None:
        prefix = routes.column("prefix").to_numpy()
        if (prefix[1:] < prefix[:-1]).any():
            raise ValueError("column prefix: expected ascending ids")
        self.key: Ints = prefix.astype(np.int64) << 16 | routes.column("peer").to_numpy()
        self.id: Ints = (
            routes.column("add_path_id").cast(pa.int64()).fill_null(-1).to_numpy().astype(np.int64)
        )
        self.path: Ints = routes.column("path").to_numpy().astype(np.int64)


def changed_routes(old: pa.Table, new: pa.Table) -> pa.Table:
    """Give the pairs of rows that differ (the stub says which)."""
    one, other = _Side(old), _Side(new)
    ids = one.id, other.id
    mine, yours = np.arange(len(one.key)), np.arange(len(other.key))
    same, mine, yours = _match((one.key, one.id), (other.key, other.id), mine, yours, ids)
    pairs = [same[one.path[same[:, 0]] != other.path[same[:, 1]]]]
    _, mine, yours = _match((one.key, one.path), (other.key, other.path), mine, yours, ids)
    for has_id in (False, True):
        # What has an id on one side, with what has none on the other.
        alike = (
            (one.key, (one.id >= 0).astype(np.int64)),
            (other.key, (other.id < 0).astype(np.int64)),
        )
        asked = (one.id[mine] >= 0) == has_id, (other.id[yours] < 0) == has_id
        found, left, right = _match(*alike, mine[asked[0]], yours[asked[1]], ids)
        pairs.append(found)
        mine = np.concatenate((mine[~asked[0]], left))
        yours = np.concatenate((yours[~asked[1]], right))
    pairs.append(np.column_stack((mine, np.full(len(mine), -1))))
    pairs.append(np.column_stack((np.full(len(yours), -1), yours)))
    both = np.concatenate(pairs)
    both = both[_order(one, other, both[:, 0], both[:, 1])]
    columns = [pa.array(rows, mask=rows < 0).cast(pa.uint32()) for rows in both.T]
    return pa.table(columns, schema=_PAIRS)


def _match(
    old: tuple[Ints, Ints], new: tuple[Ints, Ints], mine: Ints, yours: Ints, ids: tuple[Ints, Ints]
) -> tuple[Ints, Ints, Ints]:
    """Match rows of equal keys, those of several in order of ADD-PATH id and row.

    Returns
    -------
    pairs : array of shape (n, 2)
    mine, yours : array
        The rows that are left of either.
    """
    n = len(mine)
    rows = np.concatenate((mine, yours))
    keys = [np.concatenate((a[mine], b[yours])) for a, b in zip(old, new, strict=True)]
    id_ = np.concatenate((ids[0][mine], ids[1][yours]))
    is_new = np.arange(len(rows)) >= n
    # Number the rows of a side that have the same keys, then meet by keys and number.
    order = np.lexsort((rows, id_, is_new, keys[1], keys[0]))
    run = np.zeros(len(order), dtype=bool)
    run[:1] = True
    for values in (*keys, is_new):
        run[1:] |= values[order[1:]] != values[order[:-1]]
    start = np.maximum.accumulate(np.where(run, np.arange(len(order)), 0))
    number = np.empty(len(order), dtype=np.int64)
    number[order] = np.arange(len(order)) - start
    order = np.lexsort((is_new, number, keys[1], keys[0]))
    meets = np.zeros(len(order), dtype=bool)
    meets[:-1] = ~is_new[order[:-1]] & is_new[order[1:]]
    for values in (*keys, number):
        meets[:-1] &= values[order[1:]] == values[order[:-1]]
    at = np.flatnonzero(meets)
    pairs = np.column_stack((rows[order[at]], rows[order[at + 1]]))
    left = np.ones(len(order), dtype=bool)
    left[order[at]] = left[order[at + 1]] = False
    return pairs, rows[left & ~is_new], rows[left & is_new]


def _order(old: _Side, new: _Side, mine: Ints, yours: Ints) -> npt.NDArray[np.intp]:
    """Order pairs by prefix, peer, ADD-PATH id (the new one where there is one), old only first."""
    has_old, has_new = mine >= 0, yours >= 0
    lead, follow = np.maximum(yours, 0), np.maximum(mine, 0)

    def value(of_new: Ints, of_old: Ints) -> Any:
        result = np.zeros(len(mine), dtype=np.int64)
        result[has_old] = of_old[follow[has_old]]
        result[has_new] = of_new[lead[has_new]]
        return result

    old_id = np.full(len(mine), -2)
    old_id[has_old] = old.id[mine[has_old]]
    return np.lexsort(
        (yours, mine, old_id, has_new, value(new.id, old.id), value(new.key, old.key))
    )


def covering_set(
    group: pa.Array, family: pa.Array, network: pa.Array, length: pa.Array
) -> pa.Table:
    """Give the minimal covering set of each group (the stub says of what)."""
    kept: list[tuple[int, int, int, int]] = []
    given = zip(*(a.to_pylist() for a in (group, family, network, length)), strict=True)
    for owner, kind, octets, n_bits in given:
        size = n_bits
        if size > ADDRESS_BITS[kind]:
            raise ValueError(f"length {size}: not a canonical prefix of family {kind}")
        bits = int.from_bytes(octets)
        if kept and kept[-1][:2] == (owner, kind):
            top, top_size = kept[-1][2:]
            if top_size <= size and (top ^ bits) >> (128 - top_size) == 0:
                continue
        # Two halves of a prefix become it.
        while kept and kept[-1][:2] == (owner, kind) and kept[-1][3] == size and size:
            lower = kept[-1][2]
            if bits != lower | 1 << (128 - size):
                break
            bits, size = lower, size - 1
            kept.pop()
        kept.append((owner, kind, bits, size))
    rows = [(owner, kind, bits.to_bytes(16), size) for owner, kind, bits, size in kept]
    columns = list(zip(*rows, strict=True)) or [()] * 4
    arrays = [pa.array(c, f.type) for c, f in zip(columns, _COVERING, strict=True)]
    return pa.table(arrays, schema=_COVERING)
