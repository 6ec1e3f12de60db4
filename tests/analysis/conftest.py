"""Tables and registries made by hand, for the tests of analyses."""

import datetime as dt
import functools
import gzip
import json

import pytest
from internet import mrt_writer as mrt
from scene import BEFORE

import rib
from rib.analysis.suspects import hijack_suspects
from rib.registry.delegations import read_delegations
from rib.registry.irr import read_irr
from rib.registry.organisations import read_organisations
from rib.registry.relationships import read_relationships
from rib.registry.vrps import read_vrps

#: When the hand-made tables were taken.
WHEN = int(dt.datetime(2025, 1, 21, tzinfo=dt.UTC).timestamp())


def _path(hops):
    parts, run = [], []
    for hop in hops:
        if isinstance(hop, frozenset | set):
            if run:
                parts.append(mrt.sequence(*run))
            parts.append(mrt.as_set(*sorted(hop)))
            run = []
        else:
            run.append(hop)
    return mrt.as_path(*parts, *([mrt.sequence(*run)] if run else []))


@pytest.fixture
def table_of():
    """Give a function that makes a table of {prefix: [path, …]}; paths begin with the VP AS.

    A path is a list of AS numbers, or of sets for an AS_SET. Each VP AS is one peer. All routes say
    that they were ``originated`` then.
    """

    def make(routes, when=WHEN, originated=0):
        vps = sorted({path[0] for paths in routes.values() for path in paths})
        peers = [mrt.Peer(vp, f"192.0.2.{i + 1}") for i, vp in enumerate(vps)]
        parts = [mrt.peer_index_table(peers, timestamp=when)]
        for prefix, paths in routes.items():
            entries = [
                mrt.rib_entry(
                    vps.index(p[0]),
                    mrt.origin() + _path(p) + mrt.next_hop("192.0.2.1"),
                    originated=originated,
                )
                for p in paths
            ]
            parts.append(mrt.rib(prefix, entries, timestamp=when))
        return rib.read_mrt(b"".join(parts))

    return make


@pytest.fixture
def registry(tmp_path):
    """Give a function that writes a registry file of this kind from its lines, and reads it."""
    readers = {
        "vrps": (read_vrps, "ASN,IP Prefix,Max Length,Trust Anchor\n"),
        "irr": (read_irr, ""),
        "organisations": (read_organisations, "asn,name\n"),
        "relationships": (read_relationships, ""),
        "delegations": (read_delegations, "2|nro|20250121|1|19830101|20250121|+0000\n"),
    }

    def make(kind, text):
        read, header = readers[kind]
        path = tmp_path / f"{kind}.txt.gz"
        path.write_bytes(gzip.compress((header + text).encode()))
        return read(path)

    return make


@pytest.fixture
def route_objects(registry):
    """Give a function that makes an IRR of (prefix, origin AS, source, day created) rows."""

    def make(*rows, more=""):
        text = "".join(
            f"{'route6' if ':' in prefix else 'route'}: {prefix}\norigin: AS{asn}\n"
            f"created: {day}T00:00:00Z\nsource: {source}\n\n"
            for prefix, asn, source, day in rows
        )
        return registry("irr", text + more)

    return make


@pytest.fixture
def judge(table_of, registry, route_objects):
    """Give a function that judges a table against a baseline and registries given as text."""

    def run(now, before=BEFORE, irr=None, **texts):
        given = {kind: registry(kind, text) for kind, text in texts.items() if kind != "own"}
        return hijack_suspects(
            table_of(now),
            baseline=None if before is None else table_of(before),
            irr=None if irr is None else route_objects(*irr),
            own=texts.get("own"),
            **given,
        )

    return run


@pytest.fixture(scope="session")
def sample_truth(sample):
    """Give what was planted in the sample."""
    return json.loads((sample / "truth.json").read_text())


@pytest.fixture(scope="session")
def read_sample(sample):
    """Give a function that reads a snapshot of the sample's collector, each once."""
    return functools.cache(lambda name: rib.read_mrt(sample / f"collector.{name}.mrt.bz2"))
