"""VRP files as text columns: JSON and CSV of rpki-client, Routinator and RIPE."""

import datetime as dt
import io
import json
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv

from rib.exceptions import RegistryError
from rib.registry.aspa import read_aspas
from rib.registry.columns import Ignored
from rib.registry.files import PathLike, date_in_name, read_whole

__all__ = ["KIND", "RawVrps", "read_raw_vrps"]

KIND = "VRPs (JSON or CSV of rpki-client, Routinator or RIPE)"


@dataclass
class RawVrps:
    """What a format gives: parallel text columns, not yet judged."""

    asn: pa.Array
    prefix: pa.Array
    max_length: pa.Array  # text; empty = the prefix length
    trust_anchor: pa.Array
    expires: pa.Array  # timestamp[s] or null
    date: dt.datetime | None
    ignored: Ignored
    aspas: dict[int, set[int]] = field(default_factory=dict)  # customer to providers
    first: int = 1  # place of the first entry in the file: below a header it is line 2
    skipped: list[int] = field(default_factory=list)  # places that gave no entry, ascending

    def places(self, rows: npt.NDArray[np.intp]) -> npt.NDArray[np.intp]:
        """Give the places in the file of entries, which are numbered from 0 without the skipped."""
        at = rows + self.first
        before = np.array(self.skipped, np.intp) - np.arange(len(self.skipped))
        return at + np.searchsorted(before, at, side="right")


def read_raw_vrps(path: PathLike) -> RawVrps:
    """Read a VRP file of any known form, told by content."""
    data = read_whole(path, KIND)
    start = data[:4096].lstrip(b"\xef\xbb\xbf \t\r\n")
    return _from_json(path, data) if start[:1] in (b"{", b"[") else _from_csv(path, data)


# -- JSON --------------------------------------------------------------------------------------------


def _from_json(path: PathLike, data: bytes) -> RawVrps:
    try:
        document = json.loads(data)
    except ValueError as error:
        raise RegistryError(
            f"{path}: expected {KIND}, found JSON that does not parse: {error}"
        ) from error
    roas = document.get("roas") if isinstance(document, dict) else document
    if not isinstance(roas, list):
        found = sorted(document)[:5] if isinstance(document, dict) else type(document).__name__
        raise RegistryError(f"{path}: expected a list 'roas' of payloads, found {found}")
    ignored = Ignored("entry")
    odd = [i + 1 for i, r in enumerate(roas) if not isinstance(r, dict)]
    ignored.add("line", odd)
    roas = [r for r in roas if isinstance(r, dict)] if odd else roas
    if roas and not any("prefix" in r and "asn" in r for r in roas[:1000]):
        raise RegistryError(
            f"{path}: expected payloads with 'asn' and 'prefix', found {sorted(roas[0])[:8]}"
        )
    metadata = document.get("metadata", {}) if isinstance(document, dict) else {}
    date = _json_date(metadata) or _midnight(date_in_name(path))
    expires = [r.get("expires") for r in roas]
    return RawVrps(
        _texts([r.get("asn") for r in roas]),
        _texts([r.get("prefix") for r in roas]),
        _texts([r.get("maxLength", r.get("max_length")) for r in roas]),
        pa.array([_anchor(r) for r in roas], pa.utf8()),
        pa.array([e if type(e) is int else None for e in expires], pa.int64()).cast(
            pa.timestamp("s")
        ),
        date,
        ignored,
        read_aspas(document.get("aspas") if isinstance(document, dict) else None, date, ignored),
        skipped=odd,
    )


def _texts(values: list[Any]) -> pa.Array:
    if all(type(v) is int for v in values):
        try:
            return pa.array(values, pa.int64()).cast(pa.utf8())
        except (OverflowError, pa.ArrowInvalid):
            pass
    return pa.array(["" if v is None else str(v) for v in values], pa.utf8())


def _anchor(roa: dict[str, Any]) -> str | None:
    if "ta" in roa:
        return str(roa["ta"])
    source = roa.get("source")  # jsonext: a list of the objects a payload comes from
    if isinstance(source, list) and source and isinstance(source[0], dict):
        tal = source[0].get("tal")
        return None if tal is None else str(tal)
    return None


