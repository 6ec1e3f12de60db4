"""`validate` on the real payloads and the real prefixes, against a walk over all covering payloads."""

import ipaddress
import os
import zlib

import numpy as np
import pyarrow as pa
import pytest

from rib.registry.columns import parse_prefix_column
from rib.registry.rov import ROV_REASONS, ROV_STATES, validate

#: One prefix in so many is validated; RIB_ROV_ONE_IN=1 takes all of them, some minutes.
ONE_IN = int(os.environ.get("RIB_ROV_ONE_IN", "41"))


@pytest.fixture(scope="module")
def real_prefixes(shared_data):
    """Give some prefixes of a full table of 2024, and one more-specific of each."""
    data = (shared_data / "fulltable" / "prefixes.2024.txt.gz").read_bytes()
    texts = zlib.decompress(data, wbits=31).decode().split()[::ONE_IN]
    networks = [ipaddress.ip_network(text) for text in texts]
    longer = [n for n in networks if n.prefixlen < n.max_prefixlen][::2]
    return networks + [next(n.subnets()) for n in longer]


def naive(payloads, network, asn):
    """Judge a pair by every payload of every prefix that covers it (RFC 6811 §2)."""
    matched = other_as = too_long = 0
    bits, length = int(network.network_address), network.prefixlen
    for shorter in range(length + 1):
        key = (network.version, shorter, bits >> (network.max_prefixlen - shorter))
        for of_asn, most in payloads.get(key, ()):
            if of_asn != asn or asn in (0, None):
                other_as += 1
            elif length <= most:
                matched += 1
            else:
                too_long += 1
    if matched:
        return ("valid", None, matched, other_as, too_long)
    if not other_as and not too_long:
        return ("not-found", None, 0, 0, 0)
    return ("invalid", "length" if too_long else "as", 0, other_as, too_long)


def by_prefix(vrps):
    """Give the payloads as a dict of (version, length, leading bits) to (AS number, maximum)."""
    names = ("family", "network", "length", "asn", "max_length")
    columns = [vrps.table.column(name).to_pylist() for name in names]
    payloads = {}
    for family, network, length, asn, most in zip(*columns, strict=True):
        width = 32 if family == 4 else 128
        value = int.from_bytes(network[: width // 8], "big") >> (width - length)
        payloads.setdefault((family, length, value), []).append((asn, most))
    return payloads


def origins_to_ask(payloads, networks):
    """Give an origin for each: of a payload that covers it where there is one, a stranger, none."""
    for i, network in enumerate(networks):
        asn = (64500, 0, None, 13335)[i // 4 % 4]
        if i % 4:
            bits = int(network.network_address)
            for length in range(network.prefixlen, 7, -1):
                key = (network.version, length, bits >> (network.max_prefixlen - length))
                if key in payloads:
                    asn = payloads[key][i % len(payloads[key])][0]
                    break
        yield asn


def test_validate_equals_the_naive_walk_on_real_data(real_vrps, real_prefixes):
    """States, reasons and the three counts are those of RFC 6811, pair by pair."""
    payloads = by_prefix(real_vrps)
    asked = list(origins_to_ask(payloads, real_prefixes))
    parsed = parse_prefix_column(pa.array(map(str, real_prefixes)))
    prefixes = pa.table(
        {
            "family": pa.array(parsed.family),
            "network": parsed.network,
            "length": pa.array(parsed.length),
        }
    )
    found = validate(
        real_vrps,
        prefixes,
        np.arange(len(asked)),
        np.array([asn or 0 for asn in asked], np.uint32),
        np.array([asn is not None for asn in asked]),
    )
    states = [ROV_STATES[code] for code in found.state]
    reasons = [ROV_REASONS[code] for code in found.reason]
    got = list(zip(states, reasons, *(counts.tolist() for counts in found[2:]), strict=True))
    expected = [naive(payloads, *pair) for pair in zip(real_prefixes, asked, strict=True)]
    assert [] == [
        (str(network), asn, e, g)
        for network, asn, e, g in zip(real_prefixes, asked, expected, got, strict=True)
        if e != g
    ]
    assert {("valid", None), ("not-found", None), ("invalid", "as"), ("invalid", "length")} == {
        row[:2] for row in got
    }
