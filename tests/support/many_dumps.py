"""A dozen dumps of several collectors whose prefixes nest across the shares of a job."""

import bz2
import random

import pyarrow as pa
from internet import mrt_writer as mrt

import rib

__all__ = ["plain_tables", "write_dumps"]

#: Wide prefixes first: those that hold others of many shares. A default route in either family.
_WIDE = ["0.0.0.0/0", "16.0.0.0/4", "20.0.0.0/7", "20.0.0.0/8", "20.64.0.0/10", "20.0.0.0/15"]
_ORIGINS = list(range(3001, 3025))
_TRANSITS = list(range(101, 119))


def _universe(dice):
    prefixes = list(_WIDE)
    for high in range(14):
        network = f"20.{16 * high}"
        prefixes += [f"{network}.0.0/16", f"{network}.0.0/20", f"{network}.0.0/24"]
        prefixes += [f"{network}.{third}.0/24" for third in dice.sample(range(1, 255), 4)]
    prefixes += ["::/0", *(f"2a0{n}::/29" for n in range(1, 5))]
    prefixes += [f"2a0{n}:{m:x}::/32" for n in range(1, 5) for m in range(5)]
    return prefixes


def write_dumps(folder, n=12, seed=8):
    """Write so many dumps, and give their paths: of fewer collectors, since some come twice.

    They have VP ASes at several collectors and with several sessions, partial feeds, a router's own
    routes, ADD-PATH ids, AS_SETs of one and of several, prepends, prefixes of several origins, and a
    dump without routes.
    """
    dice = random.Random(seed)
    universe = _universe(dice)
    origins = {p: dice.sample(_ORIGINS, dice.choice((1, 1, 1, 2))) for p in universe}
    paths = []
    for number in range(n):
        collector = f"rrc{number % 8:02}"
        # A collector that comes again has the peers it had.
        of_collector = random.Random(f"{seed} {collector}")
        asns = [*of_collector.sample(_TRANSITS, 3), 0, *of_collector.sample(_TRANSITS, 1)]
        peers = [
            mrt.Peer(0, "0.0.0.0", "0.0.0.0")
            if asn == 0
            else mrt.Peer(asn, f"10.{number % 8}.0.{i + 1}", f"10.0.{number % 8}.{i + 1}")
            for i, asn in enumerate(asns)
        ]
        records = [mrt.peer_index_table(peers, view=collector, timestamp=5)]
        for prefix in universe if number != 5 else ():
            add_path = number % 3 == 0
            entries = [
                mrt.rib_entry(
                    peer,
                    mrt.origin() + mrt.as_path(*_path(dice, asn, origins[prefix])),
                    **({"path_id": i} if add_path else {}),
                )
                for peer, asn in enumerate(asns)
                for i in range(1 + (add_path and dice.random() < 0.2))
                if dice.random() < (0.97, 0.97, 0.4, 0.1, 0.9)[peer]
            ]
            if entries:
                records.append(mrt.rib(prefix, entries, timestamp=5, add_path=add_path))
        path = folder / f"{number:02}.mrt.bz2"
        path.write_bytes(bz2.compress(b"".join(records)))
        paths.append(path)
    return paths


def _path(dice, vp, origins):
    hops = [vp] * (vp != 0) + [a for a in dice.sample(_TRANSITS, dice.randint(0, 3)) if a != vp]
    origin = dice.choice(origins)
    hops += [origin] * dice.choice((1, 1, 1, 2, 3))
    tail = []
    if dice.random() < 0.08:
        tail = [mrt.as_set(*dice.sample(_ORIGINS, dice.choice((1, 2))))]
    return [mrt.sequence(*hops), *tail]


def plain_tables(paths):
    """Give what a job gives, by the analyses of one table."""
    table = rib.concat([rib.read_mrt(path) for path in paths])
    hegemony = rib.as_hegemony(table, scope="all")
    frames = {
        "prefix_diversity": rib.path_diversity(table, by="prefix"),
        "origin_diversity": rib.path_diversity(table, by="origin_as"),
        "upstreams": rib.upstream_preference(table),
        "hegemony": hegemony[hegemony["scope"].notna()],
    }
    return {"peers": table.peers} | {
        name: pa.Table.from_pandas(frame, preserve_index=False).replace_schema_metadata(None)
        for name, frame in frames.items()
    }
