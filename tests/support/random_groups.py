"""A dump of random prefixes whose paths share ASes in many ways, the same on every run."""

import random

from internet import mrt_writer as mrt

__all__ = ["random_groups"]

_TRANSITS = range(1, 14)
_ORIGINS = range(21, 27)
_VPS = (*_TRANSITS, *_ORIGINS[:2])
_SESSIONS = 2  # of each VP AS
_ODD = (
    mrt.as_set(31, 32),
    mrt.sequence(31, 32),  # the same ASes, and clean
    mrt.confed_sequence(65001),
    mrt.sequence(64512),
    mrt.as_set(33),  # of one: clean
)


def random_groups(n_prefixes, seed):
    """Give a dump with so many prefixes of one to three origins.

    Among the routes are those of VPs next to the origin and inside it, of route servers (their AS is
    not on the path, at its head at least), of several sessions and ADD-PATH ids of a VP AS; paths
    with prepends, and some with a loop, an AS_SET, a confederation or a reserved ASN. Paths may lead
    through an origin of the prefix to another.
    """
    dice = random.Random(seed)
    peers = [mrt.Peer(vp, f"10.{i}.0.{vp}") for vp in _VPS for i in range(_SESSIONS)]
    records = [mrt.peer_index_table(peers)]
    for number in range(n_prefixes):
        origins = dice.sample(_ORIGINS, dice.choice((1, 1, 2, 3)))
        transits = dice.sample(_TRANSITS, dice.randint(3, 8))
        sent = dice.choices(range(len(peers)), k=dice.randint(1, 10))
        entries = [
            mrt.rib_entry(
                peer,
                mrt.origin() + mrt.as_path(*_path(dice, peers[peer].asn, transits, origins)),
                path_id=i,
            )
            for i, peer in enumerate(sorted(sent))
        ]
        prefix = f"20.{number >> 8}.{number & 255}.0/24"
        records.append(mrt.rib(prefix, entries, add_path=True))
    return b"".join(records)


def _path(dice, vp, transits, origins):
    between = [*transits, *origins]
    # Drawn with replacement they make loops; the VP AS may come up again behind a route server.
    draw = dice.choices if dice.random() < 0.1 else dice.sample
    hops = [vp] * (dice.random() < 0.85) + draw(between, k=dice.randint(0, 4))
    origin = dice.choice(origins)
    if draw == dice.sample:
        hops = [asn for asn in dict.fromkeys(hops) if asn != origin]
    hops.append(origin)
    hops = [asn for asn in hops for _ in range(dice.choice((1, 1, 1, 1, 2, 3)))]
    if dice.random() >= 0.06:
        return [mrt.sequence(*hops)]
    at, cut = dice.randint(1, len(hops)), dice.random() < 0.3
    behind = [] if cut else hops[at:]
    parts = [mrt.sequence(*hops[:at]), dice.choice(_ODD), mrt.sequence(*behind)]
    return [part for part in parts if part.asns]
