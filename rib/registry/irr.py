"""Internet Routing Registries: who registered which route, and who says whom to peer with."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from rib.exceptions import RegistryError
from rib.registry.as_sets import AsSetExpansion, AsSetIndex
from rib.registry.columns import (
    PREFIX_FIELDS,
    Ignored,
    parse_asns,
    parse_prefix_column,
    with_prefix_text,
)
from rib.registry.files import PathLike, date_in_name
from rib.registry.irr_policies import PolicyObjects
from rib.registry.irr_sources import AUTHORITATIVE, source_class
from rib.registry.registry import PrefixRegistry
from rib.registry.rpsl import ATTRIBUTES, RpslBlock, read_rpsl_blocks
from rib.table.networks import prefix_order

__all__ = ["AUTHORITATIVE", "Irr", "read_irr", "source_class"]

_TEXT = pa.dictionary(pa.int32(), pa.utf8())
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
        and export lines name, ascending), ``member_of``, ``mnt_by`` (upper case, ascending),
        ``last_modified``; sorted by AS number, source.
    as_sets : pyarrow.Table
        ``name`` (upper case), ``source``, ``members``, ``mbrs_by_ref`` (upper case, ascending),
        ``last_modified``; sorted by name, source.
    policies : pyarrow.Table
        Import, export and default lines, ``mp-`` ones too: ``asn``, ``source``, ``attribute``, ``line``
        (in the file, from 1), ``text`` (folded); sorted by AS number, source, line.
    sources : tuple of str
        Paths read.
    date : datetime.date or None
        Date in the name of the file (the latest of several).
    ignored : dict of str to int
        Objects left out: ``prefix``, ``origin`` (not an AS number or missing), ``aut-num`` (no AS
        number), ``as-set`` (no name); and lines: ``line`` (no attribute), ``policy`` (not of the grammar: what stands before the fault counts).
    examples : tuple of str
        Where the first ignored objects and lines stand.
    """

    aut_nums: pa.Table
    as_sets: pa.Table
    policies: pa.Table
    sources: tuple[str, ...] = ()

    @cached_property
    def _sets(self) -> AsSetIndex:
        return AsSetIndex(self.as_sets, self.aut_nums)

    def expand(self, name: str) -> AsSetExpansion:
        """Resolve a set of ASes to AS numbers.

        Parameters
        ----------
        name : str
            As-set in any case: ``AS-FOO``, hierarchical (``AS1:AS-FOO``), or of one source
            (``RIPE::AS-FOO``).

        Returns
        -------
        AsSetExpansion
            ``.asns`` (ascending), ``.sets``, ``.missing``, ``.cycles``, ``.depth``. A set that is not
            registered is in ``.missing`` and comes to no AS.

        Raises
        ------
        TypeError
            ``name`` is no text.

        Notes
        -----
        Members are those listed (``members``, ``mp-members``) and, where ``mbrs-by-ref`` allows their
        maintainer, the aut-nums of the same source that say ``member-of``. A name that several sources
        have means the one of the source that names it, else of the best class (`source_class`), else
        the first by name. O(sets + members).

        References
        ----------
        RFC 2622 §5.1.

        Examples
        --------
        >>> import rib
        >>> irr = rib.read_irr("data/sample-mrt/irr.20250121.db.gz")
        >>> irr.expand("AS-SQUARK").asns.tolist()
        [43424, 213394]
        """
        if not isinstance(name, str):
            raise TypeError(f"name={name!r}: expected the name of an as-set, like AS-FOO")
        return self._sets.expand(name)

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
        A file is not RPSL, is damaged or cut, or holds no object of these four classes.

    Notes
    -----
    Attribute names in any case, continuation lines, comments and CRLF are understood (RFC 2622 §2).
    An object without ``source:`` gets ``UNKNOWN``; the last one of a file without a line feed at its end
    must have one, or else the file is cut. 1.5M route objects with 30,000 aut-nums and as-sets (400 MB of
    text) take some 6 s. Text is worked on in blocks of 32 MB, so memory is that of the result.

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
    objects = PolicyObjects()
    for path in files:
        n = 0
        for block in read_rpsl_blocks(path):
            part, found = _routes(block, ignored)
            parts.append(part)
            n += found + objects.add(block, ignored)
        if n == 0:
            raise RegistryError(
                f"{path}: expected an IRR database (RPSL), found no route, route6, aut-num or as-set object"
            )
    table = pa.concat_tables(parts).unify_dictionaries().combine_chunks()
    if table.num_rows == 0 and not objects:
        raise RegistryError(f"{files[0]}: found no valid object; ignored {ignored.text()}")
    dates = [d for d in map(date_in_name, files) if d is not None]
    return Irr(
        _sorted(table),
        *objects.tables(),
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
    # RFC 4012: route6 is the class of IPv6, route of IPv4 alone.
    is_six = block.klass[objects] == ATTRIBUTES.index("route6")
    prefix_ok = prefix.ok & ((prefix.family == 6) == is_six)
    ignored.add("prefix", line[~prefix_ok])
    ignored.add("origin", line[prefix_ok & ~origin_ok])
    ignored.add("line", block.broken_lines(objects))
    keep = pa.array(prefix_ok & origin_ok)
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
