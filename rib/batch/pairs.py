"""Rows of two nights side by side: which are of the same subject, and what differs between them."""

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from rib.table.keys import Keys, distinct, is_in, pack, unpack

__all__ = ["COLUMNS", "KINDS", "Kind", "Sides"]

_U32, _ASNS = pa.uint32(), pa.list_(pa.uint32())
COLUMNS = pa.schema(
    [
        pa.field("about", pa.utf8(), nullable=False),
        pa.field("view", pa.utf8(), nullable=False),
        pa.field("subject", pa.utf8(), nullable=False),
        ("family", pa.uint8()),
        pa.field("state", pa.utf8(), nullable=False),
        ("gained", _ASNS),
        ("lost", _ASNS),
        ("newly_single_homed", pa.bool_()),
        ("no_longer_single_homed", pa.bool_()),
        ("value_before", _U32),
        ("value_after", _U32),
        ("n_vps_before", _U32),
        ("n_vps_after", _U32),
    ]
)
_FOUND = pa.schema(list(COLUMNS)[2:])

Flags = npt.NDArray[np.bool_]


class Sides(NamedTuple):
    """A table of the history in two nights."""

    before: pa.Table
    after: pa.Table

    def of(self, view: str) -> "Sides":
        """Give the rows of a view."""
        mine = (t.filter(pc.equal(t.column("view"), view)) for t in self)
        return Sides(*(t.combine_chunks() for t in mine))


class _Pair(NamedTuple):
    """A subject per place: its rows in two nights, null where one has none."""

    sides: Sides
    at: tuple[pa.Array, pa.Array]

    def both(self, name: str) -> tuple[pa.Array, pa.Array]:
        """Give a column of either night."""
        first, second = (
            _array(table, name).take(at) for table, at in zip(self.sides, self.at, strict=True)
        )
        return first, second

    def either(self, name: str) -> pa.Array:
        """Give a column that is of the subject, not of the night."""
        return pc.coalesce(*self.both(name))

    @property
    def state(self) -> pa.Array:
        """Whether a subject appeared, is gone, or is in both nights."""
        before, after = (of.is_null() for of in self.at)
        return pc.if_else(before, "appeared", pc.if_else(after, "gone", "changed"))


def _array(table: pa.Table, name: str) -> pa.Array:
    return table.column(name).combine_chunks()


def _paired(sides: Sides, key: Callable[[pa.Table], pa.Array]) -> _Pair:
    """Match rows by their key, which no two rows of a night share: those of before, then new ones."""
    before, after = (key(table) for table in sides)
    n = len(before)
    new = pc.indices_nonzero(pc.index_in(after, before).is_null()).cast(pa.int32())
    mine = pa.concat_arrays(
        [pa.array(np.arange(n, dtype=np.int32)), pa.nulls(len(new), pa.int32())]
    )
    theirs = pa.concat_arrays([pc.index_in(before, after), new])
    return _Pair(sides, (mine, theirs))


def _of_origin(table: pa.Table) -> pa.Array:
    """Give origin AS and family as one number."""
    asn = _array(table, "origin_as").cast(pa.uint64())
    return pc.add(pc.multiply(asn, pa.scalar(8, pa.uint64())), _array(table, "family"))


def _only(there: Keys, here: Keys, known: Flags) -> pa.Array:
    """List by row the ASes of keys (row, AS) that are there and not here; null where not known."""
    row, asn = unpack(there[~is_in(there, here)])
    keep = known[row]
    offsets = np.searchsorted(row[keep], np.arange(len(known) + 1)).astype(np.int32)
    return pa.ListArray.from_arrays(
        pa.array(offsets), pa.array(asn[keep], _U32), mask=pa.array(~known)
    )


def _differing(
    pair: _Pair, subject: pa.Array, changed: pa.Array, columns: dict[str, Any]
) -> pa.Table:
    """Give the rows that appeared, are gone or changed; null is no change, and a column left out null."""
    state = pair.state
    columns = {"subject": subject, "state": state, **columns}
    arrays = [columns.get(f.name, pa.nulls(len(state), f.type)) for f in _FOUND]
    arrays = [array.cast(f.type) for array, f in zip(arrays, _FOUND, strict=True)]
    differs = pc.or_(pc.not_equal(state, "changed"), pc.fill_null(changed, False))
    return pa.table(arrays, schema=_FOUND).filter(differs)


def _measured(pair: _Pair, value: str) -> dict[str, pa.Array]:
    """Give what is counted of a subject, and by how many vantage points it is seen."""
    columns = {}
    for name, source in (("value", value), ("n_vps", "n_vps")):
        columns[f"{name}_before"], columns[f"{name}_after"] = pair.both(source)
    return columns


