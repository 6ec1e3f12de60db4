"""Internet Routing Registries: who registered which route, and who says whom to peer with."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from rib.exceptions import RegistryError
from rib.registry.columns import (
    PREFIX_FIELDS,
    Ignored,
    parse_asns,
    parse_prefix_column,
    with_prefix_text,
)
from rib.registry.files import PathLike, date_in_name
from rib.registry.registry import PrefixRegistry
from rib.registry.rpsl import RpslBlock, read_rpsl_blocks
from rib.table.networks import prefix_order

__all__ = ["AUTHORITATIVE", "Irr", "read_irr", "source_class"]

#: Registries run by the Regional Internet Registries: the holder of the addresses authorises.
AUTHORITATIVE = ("RIPE", "ARIN", "APNIC", "AFRINIC", "LACNIC")

_TEXT = pa.dictionary(pa.int32(), pa.utf8())
_ASNS = pa.list_(pa.field("item", pa.uint32(), nullable=False))

_ROUTES = pa.schema(
    [
        *PREFIX_FIELDS,
        pa.field("origin_as", pa.uint32(), nullable=False),
        pa.field("source", _TEXT, nullable=False),
        pa.field("mnt_by", _TEXT),
        pa.field("created", pa.date32()),
        pa.field("last_modified", pa.date32()),
    ]
)
_AUT_NUMS = pa.schema(
    [
        pa.field("asn", pa.uint32(), nullable=False),
        pa.field("as_name", pa.utf8()),
        pa.field("source", pa.utf8(), nullable=False),
        pa.field("imports", _ASNS, nullable=False),
        pa.field("exports", _ASNS, nullable=False),
    ]
)
_AS_SETS = pa.schema(
    [
        pa.field("name", pa.utf8(), nullable=False),
        pa.field("source", pa.utf8(), nullable=False),
        pa.field("members", pa.list_(pa.field("item", pa.utf8(), nullable=False)), nullable=False),
    ]
)


def source_class(source: str) -> str:
    """Class of an IRR source: ``rpki``, ``rir``, ``other`` or ``nonauth``, best first.

    ``rpki`` objects are made from ROAs; ``rir`` sources (`AUTHORITATIVE`) check that the holder of
    the addresses agreed; ``other`` ones (RADB, ALTDB, NTTCOM …) take what their members register;
    ``nonauth`` ones (RIPE-NONAUTH) keep what could not be checked.
    """
    name = source.upper()
    if name.startswith("RPKI"):
        return "rpki"
    if name in AUTHORITATIVE:
        return "rir"
    return "nonauth" if name.endswith("NONAUTH") else "other"


@dataclass(frozen=True, eq=False)
class Irr(PrefixRegistry):
    """Objects of Internet Routing Registries.

    Attributes
    ----------
    table : pyarrow.Table
        Route objects: ``family``, ``network``, ``length``, ``prefix``, ``origin_as``, ``source``
        (upper case), ``mnt_by`` (first maintainer), ``created``, ``last_modified`` (dates, null
        where absent); sorted by prefix, origin AS, source.
    aut_nums : pyarrow.Table
        ``asn``, ``as_name``, ``source``, ``imports``, ``exports`` (neighbour ASes that the import
        and export lines name, ascending); sorted by AS number, source.
    as_sets : pyarrow.Table
        ``name`` (upper case), ``source``, ``members`` (upper case, ascending).
    sources : tuple of str
        Paths read.
    date : datetime.date or None
        Date in the name of the file (the latest of several).
    ignored : dict of str to int
        Objects left out: ``prefix``, ``origin`` (not an AS number or missing).
    examples : tuple of str
        Where the first ignored objects stand.
    """

    aut_nums: pa.Table
    as_sets: pa.Table
    sources: tuple[str, ...] = ()

    def __repr__(self) -> str:
        names = sorted(s.as_py() for s in pc.unique(self.table.column("source").cast(pa.utf8())))
        return (
            f"<Irr {len(self):,} route objects of {', '.join(names)}; {self.aut_nums.num_rows:,} "
            f"aut-nums, {self.as_sets.num_rows:,} as-sets, {sum(self.ignored.values()):,} ignored>"
        )


def read_irr(paths: PathLike | Iterable[PathLike]) -> Irr:
    """Read RPSL objects of one or several registry dumps.

    Parameters
    ----------
    paths : str, Path or iterable of them
        Text dumps as the registries publish them (``ripe.db.route.gz``, ``radb.db.gz`` …), plain,
        gzip, bzip2 or xz.

    Returns
    -------
    Irr
        ``route``, ``route6``, ``aut-num`` and ``as-set`` objects; other classes are passed over.

    Raises
    ------
    FileNotFoundError
        A file is missing.
    RegistryError
        A file is not RPSL, is damaged, or holds no object of these four classes.

    Notes
    -----
    Attribute names in any case, continuation lines, comments and CRLF are understood (RFC 2622 §2).
    An object without ``source:`` gets ``UNKNOWN``. 875,000 route objects (140 MB of text) take some
    3 s. Text is worked on in blocks of 32 MB, so memory is that of the result.

    References
    ----------
    RFC 2622 (RPSL), RFC 4012 (RPSLng, route6).

    Examples
    --------
    >>> import rib
    >>> irr = rib.read_irr("data/sample-mrt/irr.20250121.db.gz")
    >>> len(irr) > 1000
    True
    """
    files = [paths] if isinstance(paths, str | Path) else list(paths)
    if not files:
        raise ValueError("paths=[]: expected at least one IRR file")
    ignored = Ignored()
    parts: list[pa.Table] = []
    aut_nums: list[dict[str, object]] = []
    as_sets: list[dict[str, object]] = []
    for path in files:
        n = 0
        for block in read_rpsl_blocks(path):
            part, found = _routes(block, ignored)
            parts.append(part)
            n += found + _policies(block, aut_nums, as_sets)
        if n == 0:
            raise RegistryError(
                f"{path}: expected an IRR database (RPSL), found no route, route6, aut-num or as-set object"
            )
    table = pa.concat_tables(parts).unify_dictionaries().combine_chunks()
    if table.num_rows == 0 and not aut_nums and not as_sets:
        raise RegistryError(f"{files[0]}: found no valid object; ignored {ignored.text()}")
    dates = [d for d in map(date_in_name, files) if d is not None]
    return Irr(
        _sorted(table),
        pa.Table.from_pylist(aut_nums, schema=_AUT_NUMS).sort_by(
            [("asn", "ascending"), ("source", "ascending")]
        ),
        pa.Table.from_pylist(as_sets, schema=_AS_SETS).sort_by(
            [("name", "ascending"), ("source", "ascending")]
        ),
        tuple(str(p) for p in files),
        date=max(dates, default=None),
        ignored=dict(ignored.counts),
        examples=tuple(ignored.examples),
    )


def _sorted(table: pa.Table) -> pa.Table:
    family, length, origin = (table.column(n).to_numpy() for n in ("family", "length", "origin_as"))
    source = table.column("source").combine_chunks()
    names = pa.array(source.dictionary.to_pylist(), pa.utf8())
    rank = np.empty(len(names), np.int64)
    rank[pc.sort_indices(names).to_numpy()] = np.arange(len(names))
    place = rank[source.indices.to_numpy()] if len(source) else np.empty(0, np.int64)
    network = table.column("network").combine_chunks()
    return table.take(
        pa.array(prefix_order(family, network, length, origin, place))
    ).combine_chunks()


def _routes(block: RpslBlock, ignored: Ignored) -> tuple[pa.Table, int]:
    """Route objects of a block, and how many there were before judging."""
    objects = block.objects("route", "route6")
    head = block.head[objects]
    prefix = parse_prefix_column(block.values(head))
    origin, origin_ok = parse_asns(
        pc.fill_null(block.values(block.attribute("origin", objects)), "")
    )
    line = head + block.first_line + 1
    ignored.add("prefix", line[~prefix.ok])
    ignored.add("origin", line[prefix.ok & ~origin_ok])
    keep = pa.array(prefix.ok & origin_ok)
    source = pc.ascii_upper(block.values(block.attribute("source", objects)))
    changed = pc.utf8_slice_codeunits(
        pc.fill_null(block.values(block.attribute("changed", objects)), ""), -8
    )
    family, length = pa.array(prefix.family), pa.array(prefix.length)
    table = pa.table(
        [
            family,
            prefix.network,
            length,
            pa.array(origin),
            pc.fill_null(source, "UNKNOWN").dictionary_encode(),
            block.values(block.attribute("mnt-by", objects)).dictionary_encode(),
            _dates(block.values(block.attribute("created", objects)), "%Y-%m-%d"),
            pc.coalesce(
                _dates(block.values(block.attribute("last-modified", objects)), "%Y-%m-%d"),
                _dates(changed, "%Y%m%d"),
            ),
        ],
        names=[f.name for f in _ROUTES if f.name != "prefix"],
    ).filter(keep)
    return with_prefix_text(table, _ROUTES), len(objects)


def _dates(text: pa.Array, form: str) -> pa.Array:
    day = pc.utf8_slice_codeunits(text, 0, 10)
    return pc.strptime(day, format=form, unit="s", error_is_null=True).cast(pa.date32())


# -- aut-num and as-set: some tens of thousands of objects, read one by one --------------------------

_POLICY = re.compile(r"^(?:mp-)?(import|export):(.*)$", re.MULTILINE | re.IGNORECASE)
_FROM = re.compile(r"\bfrom\s+AS(\d{1,10})\b", re.IGNORECASE)
_TO = re.compile(r"\bto\s+AS(\d{1,10})\b", re.IGNORECASE)
_FIELD = re.compile(r"^([A-Za-z0-9-]+):[ \t]*(.*?)[ \t]*$", re.MULTILINE)


def _policies(
    block: RpslBlock, aut_nums: list[dict[str, object]], as_sets: list[dict[str, object]]
) -> int:
    objects = block.objects("aut-num")
    for text in block.texts(objects):
        fields = {name.lower(): value for name, value in reversed(_FIELD.findall(text))}
        asn, ok = parse_asns(pa.array([fields["aut-num"]]))
        if not ok[0]:
            continue
        imports: set[int] = set()
        exports: set[int] = set()
        for direction, policy in _POLICY.findall(text):
            if direction.lower() == "import":
                imports.update(map(int, _FROM.findall(policy)))
            else:
                exports.update(map(int, _TO.findall(policy)))
        aut_nums.append(
            {
                "asn": int(asn[0]),
                "as_name": fields.get("as-name"),
                "source": fields.get("source", "UNKNOWN").upper(),
                "imports": sorted(a for a in imports if a < 2**32),
                "exports": sorted(a for a in exports if a < 2**32),
            }
        )
    sets = block.objects("as-set")
    for text in block.texts(sets):
        fields = dict(reversed(_FIELD.findall(text)))
        members = [v for n, v in _FIELD.findall(text) if n.lower() in ("members", "mp-members")]
        names = re.split(r"[\s,]+", " ".join(members).upper().strip())
        lower = {name.lower(): value for name, value in fields.items()}
        as_sets.append(
            {
                "name": lower["as-set"].upper(),
                "source": lower.get("source", "UNKNOWN").upper(),
                "members": sorted({n for n in names if n}),
            }
        )
    return len(objects) + len(sets)
