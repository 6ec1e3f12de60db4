"""Tables that store what is hard to store, and how two are told to be the same."""

import random

import numpy as np
from internet import mrt_writer as mrt

import rib

TABLES = ("routes", "prefixes", "as_paths", "attributes", "peers")


def assert_same(expected, found):
    """Assert that two tables are the same, receipt and ids included."""
    for name in TABLES:
        ours, theirs = getattr(expected, name), getattr(found, name)
        assert ours.schema == theirs.schema, name
        assert ours.equals(theirs), name
        theirs.validate(full=True)
    assert expected.receipt.to_dict() == found.receipt.to_dict()
    assert repr(expected).splitlines()[:6] == repr(found).splitlines()[:6]


def nested(seed=1, n=400):
    """Give a table of prefixes that lie in each other, in both families, of random lengths."""
    draw = random.Random(seed)
    prefixes = set()
    for _ in range(n):
        four = draw.choice([0x0A000000, 0x0A0A0000, 0xC0000200, 0]) | draw.getrandbits(12)
        length = draw.randint(0, 32)
        four = four >> (32 - length) << (32 - length)
        octets = ".".join(str(four >> s & 255) for s in (24, 16, 8, 0))
        prefixes.add(f"{octets}/{length}")
        six = 0x20010DB8 << 96 | draw.choice([0, 0xFFFF << 80]) | draw.getrandbits(10)
        length = draw.choice([*range(33), 48, 64, *range(110, 129)])
        six = six >> (128 - length) << (128 - length)
        text = ":".join(f"{six >> s & 0xFFFF:x}" for s in range(112, -1, -16))
        prefixes.add(f"{text}/{length}")
    dump = [mrt.peer_index_table([mrt.Peer(64500 + i, f"192.0.2.{i + 1}") for i in range(3)])]
    for at, prefix in enumerate(sorted(prefixes)):
        entries = [
            mrt.rib_entry(
                peer,
                mrt.origin()
                + mrt.as_path(mrt.sequence(64500 + peer, 65000 + at % 7))
                + mrt.next_hop("192.0.2.1"),
            )
            for peer in range(1 + at % 3)
        ]
        dump.append(mrt.rib(prefix, entries))
    return rib.read_mrt(b"".join(dump))


def addresses_near(table, n, seed=2):
    """Give addresses inside and just outside of a table's prefixes, and the text of some others."""
    draw = np.random.default_rng(seed)
    found = ["0.0.0.0", "255.255.255.255", "::", "ffff::1", "::ffff:10.0.0.1"]
    columns = [table.prefixes.column(c).to_pylist() for c in ("family", "network", "length")]
    rows = draw.integers(0, table.n_prefixes, n).tolist()
    for row in rows:
        family, network, length = (c[row] for c in columns)
        bits = 32 if family == 4 else 128
        first = int.from_bytes(network, "big") >> (128 - bits)
        size = 1 << (bits - length)
        near = (first, first - 1, first + size, first + size - 1, first + size // 2)
        found += [_text(value, family) for value in near if 0 <= value < 1 << bits]
    return found


def _text(value, family):
    if family == 4:
        return ".".join(str(value >> s & 255) for s in (24, 16, 8, 0))
    return ":".join(f"{value >> s & 0xFFFF:x}" for s in range(112, -1, -16))