def _homes(pair: _Pair) -> dict[str, pa.Array]:
    before, after = pair.both("single_homed")
    return {
        "newly_single_homed": pc.and_(after, pc.invert(before)),
        "no_longer_single_homed": pc.and_(before, pc.invert(after)),
    }


def _longer(of: pa.Array) -> pa.Array:
    return pc.greater(pc.fill_null(pc.list_value_length(of), 0), 0)


def _origins(diversity: Sides, upstreams: Sides) -> pa.Table:
    pair = _paired(diversity, _of_origin)
    keys = pc.coalesce(*(_of_origin(t).take(at) for t, at in zip(diversity, pair.at, strict=True)))
    listed = []
    for table in upstreams:
        row = pc.index_in(_of_origin(table), keys)
        there = row.is_valid()
        asn = _array(table, "upstream_as").filter(there).to_numpy()
        listed.append(distinct(pack(row.drop_null().to_numpy(), asn)))
    # A night that does not have the origin has no upstreams of it, which is known.
    known: Flags = np.ones(len(keys), dtype=bool)
    for at, single in zip(pair.at, pair.both("single_homed"), strict=True):
        known &= pc.or_(at.is_null(), single.is_valid()).to_numpy(zero_copy_only=False)
    gained, lost = _only(listed[1], listed[0], known), _only(listed[0], listed[1], known)
    columns = {
        "family": pair.either("family"),
        "gained": gained,
        "lost": lost,
        **_homes(pair),
        **_measured(pair, "n_upstreams"),
    }
    subject = pc.binary_join_element_wise("AS", pair.either("origin_as").cast(pa.utf8()), "")
    return _differing(pair, subject, pc.or_(_longer(gained), _longer(lost)), columns)


def _prefixes(diversity: Sides) -> pa.Table:
    pair = _paired(diversity, lambda table: _array(table, "prefix"))
    before, after = pair.both("n_upstreams")
    known = pc.and_(*(single.is_valid() for single in pair.both("single_homed")))
    columns = {
        "family": pair.either("family"),
        **_homes(pair),
        **_measured(pair, "n_upstreams"),
    }
    changed = pc.and_(known, pc.not_equal(before, after))
    return _differing(pair, pair.either("prefix"), changed, columns)


def _exits(exits: Sides) -> pa.Table:
    pair = _paired(exits, lambda table: _array(table, "prefix"))
    before, after = pair.both("winner_as")
    moved = pc.or_kleene(pc.not_equal(before, after), pc.not_equal(pair.state, "changed"))
    winners = [
        _lists(asn, pc.and_(pc.fill_null(moved, False), asn.is_valid())) for asn in (before, after)
    ]
    first, second = pair.both("n_candidates")
    columns = {
        "family": pair.either("family"),
        "gained": winners[1],
        "lost": winners[0],
        "value_before": first,
        "value_after": second,
    }
    return _differing(pair, pair.either("prefix"), moved, columns)


def _lists(asn: pa.Array, there: pa.Array) -> pa.Array:
    """Make a list of one AS of each that is there, and an empty one of others."""
    flags = there.to_numpy(zero_copy_only=False)
    offsets = np.concatenate(([0], np.cumsum(flags))).astype(np.int32)
    return pa.ListArray.from_arrays(pa.array(offsets), asn.filter(there))


def _suspects(suspects: Sides) -> pa.Table:
    pair = _paired(suspects, lambda table: _array(table, "event_id"))
    listed = [
        distinct(pack(pc.list_parent_indices(of).to_numpy(), pc.list_flatten(of).to_numpy()))
        for of in pair.both("newcomers")
    ]
    known: Flags = np.ones(len(pair.at[0]), dtype=bool)
    gained, lost = _only(listed[1], listed[0], known), _only(listed[0], listed[1], known)
    changed = pc.or_(_longer(gained), _longer(lost))
    changed = pc.or_kleene(changed, pc.not_equal(*pair.both("score")))
    columns = {"gained": gained, "lost": lost, **_measured(pair, "score")}
    return _differing(pair, pair.either("event_id"), changed, columns)


class Kind(NamedTuple):
    """What is compared: its name, the tables that it needs, and how their rows are."""

    about: str
    table: str
    more: tuple[str, ...]
    differing: Callable[..., pa.Table]


KINDS = {
    kind.about: kind
    for kind in (
        Kind("origin", "diversity_origin", ("upstreams",), _origins),
        Kind("prefix", "diversity_prefix", (), _prefixes),
        Kind("exit", "exits", (), _exits),
        Kind("suspect", "suspects", (), _suspects),
    )
}
