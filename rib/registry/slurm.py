"""Local exceptions to the RPKI (SLURM, RFC 8416): filters remove payloads, assertions add some.

Version 2 (draft-ietf-sidrops-aspa-slurm) adds filters and assertions of ASPA objects.
"""

import json
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from rib._backend import core
from rib.exceptions import RegistryError
from rib.registry.aspa import as_number
from rib.registry.columns import parse_asns, parse_numbers, parse_prefix_column
from rib.registry.files import PathLike, read_whole
from rib.table.networks import network_words

__all__ = ["Slurm", "read_slurm"]


@dataclass(frozen=True)
class Slurm:
    """Filters and assertions about prefixes; those about BGPsec keys are not of interest here."""

    filters: tuple[tuple[str | None, int | None], ...]
    asserted: tuple[tuple[str, int, int | None], ...]
    aspa_filters: tuple[int, ...] = ()
    aspa_asserted: tuple[tuple[int, tuple[int, ...]], ...] = ()

    def keep(self, table: pa.Table) -> npt.NDArray[np.bool_]:
        """Say which payloads no filter removes.

        A filter with a prefix removes payloads equal to or inside it, one with an AS number those
        of that AS, one with both those that match both (RFC 8416 §3.3.1).
        """
        keep = np.ones(table.num_rows, dtype=bool)
        family, length, asn = (table.column(n).to_numpy() for n in ("family", "length", "asn"))
        high, low = network_words(table.column("network"))
        for prefix, of_asn in self.filters:
            hit = np.ones(table.num_rows, dtype=bool)
            if prefix is not None:
                parsed = parse_prefix_column(pa.array([prefix]))
                bits = int(parsed.length[0])
                want_high, want_low = (w[0] for w in network_words(parsed.network))
                mask_high = np.uint64(
                    (0xFFFFFFFFFFFFFFFF << max(0, 64 - bits)) & 0xFFFFFFFFFFFFFFFF
                )
                mask_low = np.uint64(
                    (0xFFFFFFFFFFFFFFFF << max(0, 128 - max(bits, 64))) & 0xFFFFFFFFFFFFFFFF
                )
                hit &= (family == parsed.family[0]) & (length >= bits)
                hit &= (high & mask_high == want_high) & (low & mask_low == want_low)
            if of_asn is not None:
                hit &= asn == of_asn
            keep &= ~hit
        return keep

    def assertions(self, schema: pa.Schema) -> pa.Table:
        """Give the asserted payloads in the columns of `Vrps.table`."""
        n = len(self.asserted)
        text = pa.array([a[0] for a in self.asserted], pa.utf8())
        prefix = parse_prefix_column(text)
        most = [
            int(prefix.length[i]) if a[2] is None else a[2] for i, a in enumerate(self.asserted)
        ]
        family, length = pa.array(prefix.family), pa.array(prefix.length)
        return pa.table(
            [
                family,
                prefix.network,
                length,
                core.format_prefixes(family, prefix.network, length) if n else text,
                pa.array(most, pa.uint8()),
                pa.array([a[1] for a in self.asserted], pa.uint32()),
                pa.array(["slurm"] * n, pa.utf8()),
                pa.nulls(n, pa.timestamp("s")),
            ],
            schema=schema,
        )


def read_slurm(path: PathLike) -> Slurm:
    """Read a SLURM file; anything but a valid one raises `RegistryError`, as RFC 8416 §4.2 asks."""
    data = read_whole(path, "a SLURM file")
    try:
        document = json.loads(data)
        version = document["slurmVersion"]
        output, local = document["validationOutputFilters"], document["locallyAddedAssertions"]
        filters, asserted = output["prefixFilters"], local["prefixAssertions"]
        customers, objects = output.get("aspaFilters", []), local.get("aspaAssertions", [])
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise RegistryError(f"{path}: expected a SLURM file (RFC 8416): {error!r}") from error
    if version not in (1, 2):
        raise RegistryError(f"{path}: expected slurmVersion 1 or 2, found {version!r}")
    if version == 1 and (customers or objects):
        raise RegistryError(f"{path}: expected slurmVersion 2 with ASPA objects, found 1")
    return Slurm(
        tuple(_filter(path, f) for f in filters),
        tuple(_assertion(path, a) for a in asserted),
        tuple(_aspa_filter(path, f) for f in customers),
        tuple(_aspa_assertion(path, a) for a in objects),
    )


def _prefix(path: PathLike, entry: dict[str, Any]) -> str:
    text = str(entry["prefix"])
    if not parse_prefix_column(pa.array([text])).ok[0]:
        raise RegistryError(f"{path}: expected a prefix, found {text!r}")
    return text


def _asn(path: PathLike, entry: dict[str, Any]) -> int:
    asn, ok = parse_asns(pa.array([str(entry["asn"])]))
    if not ok[0]:
        raise RegistryError(f"{path}: expected an AS number, found {entry['asn']!r}")
    return int(asn[0])


def _filter(path: PathLike, entry: dict[str, Any]) -> tuple[str | None, int | None]:
    if "prefix" not in entry and "asn" not in entry:
        raise RegistryError(f"{path}: expected a filter with 'prefix' or 'asn', found {entry!r}")
    return (
        _prefix(path, entry) if "prefix" in entry else None,
        _asn(path, entry) if "asn" in entry else None,
    )


def _assertion(path: PathLike, entry: dict[str, Any]) -> tuple[str, int, int | None]:
    if "prefix" not in entry or "asn" not in entry:
        raise RegistryError(
            f"{path}: expected an assertion with 'prefix' and 'asn', found {entry!r}"
        )
    text, most = _prefix(path, entry), entry.get("maxPrefixLength")
    if most is not None:
        length = int(text.rsplit("/", 1)[1])
        value, ok = parse_numbers(pa.array([str(most)]), 128 if ":" in text else 32, np.uint8)
        if not ok[0] or value[0] < length:
            raise RegistryError(
                f"{path}: expected maxPrefixLength of {length} or more, found {most!r}"
            )
        most = int(value[0])
    return text, _asn(path, entry), most


def _aspa_filter(path: PathLike, entry: Any) -> int:
    customer = as_number(entry.get("customerAsn")) if isinstance(entry, dict) else None
    # Earlier drafts filtered single providers; taken for a whole object, such an entry removes too much.
    if customer is None or set(entry) - {"customerAsn", "comment"}:
        raise RegistryError(f"{path}: expected an ASPA filter with 'customerAsn', found {entry!r}")
    return customer


def _aspa_assertion(path: PathLike, entry: Any) -> tuple[int, tuple[int, ...]]:
    customer = as_number(entry.get("customerAsn")) if isinstance(entry, dict) else None
    listed = entry.get("providerAsns") if isinstance(entry, dict) else None
    given = [as_number(p) for p in listed] if isinstance(listed, list) else []
    providers = tuple(p for p in given if p is not None)
    if not customer or not providers or len(providers) < len(given):
        raise RegistryError(
            f"{path}: expected an ASPA assertion with 'customerAsn' and 'providerAsns', found {entry!r}"
        )
    return customer, providers
