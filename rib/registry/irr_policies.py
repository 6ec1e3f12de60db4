"""The aut-num and as-set objects of RPSL text: some tens of thousands, read one by one."""

import datetime as dt
import re
from typing import Any

import pyarrow as pa

from rib.registry.columns import Ignored
from rib.registry.rpsl import Field, RpslBlock
from rib.registry.rpsl_policy import POLICY_ATTRIBUTES, line_neighbours

__all__ = ["AS_SETS", "AUT_NUMS", "POLICIES", "PolicyObjects"]

_ASNS = pa.list_(pa.field("item", pa.uint32(), nullable=False))
_NAMES = pa.list_(pa.field("item", pa.utf8(), nullable=False))

AUT_NUMS = pa.schema(
    [
        pa.field("asn", pa.uint32(), nullable=False),
        pa.field("as_name", pa.utf8()),
        pa.field("source", pa.utf8(), nullable=False),
        pa.field("imports", _ASNS, nullable=False),
        pa.field("exports", _ASNS, nullable=False),
        pa.field("member_of", _NAMES, nullable=False),
        pa.field("mnt_by", _NAMES, nullable=False),
        pa.field("last_modified", pa.date32()),
    ]
)
POLICIES = pa.schema(
    [
        pa.field("asn", pa.uint32(), nullable=False),
        pa.field("source", pa.utf8(), nullable=False),
        pa.field("attribute", pa.utf8(), nullable=False),
        pa.field("line", pa.uint32(), nullable=False),
        pa.field("text", pa.utf8(), nullable=False),
    ]
)
AS_SETS = pa.schema(
    [
        pa.field("name", pa.utf8(), nullable=False),
        pa.field("source", pa.utf8(), nullable=False),
        pa.field("members", _NAMES, nullable=False),
        pa.field("mbrs_by_ref", _NAMES, nullable=False),
        pa.field("last_modified", pa.date32()),
    ]
)


class PolicyObjects:
    """Rows of the three tables, collected over blocks and files.

    The rows of a block become Arrow columns at its end, so that few of them are Python objects at a time.
    """

    def __init__(self) -> None:
        self._aut_nums: list[dict[str, Any]] = []
        self._as_sets: list[dict[str, Any]] = []
        self._policies: list[tuple[int, str, str, int, str]] = []
        self._parts: list[tuple[pa.Table, pa.Table, pa.Table]] = [self._cut()]

    def __len__(self) -> int:
        return sum(aut_nums.num_rows + as_sets.num_rows for aut_nums, as_sets, _ in self._parts)

    def _cut(self) -> tuple[pa.Table, pa.Table, pa.Table]:
        """Turn the rows at hand into columns."""
        lines = [list(column) for column in zip(*self._policies, strict=True)]
        part = (
            pa.Table.from_pylist(self._aut_nums, schema=AUT_NUMS),
            pa.Table.from_pylist(self._as_sets, schema=AS_SETS),
            pa.table(lines or [[] for _ in POLICIES], schema=POLICIES),
        )
        for rows in (self._aut_nums, self._as_sets, self._policies):
            rows.clear()
        return part

    def add(self, block: RpslBlock, ignored: Ignored) -> int:
        """Collect the objects of a block; give how many there were before judging."""
        broken: dict[str, list[int]] = {"aut-num": [], "as-set": [], "policy": [], "line": []}
        aut_nums, as_sets = block.objects("aut-num"), block.objects("as-set")
        for fields in block.fields(aut_nums):
            self._aut_num(fields, broken)
        for fields in block.fields(as_sets):
            self._as_set(fields, broken)
        for reason, lines in broken.items():
            ignored.add(reason, lines)
        self._parts.append(self._cut())
        return len(aut_nums) + len(as_sets)

    def _aut_num(self, fields: list[Field], broken: dict[str, list[int]]) -> None:
        asn = _asn(fields[0].value)
        if asn is None:
            broken["aut-num"].append(fields[0].line)
            return
        named: dict[str, set[int]] = {"import": set(), "export": set(), "default": set()}
        source = _first(fields, "source", "UNKNOWN").upper()
        for name, value, line in fields:
            direction = POLICY_ATTRIBUTES.get(name)
            if direction is not None:
                self._policies.append((asn, source, name, line, value))
                neighbours, ok = line_neighbours(direction, value)
                named[direction] |= neighbours
                if not ok:
                    broken["policy"].append(line)
            elif not name:
                broken["line"].append(line)
        self._aut_nums.append(
            {
                "asn": asn,
                "as_name": _first(fields, "as-name"),
                "source": source,
                "imports": sorted(named["import"]),
                "exports": sorted(named["export"]),
                "member_of": _names(fields, "member-of"),
                "mnt_by": _names(fields, "mnt-by"),
                "last_modified": _changed(fields),
            }
        )

    def _as_set(self, fields: list[Field], broken: dict[str, list[int]]) -> None:
        broken["line"] += [field.line for field in fields if not field.name]
        if not fields[0].value:
            broken["as-set"].append(fields[0].line)
            return
        self._as_sets.append(
            {
                "name": fields[0].value.upper(),
                "source": _first(fields, "source", "UNKNOWN").upper(),
                "members": _names(fields, "members", "mp-members"),
                "mbrs_by_ref": _names(fields, "mbrs-by-ref"),
                "last_modified": _changed(fields),
            }
        )

    def tables(self) -> tuple[pa.Table, pa.Table, pa.Table]:
        """Give aut-nums, as-sets and policies, sorted."""
        aut_nums, as_sets, policies = (
            pa.concat_tables(parts) for parts in zip(*self._parts, strict=True)
        )
        return (
            _sorted(aut_nums, "asn", "source"),
            _sorted(as_sets, "name", "source"),
            _sorted(policies, "asn", "source", "line"),
        )


def _sorted(table: pa.Table, *keys: str) -> pa.Table:
    return table.sort_by([(key, "ascending") for key in keys]).combine_chunks()


def _asn(text: str) -> int | None:
    match = re.match(r"AS(\d{1,10})$", text, re.IGNORECASE)
    return int(match[1]) if match and int(match[1]) < 2**32 else None


def _first(fields: list[Field], name: str, default: Any = None) -> Any:
    return next((field.value for field in fields if field.name == name and field.value), default)


def _names(fields: list[Field], *names: str) -> list[str]:
    text = " ".join(field.value for field in fields if field.name in names)
    return sorted({name for name in re.split(r"[\s,]+", text.upper()) if name})


def _changed(fields: list[Field]) -> dt.date | None:
    """Day of the last change: ``last-modified``, else the latest ``changed``."""
    text = _first(fields, "last-modified", "")[:10]
    days = (
        [text.replace("-", "")] if text else [f.value[-8:] for f in fields if f.name == "changed"]
    )
    for day in sorted(days, reverse=True):
        try:
            return dt.datetime.strptime(day, "%Y%m%d").date()  # noqa: DTZ007 - a day, no moment
        except ValueError:
            continue
    return None
