"""Prefixes and their origin ASes from files others made: CAIDA's pfx2as and pyasn's databases."""

import io
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv

from rib.exceptions import PrefixError, RegistryError
from rib.registry.files import PathLike, read_whole
from rib.table.prefix_table import PrefixTable

__all__ = ["parse_ipasn", "read_ipasn", "read_pfx2as"]

_PFX2AS = "CAIDA prefix-to-AS (network<TAB>length<TAB>asn)"
_IPASN = "a pyasn database (prefix<TAB>asn)"


def read_pfx2as(path: PathLike) -> PrefixTable:
    r"""Read CAIDA's Routeviews Prefix-to-AS mappings.

    Parameters
    ----------
    path : str or Path
        Path or http(s) URL; plain, gzip, bzip2 or xz.

    Returns
    -------
    PrefixTable
        With a list of AS numbers for each prefix, in the order of the file: most have one, MOAS
        prefixes (``1_2``) several, and the members of an AS_SET (``1,2``) stand side by side.

    Raises
    ------
    RegistryError
        Another kind of file, or a malformed line, which is named.

    Notes
    -----
    O(lines), vectorised: some 0.3 s for half a million prefixes.

    References
    ----------
    CAIDA, Routeviews Prefix to AS mappings dataset for IPv4 and IPv6.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> path = pathlib.Path(tempfile.mkdtemp(), "20250121.pfx2as")
    >>> _ = path.write_text("10.0.0.0\t8\t64500\n10.1.0.0\t16\t64501_64502\n")
    >>> table = read_pfx2as(path)
    >>> table.lookup_values(["10.1.2.3"])[0].tolist()
    [64501, 64502]
    """
    columns = _columns(read_whole(path, _PFX2AS), path, _PFX2AS, ["network", "length", "asn"])
    prefixes = pc.binary_join_element_wise(columns["network"], columns["length"], "/")
    asns = pc.split_pattern_regex(columns["asn"], "[_,]")
    return _table(path, _PFX2AS, prefixes, asns, pa.list_(pa.uint32()))


def read_ipasn(path: PathLike) -> PrefixTable:
    r"""Read a database of pyasn (``ipasn_20250121.dat``).

    Parameters
    ----------
    path : str or Path
        Path or http(s) URL; plain, gzip, bzip2 or xz.

    Returns
    -------
    PrefixTable
        With the AS number (uint32) of each prefix.

    Raises
    ------
    RegistryError
        Another kind of file, or a malformed line, which is named.

    Notes
    -----
    O(lines), vectorised.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> path = pathlib.Path(tempfile.mkdtemp(), "ipasn.dat")
    >>> _ = path.write_text("; a comment\n10.0.0.0/8\t64500\n")
    >>> read_ipasn(path).lookup_values(["10.1.2.3"]).tolist()
    [64500]
    """
    return parse_ipasn(read_whole(path, _IPASN), path)


def parse_ipasn(text: bytes, source: PathLike) -> PrefixTable:
    """Read the text of a pyasn database; errors name ``source``."""
    columns = _columns(text, source, _IPASN, ["prefix", "asn"])
    return _table(source, _IPASN, columns["prefix"], columns["asn"], pa.uint32())


def _columns(text: bytes, source: PathLike, kind: str, names: list[str]) -> dict[str, Any]:
    """Columns of text; comments (``;``, ``#``) and empty lines stay out."""
    malformed: list[str] = []

    def judge(row: Any) -> str:
        if row.text.lstrip()[:1] not in ("", ";", "#"):
            malformed.append(row.text)
        return "skip"

    table = pa.csv.read_csv(
        io.BytesIO(text),
        read_options=pa.csv.ReadOptions(column_names=names, use_threads=False),
        parse_options=pa.csv.ParseOptions(
            delimiter="\t", quote_char=False, invalid_row_handler=judge
        ),
        convert_options=pa.csv.ConvertOptions(
            column_types=dict.fromkeys(names, pa.utf8()), strings_can_be_null=False
        ),
    )
    if malformed:
        raise RegistryError(f"{source}: expected {kind}, found the line {malformed[0][:80]!r}")
    first = table.column(0)
    table = table.filter(pc.invert(pc.match_substring_regex(first, r"^\s*[;#]")))
    return {name: table.column(name).combine_chunks() for name in names}


def _table(
    source: PathLike, kind: str, prefixes: pa.Array, asns: pa.Array, of: pa.DataType
) -> PrefixTable:
    try:
        return PrefixTable(prefixes, values=asns.cast(of))
    except (pa.ArrowInvalid, PrefixError) as error:
        raise RegistryError(f"{source}: expected {kind}: {error}") from None