def _json_date(metadata: Any) -> dt.datetime | None:
    if not isinstance(metadata, dict):
        return None
    for name in ("buildtime", "generatedTime", "exported"):
        text = metadata.get(name)
        if isinstance(text, str):
            try:
                when = dt.datetime.fromisoformat(text)
            except ValueError:
                continue
            return when.astimezone(dt.UTC).replace(tzinfo=None) if when.tzinfo else when
    seconds = metadata.get("generated")
    if isinstance(seconds, int) and seconds > 0:
        return dt.datetime.fromtimestamp(seconds, dt.UTC).replace(tzinfo=None)
    return None


def _midnight(day: dt.date | None) -> dt.datetime | None:
    return None if day is None else dt.datetime(day.year, day.month, day.day)  # noqa: DTZ001 - UTC by convention, naive like Arrow's


# -- CSV ---------------------------------------------------------------------------------------------

_NAMES = {
    "asn": ("asn",),
    "prefix": ("ip prefix", "prefix"),
    "max_length": ("max length", "maxlength", "max_length"),
    "trust_anchor": ("trust anchor", "ta"),
    "expires": ("expires", "not after"),
}


def _from_csv(path: PathLike, data: bytes) -> RawVrps:
    header = data[: data.find(b"\n") if b"\n" in data else len(data)].decode("utf-8-sig", "replace")
    given = [name.strip().strip('"').lower() for name in header.strip().split(",")]
    at = {k: next((n for n in names if n in given), None) for k, names in _NAMES.items()}
    if at["asn"] is None or at["prefix"] is None:
        raise RegistryError(
            f"{path}: expected {KIND}, a CSV header with 'ASN' and 'IP Prefix', found {header[:60]!r}"
        )
    ignored = Ignored("line")
    table, skipped = _csv_table(path, data, given, ignored)

    def text(name: str) -> pa.Array:
        column = at[name]
        if column is None:
            return pa.nulls(table.num_rows, pa.utf8())
        return table.column(column).combine_chunks()

    return RawVrps(
        text("asn"),
        text("prefix"),
        text("max_length"),
        text("trust_anchor"),
        _csv_times(text("expires")),
        _midnight(date_in_name(path)),
        ignored,
        first=2,
        skipped=skipped,
    )


def _csv_table(
    path: PathLike, data: bytes, names: list[str], ignored: Ignored
) -> tuple[pa.Table, list[int]]:
    """Rows of the file, and the lines that are none."""
    bad: list[int] = []

    def skip(row: Any) -> str:
        bad.append(row.number or 0)
        return "skip"

    try:
        table = pyarrow.csv.read_csv(
            io.BytesIO(data),
            # One thread, because only then are the line numbers of bad rows known.
            read_options=pyarrow.csv.ReadOptions(
                column_names=names, skip_rows=1, use_threads=False, block_size=1 << 24
            ),
            parse_options=pyarrow.csv.ParseOptions(invalid_row_handler=skip),
            convert_options=pyarrow.csv.ConvertOptions(
                column_types=dict.fromkeys(names, pa.utf8()), strings_can_be_null=False
            ),
        )
    except pa.ArrowInvalid as error:
        raise RegistryError(f"{path}: expected {KIND}, found no rows: {error}") from error
    ignored.add("line", bad)
    return table, bad


def _csv_times(text: pa.Array) -> pa.Array:
    """Expiry as seconds since 1970 (rpki-client) or as date and time (Routinator, RIPE)."""
    if pc.all(pc.is_null(text)).as_py():
        return pa.nulls(len(text), pa.timestamp("s"))
    seconds = pc.if_else(pc.match_substring_regex(text, pattern=r"^[0-9]{1,12}$"), text, None)
    numeric = pc.cast(seconds, pa.int64()).cast(pa.timestamp("s"))
    stamp = pc.replace_substring_regex(
        text, pattern=r"^(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d:\d\d).*$", replacement=r"\1 \2"
    )
    written = pc.strptime(stamp, format="%Y-%m-%d %H:%M:%S", unit="s", error_is_null=True)
    return pc.coalesce(numeric, written)
