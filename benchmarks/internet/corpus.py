"""Seeds for the fuzzers: small dumps, attribute blocks and prefixes of every form.

cd benchmarks && python -m internet.corpus ../rust/fuzz/corpus
"""

import sys
from collections.abc import Iterator
from pathlib import Path

from internet import mrt_writer as mrt

__all__ = ["attribute_blocks", "dumps", "prefixes", "write"]

_PEERS = [mrt.Peer(64500, "192.0.2.1", "10.0.0.1"), mrt.Peer(64501, "2001:db8::1", "10.0.0.2", 2)]
_TABLE = mrt.peer_index_table(_PEERS, view="fuzz")


def attribute_blocks() -> Iterator[bytes]:
    """Give attribute blocks: one for each form that the reader knows."""
    sequence, as_set = mrt.sequence(64500, 64510, 4200000000), mrt.as_set(64511, 64512)
    confed = (mrt.confed_sequence(65001), mrt.confed_set(65002))
    hop = mrt.address("2001:db8::1")
    for path in ((sequence,), (sequence, as_set), (*confed, sequence), ()):
        yield mrt.origin() + mrt.as_path(*path) + mrt.next_hop("192.0.2.1")
    yield mrt.as_path(mrt.sequence(64500, 23456), asn_bytes=2) + mrt.as4_path(sequence)
    yield (
        mrt.as_path(mrt.sequence(23456, 64510), asn_bytes=2)
        + mrt.aggregator(23456, "10.0.0.1", asn_bytes=2)
        + mrt.as4_aggregator(4200000000, "10.0.0.1")
    )
    yield mrt.mp_reach_abbreviated("2001:db8::1", "fe80::1") + mrt.as_path(sequence)
    yield mrt.mp_reach(mrt.IPV6, mrt.UNICAST, ["2001:db8::1"], mrt.nlri("2001:db8::/32"))
    yield mrt.attribute(14, b"\0\2\1\x10" + hop) + mrt.attribute(14, b"\x18" + bytes(8) + hop)
    yield mrt.med(0) + mrt.local_pref(100) + mrt.atomic_aggregate() + mrt.origin(2) + mrt.med(1)
    yield mrt.communities([(64500, 1), (65535, 65281)]) + mrt.large_communities([(1, 2, 3)])
    yield mrt.extended_communities([mrt.route_target(64500, 1)]) + mrt.ipv6_extended_communities(
        [bytes(range(20))]
    )
    yield mrt.originator_id("10.0.0.3") + mrt.cluster_list(["10.0.0.1"]) + mrt.aigp(7)
    yield mrt.only_to_customer(64500) + mrt.attribute(99, b"unknown" * 50)
    yield mrt.aggregator(64500, "10.0.0.1") + mrt.attribute(40, b"\1\0\3abc", flags=0xD0)


def prefixes() -> Iterator[bytes]:
    """Give NLRI of both families, as a record has them, and their text."""
    for text in ("0.0.0.0/0", "10.0.0.0/8", "192.0.2.128/25", "255.255.255.255/32", "::/0"):
        yield text.encode()
        yield bytes(4) + mrt.nlri(text) + bytes(2)
    for text in ("2001:db8::/32", "2001:db8::1/128", "::ffff:192.0.2.0/120"):
        yield text.encode()
        yield bytes(4) + mrt.nlri(text, path_id=7) + bytes(2)
        yield mrt.rib(text, [], names_family=True)[12:]


def dumps() -> Iterator[bytes]:
    """Give dumps of a few records: every type and subtype that holds routes, and some that do not."""
    blocks = list(attribute_blocks())
    plain = [mrt.rib_entry(i % 2, block, originated=i) for i, block in enumerate(blocks)]
    add_path = [mrt.rib_entry(0, blocks[0], path_id=i) for i in (0, 7)]
    for prefix, afi in (("10.0.0.0/9", mrt.IPV4), ("2001:db8::/33", mrt.IPV6)):
        for safi in (mrt.UNICAST, mrt.MULTICAST):
            yield _TABLE + mrt.rib(prefix, plain, safi=safi, timestamp=1700000000)
            yield _TABLE + mrt.rib(prefix, add_path, safi=safi, add_path=True)
            yield _TABLE + mrt.rib(prefix, plain[:1], safi=safi, names_family=True)
            yield _TABLE + mrt.rib_generic(afi, safi, mrt.nlri(prefix), plain[:2])
            in_nlri = mrt.nlri(prefix, path_id=9)
            yield _TABLE + mrt.rib_generic(afi, safi, in_nlri, plain[:2], add_path=True)
            yield _TABLE + mrt.rib_generic(afi, safi, mrt.nlri(prefix), add_path, add_path=True)
    yield _TABLE + mrt.geo_peer_table([mrt.GeoPeer(p.bgp_id, 1.5, -0.5) for p in _PEERS])
    yield _TABLE + mrt.rib_generic(25, 70, b"\0\1", plain[:1])
    two_octets = mrt.as_path(mrt.sequence(64500, 64510), asn_bytes=2)
    yield mrt.table_dump("10.0.0.0/8", "192.0.2.1", 64500, two_octets) + mrt.table_dump(
        "2001:db8::/32", "2001:db8::1", 64501, two_octets, view=1, status=2
    )
    session = mrt.Session(64500, 64510, "192.0.2.1", "192.0.2.2")
    update = mrt.bgp_update(
        attributes=blocks[0], announced=mrt.nlri("10.0.0.0/8"), withdrawn=mrt.nlri("11.0.0.0/8")
    )
    for local in (False, True):
        yield mrt.message(session, update, local=local)
        yield mrt.message(session, update, local=local, microseconds=5, add_path=True)
    yield mrt.state_change(session, 6, 1) + mrt.state_change(session._replace(asn_bytes=2), 1, 6)
    yield mrt.record(11, 0, b"ospf") + mrt.record(48, 0, b"") + mrt.record(5, 1, b"old")


def write(folder: Path) -> None:
    """Write every seed to a file of its own."""
    kinds = {"attributes": attribute_blocks(), "prefixes": prefixes(), "records": dumps()}
    for name, seeds in kinds.items():
        (folder / name).mkdir(parents=True, exist_ok=True)
        for number, seed in enumerate(seeds):
            (folder / name / f"seed-{number:02}").write_bytes(seed)


if __name__ == "__main__":
    write(Path(sys.argv[1]))
