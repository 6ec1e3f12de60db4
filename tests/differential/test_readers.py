"""Every route of every dump, field by field, against bgpdump, pybgpkit-parser and mrtparse."""

import bz2
import gzip
import random

import pytest
from dumps import RIBS
from internet import mrt_writer as mrt

import rib

comparison = pytest.importorskip("rib.sources.verify.comparison", reason="no oracles to ask")
own = pytest.importorskip("rib.sources.verify.own")
verification = pytest.importorskip("rib.sources.verify.verification")

REAL = [*RIBS, "routeviews/bview.20140112.1600.three-records.bz2"]
ORACLES = {oracle.name: oracle for oracle in verification.ORACLES}


def content(path):
    opener = {".gz": gzip.open, ".bz2": bz2.open}.get(path.suffix, open)
    with opener(path, "rb") as dump:
        return dump.read()


def differences(oracle, dump, folder):
    """Give what an oracle says differently of a dump, known errors of its own apart."""
    try:
        oracle.version()
    except verification.AbsentError as absent:
        pytest.skip(str(absent))
    path = folder / "dump.mrt"
    path.write_bytes(dump)
    ours, theirs = (comparison.Tally(1) for _ in range(2))
    ours.add(own.own_routes(rib.read_mrt(path)))
    theirs.add(oracle.routes(path))
    found = comparison.compare(ours, theirs, oracle)
    return [d for d in found.differences if not d.reason]


def path(dice):
    # pybgpkit-parser writes a confederation as if it were a sequence.
    kinds = [mrt.sequence] * 4 + [mrt.as_set]
    return [
        dice.choice(kinds)(*(dice.choice((1, 64500, 65551, 4200000000)) + i for i in range(n)))
        for n in dice.sample(range(1, 6), dice.randrange(3))
    ]


def attributes(dice, is_v6):
    """Give attributes that all of the oracles read."""
    hop = f"2001:db8::{dice.randrange(1, 9999):x}" if is_v6 else f"192.0.2.{dice.randrange(256)}"
    block = mrt.origin(dice.randrange(3)) + mrt.as_path(*path(dice))
    block += mrt.mp_reach_abbreviated(hop) if is_v6 else mrt.next_hop(hop)
    for write in (mrt.med, mrt.local_pref):
        block += write(dice.randrange(2**32)) if dice.random() < 0.5 else b""
    if dice.random() < 0.5:
        pairs = [
            (dice.randrange(65535), dice.randrange(65536)) for _ in range(dice.randrange(1, 9))
        ]
        block += mrt.communities(pairs)
    return block


def generated(seed):
    """Give a dump of some hundred routes of both families, with and without ADD-PATH."""
    dice = random.Random(seed)
    peers = [mrt.Peer(65000 + i, f"198.51.100.{i}", f"10.0.0.{i}") for i in range(5)]
    peers += [mrt.Peer(4200000000, "2001:db8:ffff::1", "10.0.0.99")]
    records = [mrt.peer_index_table(peers)]
    for i in range(100):
        is_v6, add_path = dice.random() < 0.4, dice.random() < 0.3
        prefix = f"2001:db8:{i:x}::/48" if is_v6 else f"10.{i}.0.0/{dice.randrange(16, 33)}"
        entries = [
            mrt.rib_entry(peer, attributes(dice, is_v6), path_id=peer * 7 if add_path else None)
            for peer in sorted(dice.sample(range(len(peers)), dice.randrange(1, 5)))
        ]
        records.append(mrt.rib(prefix, entries, add_path=add_path, timestamp=1700000000))
    return b"".join(records)


@pytest.mark.parametrize("oracle", ORACLES)
@pytest.mark.parametrize("name", REAL)
def test_readers_agree_on_real_dumps(oracle, name, shared_data, tmp_path):
    """Dumps of collectors and routers: same routes, or a documented error of the other reader."""
    assert [] == differences(ORACLES[oracle](), content(shared_data / "mrt" / name), tmp_path)


@pytest.mark.parametrize("oracle", ORACLES)
@pytest.mark.parametrize("seed", range(5))
def test_readers_agree_on_generated_dumps(oracle, seed, tmp_path):
    """Dumps of every attribute that all readers know."""
    assert [] == differences(ORACLES[oracle](), generated(seed), tmp_path)
