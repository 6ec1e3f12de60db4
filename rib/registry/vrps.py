"""Validated ROA payloads (VRPs): the statements of the RPKI about who may originate what."""

import datetime as dt
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from rib.exceptions import RegistryError
from rib.registry.aspa import aspa_table, merge_aspas
from rib.registry.columns import (
    PREFIX_FIELDS,
    Ignored,
    parse_asns,
    parse_numbers,
    parse_prefix_column,
    with_prefix_text,
)
from rib.registry.covering import PrefixRows
from rib.registry.files import PathLike
from rib.registry.registry import PrefixRegistry
from rib.registry.slurm import read_slurm
from rib.registry.vrp_formats import KIND, RawVrps, read_raw_vrps
from rib.table.networks import prefix_order

__all__ = ["PAYLOADS", "Vrps", "distinct_payloads", "read_vrps", "sorted_payloads"]

#: Columns of `Vrps.table`.
PAYLOADS = pa.schema(
    [
        *PREFIX_FIELDS,
        pa.field("max_length", pa.uint8(), nullable=False),
        pa.field("asn", pa.uint32(), nullable=False),
        pa.field("trust_anchor", pa.utf8()),
        pa.field("expires", pa.timestamp("s")),
    ]
)


@dataclass(frozen=True, eq=False)
class Vrps(PrefixRegistry):
    """Validated ROA payloads, sorted by prefix, AS number, maximum length.

    Attributes
    ----------
    table : pyarrow.Table
        ``family``, ``network``, ``length``, ``prefix``, ``max_length``, ``asn``, ``trust_anchor``
        (null where the file names none), ``expires`` (UTC, null where the file has none).
    aspas : pyarrow.Table
        ``customer_as``, ``provider_as`` (list), one row per customer, ascending: ASPA objects, empty
        where the file has none.
    source : str
        Path of the file.
    date : datetime.datetime or None
        When the validator wrote the file (UTC), as the file says, else the date in its name.
    ignored : dict of str to int
        Entries left out, by reason: ``prefix``, ``asn``, ``max_length``, ``expired`` (before
        ``date``), ``duplicate``, ``line`` (wrong number of fields), ``slurm`` (filtered); of ASPA
        objects ``aspa`` (broken), ``aspa_expired``, ``aspa_slurm`` and ``aspa_duplicate`` (another
        object of the customer, whose providers count together).
    examples : tuple of str
        Where the first ignored entries stand.
    """

    source: str
    date: dt.datetime | None = field(default=None, kw_only=True)
    aspas: pa.Table = field(default_factory=lambda: aspa_table({}))

    def __repr__(self) -> str:
        when = f"{self.date:%Y-%m-%d %H:%M} UTC" if self.date else "undated"
        left = sum(self.ignored.values())
        return f"<Vrps {len(self):,} of {when} from {self.source}, {left:,} entries ignored>"


