"""Cases of the RPKI: reading payloads, and judging a full table by them."""

import ipaddress
import os
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from datasets import dump, vrps
from definitions import Sizes

from engines import Job

__all__ = ["JOBS", "payload_file"]

_REAL = (
    Path(__file__).resolve().parents[2]
    / os.environ.get("RIB_SHARED_DATA", "../shared/data")
    / "rpki/rpkiclient_summary_20250720T093135Z.json.bz2"
)
_N_REAL = 723_521

#: One row in so many is compared with a walk over all covering payloads; odd, since every other
#: generated prefix has a payload.
_ONE_IN = 101

Payloads = dict[tuple[int, int, int], list[tuple[int, int]]]


def payload_file(scale: float) -> tuple[Path, int]:
    """Give the export of a validator where the project's real data is at hand, a generated CSV elsewhere."""
    if scale == 1 and _REAL.is_file():
        return _REAL, _N_REAL
    return vrps(scale)


def _read(sizes: Sizes) -> Job:
    import rib

    path, n = payload_file(sizes.scale)

    def check(found: Any) -> None:
        assert n == len(found)
        assert found.ignored == {}

    return Job(lambda: rib.read_vrps(path), check, n)


# -- origins -------------------------------------------------------------------------------------


def _by_prefix(table: pa.Table) -> Payloads:
    names = ("family", "network", "length", "asn", "max_length")
    payloads: Payloads = {}
    for family, network, length, asn, most in zip(
        *(table.column(name).to_pylist() for name in names), strict=True
    ):
        width = 32 if family == 4 else 128
        value = int.from_bytes(network[: width // 8], "big") >> (width - length)
        payloads.setdefault((family, length, value), []).append((asn, most))
    return payloads


def _naive(payloads: Payloads, prefix: str, asn: int) -> str:
    """Judge one pair by every payload that covers it (RFC 6811 §2)."""
    network = ipaddress.ip_network(prefix)
    bits, length = int(network.network_address), network.prefixlen
    covered = False
    for shorter in range(length + 1):
        key = (network.version, shorter, bits >> (network.max_prefixlen - shorter))
        for of_asn, most in payloads.get(key, ()):
            covered = True
            if of_asn == asn != 0 and length <= most:
                return "valid"
    return "invalid" if covered else "not-found"


def _validate(case: str, sizes: Sizes) -> Job:
    import rib

    source = dump(case, sizes.scale)
    table, payloads = rib.read_mrt(source.path), rib.read_vrps(payload_file(sizes.scale)[0])

    def check(frame: Any) -> None:
        assert table.n_prefixes == len(frame)  # every prefix has one origin
        assert source.whole["n_routes"] == int(frame["n_vps"].sum())

    def proof() -> None:
        frame = rib.validate_origins(table, vrps=payloads).iloc[::_ONE_IN]
        by_prefix = _by_prefix(payloads.table)
        pairs = zip(frame["prefix"], frame["origin_as"], strict=True)
        assert frame["rov_state"].tolist() == [_naive(by_prefix, *pair) for pair in pairs]

    def run() -> Any:
        # Of new payloads each time: the index of their prefixes is part of the work.
        return rib.validate_origins(table, vrps=replace(payloads))

    return Job(run, check, table.n_prefixes, proof=proof)


# -- paths ---------------------------------------------------------------------------------------


def _attested(table: Any, payloads: Any) -> Any:
    """Give payloads with an object of every AS of even number: all that stand left of it on a path."""
    hops = table.path_features.column("hops").combine_chunks()
    values, starts = hops.values.to_numpy(), hops.offsets.to_numpy()[:-1]
    linked = np.ones(len(values), bool)
    linked[starts[starts < len(values)]] = False
    at = np.flatnonzero(linked)
    keys = values[at].astype(np.uint64) << np.uint64(32) | values[at - 1].astype(np.uint64)
    keys = np.unique(keys[values[at] % 2 == 0])
    customer = (keys >> np.uint64(32)).astype(np.uint32)
    customers, first = np.unique(customer, return_index=True)
    provider = pa.ListArray.from_arrays(
        pa.array(np.append(first, len(keys)).astype(np.int32)), pa.array(keys.astype(np.uint32))
    )
    aspas = pa.table([pa.array(customers), provider], names=["customer_as", "provider_as"])
    return replace(payloads, aspas=aspas)


def _verify(case: str, sizes: Sizes) -> Job:
    import rib

    table = rib.read_mrt(dump(case, sizes.scale).path)
    payloads = _attested(table, rib.read_vrps(payload_file(sizes.scale)[0]))

    def check(frame: Any) -> None:
        # What stands left of a customer is a provider here, so that no path breaks its word.
        assert table.as_paths.num_rows == len(frame)
        assert {"valid", "unknown"} >= set(frame["state"].unique())
        even = [all(asn % 2 == 0 for asn in path[1:]) for path in frame["path"].head(1000)]
        assert even == (frame["state"] == "valid").head(1000).tolist()

    def run() -> Any:
        return rib.verify_paths(table, vrps=payloads, direction="upstream")

    return Job(run, check, table.as_paths.num_rows)


JOBS = {
    "read_vrps": _read,
    "validate_origins_rpki": partial(_validate, "validate_origins_rpki"),
    "verify_paths": partial(_verify, "verify_paths"),
}