def read_vrps(path: PathLike, slurm: PathLike | None = None) -> Vrps:
    """Read validated ROA payloads from what a relying party wrote.

    Parameters
    ----------
    path : str or Path
        JSON of rpki-client, Routinator (``json``, ``jsonext``) or RIPE, or a bare JSON list of
        payloads; CSV of rpki-client, Routinator (``csv``, ``csvext``) or RIPE; plain, gzip, bzip2
        or xz. The format is told by content. AS numbers may be ``123`` or ``"AS123"``.
    slurm : str or Path, optional
        Local exceptions of RFC 8416: filters remove payloads, then assertions add some. Version 2
        (draft-ietf-sidrops-aspa-slurm) does so with ASPA objects too: an asserted one adds its
        providers to those that its customer has. By default none.

    Returns
    -------
    Vrps
        Sorted and distinct. An entry that is no valid payload is left out and counted.

    Raises
    ------
    FileNotFoundError
        A file is missing.
    RegistryError
        Not a VRP file, damaged, or without a single payload: an empty set would make every route
        ``not-found`` without anybody noticing. Where all payloads expired or the filters remove
        them, the set is empty, and results that it judges say so in ``attrs["warnings"]``.

    Notes
    -----
    An entry that expired before the file was written is left out and counted; the clock of this
    machine does not matter. Objects of one customer (ASPA) count as one, with the providers of all; a
    broken one counts for nothing, since a provider left out would make routes invalid. A missing maximum
    length is the prefix length (RFC 9582 §4.3.2). 724,000 payloads take some 2.5 s,
    570 MB at the peak.

    References
    ----------
    RFC 6811 (origin validation), RFC 8416 (SLURM), RFC 9582 (ROAs),
    draft-ietf-sidrops-aspa-profile and draft-ietf-sidrops-aspa-slurm (ASPA).

    Examples
    --------
    >>> import rib
    >>> vrps = rib.read_vrps("data/sample-mrt/vrps.json.gz")
    >>> len(vrps) > 1000
    True
    """
    raw = read_raw_vrps(path)
    table, aspas = _payloads(raw), raw.aspas
    if slurm is not None:
        local = read_slurm(slurm)
        kept = local.keep(table)
        raw.ignored.add("slurm", np.flatnonzero(~kept) + 1, shown=0)
        table = sorted_payloads(
            pa.concat_tables([table.filter(pa.array(kept)), local.assertions(PAYLOADS)])
        )
        hidden = aspas.keys() & set(local.aspa_filters)
        raw.ignored.add("aspa_slurm", sorted(hidden), shown=0)
        aspas = merge_aspas(aspas, local.aspa_filters, local.aspa_asserted)
    # What expired, or was filtered on purpose, shows that this is the right file; analyses warn.
    if not table.num_rows and not raw.ignored.counts.keys() & {"expired", "slurm"}:
        raise RegistryError(
            f"{path}: expected {KIND}, found none that is valid; ignored {raw.ignored.text()}"
        )
    return Vrps(
        distinct_payloads(table, raw.ignored),
        str(path),
        aspa_table(aspas),
        date=raw.date,
        ignored=dict(raw.ignored.counts),
        examples=tuple(raw.ignored.examples),
    )


def _payloads(raw: RawVrps) -> pa.Table:
    """Judge the raw columns and keep what is a payload, sorted."""
    prefix = parse_prefix_column(raw.prefix)
    asn, asn_ok = parse_asns(raw.asn)
    given = pc.fill_null(pc.ascii_trim(raw.max_length, characters=' "\t\r'), "")
    max_length, max_ok = parse_numbers(given, 128, np.uint8)
    absent = pc.equal(given, "").to_numpy(zero_copy_only=False)
    max_length = np.where(absent, prefix.length, max_length)
    width = np.where(prefix.family == 4, 32, 128)
    max_ok = (max_ok | absent) & (max_length >= prefix.length) & (max_length <= width)
    keep = np.ones(len(asn), dtype=bool)
    for reason, ok in (("prefix", prefix.ok), ("asn", asn_ok), ("max_length", max_ok)):
        raw.ignored.add(reason, raw.places(np.flatnonzero(keep & ~ok)))
        keep &= ok
    if raw.date is not None:
        late = pc.fill_null(pc.less(raw.expires, pa.scalar(raw.date, pa.timestamp("s"))), False)
        expired = late.to_numpy(zero_copy_only=False) & keep
        raw.ignored.add("expired", raw.places(np.flatnonzero(expired)))
        keep &= ~expired
    columns = [
        pa.array(prefix.family),
        prefix.network,
        pa.array(prefix.length),
        pa.array(max_length.astype(np.uint8)),
        pa.array(asn),
        raw.trust_anchor,
        raw.expires,
    ]
    names = [f.name for f in PAYLOADS if f.name != "prefix"]
    table = pa.table(columns, names=names).filter(pa.array(keep)).combine_chunks()
    return sorted_payloads(with_prefix_text(table, PAYLOADS))


def sorted_payloads(table: pa.Table) -> pa.Table:
    """Sort payloads by prefix, AS number, maximum length."""
    table = table.combine_chunks()
    family, length, asn, most = (
        table.column(n).to_numpy() for n in ("family", "length", "asn", "max_length")
    )
    order = prefix_order(family, table.column("network").combine_chunks(), length, asn, most)
    return table.take(pa.array(order)).combine_chunks()


def distinct_payloads(table: pa.Table, ignored: Ignored) -> pa.Table:
    """Leave out, and count, sorted payloads that stand there before."""
    same = np.zeros(table.num_rows, dtype=bool)
    slot = PrefixRows(table).slot_of_row
    asn, most = table.column("asn").to_numpy(), table.column("max_length").to_numpy()
    same[1:] = (slot[1:] == slot[:-1]) & (asn[1:] == asn[:-1]) & (most[1:] == most[:-1])
    ignored.add("duplicate", np.flatnonzero(same), shown=0)
    return table.filter(pa.array(~same)).combine_chunks() if same.any() else table
