"""What the routes are judged against: VRPs, organisations, relationships and delegations."""

import json

from internet import cast
from internet.addresses import Prefix
from internet.dice import Dice
from internet.events import Event, Roa
from internet.prefixes import Holding, Table
from internet.topology import Topology

_TRUST_ANCHOR = {
    "ripencc": "ripe",
    "arin": "arin",
    "apnic": "apnic",
    "lacnic": "lacnic",
    "afrinic": "afrinic",
}


def roas(topology: Topology, table: Table, events: list[Event], seed: int = cast.SEED) -> list[Roa]:
    """Return the validated payloads, sorted: signing networks cover their blocks, a few too tightly."""
    dice = Dice(seed, "roas")
    specifics: dict[Prefix, list[Prefix]] = {}
    blocks = {h.block: h for h in table.holdings}
    lengths = sorted({b.length for b in blocks})
    for prefix in table.announced:
        for length in lengths:
            if length <= prefix.length and prefix.covering(length) in blocks:
                specifics.setdefault(prefix.covering(length), []).append(prefix)
    planted = {p for e in events for p in e.announced}
    found = {roa for e in events for roa in e.roas}
    replaced = {
        roa.prefix for e in events for roa in e.roas if e.label in ("registered transfer", _LOOSE)
    }
    for holding in table.holdings:
        if topology.networks[holding.asn].signs_roas and holding.block not in replaced:
            found |= _of_block(holding, specifics.get(holding.block, []), table, planted, dice)
    # AS0: space that its holder says must not be routed (RFC 6483).
    found |= {Roa(0, block, block.length) for block in table.unallocated[-3:]}
    return sorted(found, key=lambda r: (r.prefix, r.asn, r.max_length))


_LOOSE = "forged origin, sub-prefix"


def _of_block(
    holding: Holding, announced: list[Prefix], table: Table, planted: set[Prefix], dice: Dice
) -> set[Roa]:
    own = [p for p in announced if table.announced[p][0].asn == holding.asn]
    found = set()
    # The holder also signs for the customer that announces a part of its block.
    for prefix in announced:
        other = table.announced[prefix][0].asn
        if other != holding.asn:
            found.add(Roa(other, prefix, prefix.length))
    longest = max((p.length for p in own), default=holding.block.length)
    style = dice.weighted(("one", "each", "tight"), (0.62, 0.36, 0.02))
    if style == "tight" and longest > holding.block.length and not planted & set(own):
        found.add(
            Roa(holding.asn, holding.block, holding.block.length)
        )  # leaves more-specifics invalid
    elif style == "each":
        found |= {Roa(holding.asn, p, p.length) for p in (*own, holding.block)}
    else:
        found.add(Roa(holding.asn, holding.block, longest))
    return found


def vrps_json(payloads: list[Roa], table: Table, topology: Topology) -> bytes:
    """Return the payloads in the JSON that rpki-client writes."""
    lines = []
    registry = {
        h.block: topology.networks[h.asn].registry for h in (*table.holdings, *table.dormant)
    }
    lengths = sorted({(b.family, b.length) for b in registry})
    for roa in payloads:
        covers = (
            roa.prefix.covering(n)
            for f, n in lengths
            if f == roa.prefix.family and n <= roa.prefix.length
        )
        name = next((registry[c] for c in covers if c in registry), "ripencc")
        expires = cast.TIMES[cast.LAST] + 86400 * (1 + roa.asn % 9)
        entry = {"asn": roa.asn, "prefix": str(roa.prefix), "maxLength": roa.max_length}
        lines.append(json.dumps(entry | {"ta": _TRUST_ANCHOR[name], "expires": expires}))
    metadata = {
        "buildmachine": "synthetic",
        "buildtime": "2025-01-21T11:00:00Z",
        "vrps": len(payloads),
    }
    body = ",\n\t\t".join(lines)
    return (
        f'{{\n\t"metadata": {json.dumps(metadata)},\n\n\t"roas": [\n\t\t{body}\n\t]\n}}\n'.encode()
    )


def organisations(topology: Topology) -> bytes:
    """Return who runs which AS, in CAIDA's as-org2info format."""
    lines = [
        "# name: AS Org",
        "# SYNTHETIC, no real registration data",
        "# format:org_id|changed|org_name|country|source",
    ]
    networks = sorted(topology.networks.values())
    by_org = {n.org_id: n for n in reversed(networks)}
    lines += [
        f"{o}|20250101|{n.org_name}|{n.country}|{_source(n.registry)}"
        for o, n in sorted(by_org.items())
    ]
    lines.append("# format:aut|changed|aut_name|org_id|opaque_id|source")
    lines += [f"{n.asn}|20250101|{n.as_name}|{n.org_id}||{_source(n.registry)}" for n in networks]
    return _text(lines)


def _source(registry: str) -> str:
    return "RIPE" if registry == "ripencc" else registry.upper()


def relationships(topology: Topology) -> bytes:
    """Return every link, in CAIDA's serial-1 format: provider|customer|-1 and peer|peer|0."""
    lines = [
        "# source:topology|SYNTHETIC|20250121|all links of the synthetic topology, none inferred",
        "# input clique: " + " ".join(map(str, sorted(topology.tier(1)))),
        "# inferred clique: " + " ".join(map(str, sorted(topology.tier(1)))),
    ]
    links = {(a, b, -1) for a, customers in topology.customers.items() for b in customers}
    links |= {(min(a, b), max(a, b), 0) for a, peers in topology.peers.items() for b in peers}
    return _text(lines + [f"{a}|{b}|{kind}" for a, b, kind in sorted(links)])


def delegations(topology: Topology, table: Table, seed: int = cast.SEED) -> bytes:
    """Return who was given what, in the extended delegated format of the registries, all in one file."""
    dice = Dice(seed, "delegations")
    rows: dict[str, list[tuple[object, ...]]] = {"asn": [], "ipv4": [], "ipv6": []}
    for n in sorted(topology.networks.values()):
        rows["asn"].append(
            (n.registry, n.country, "asn", n.asn, 1, _date(dice), "allocated", n.org_id)
        )
    given = {h.block: h.asn for h in (*table.holdings, *table.dormant)}
    for block, asn in sorted(given.items()):
        n = topology.networks[asn]
        status = (
            "assigned"
            if n.tier == 4 and block.length >= (24 if block.family == 4 else 48)
            else "allocated"
        )
        rows[f"ipv{block.family}"].append(
            (n.registry, n.country, *_range(block), _date(dice), status, n.org_id)
        )
    for i, block in enumerate(sorted(table.unallocated)):
        rows["ipv4"].append(
            ("ripencc", "", *_range(block), "", "available" if i % 4 else "reserved", "")
        )
    for first, count in ((64496, 16), (64512, 1023), (153914, 42694)):
        rows["asn"].append(
            (
                "ripencc",
                "",
                "asn",
                first,
                count,
                "",
                "reserved" if first < 66000 else "available",
                "",
            )
        )
    total = sum(map(len, rows.values()))
    lines = [f"2|nro|20250121|{total}|19830101|20250121|+0000"]
    lines += [f"nro|*|{kind}|*|{len(kept)}|summary" for kind, kept in rows.items()]
    lines += ["|".join(map(str, row)) for kept in rows.values() for row in kept]
    return _text(lines)


def _range(block: Prefix) -> tuple[str, str, int]:
    text = str(block).partition("/")[0]
    return (f"ipv{block.family}", text, block.size if block.family == 4 else block.length)


def _date(dice: Dice) -> str:
    return f"{dice.between(1994, 2023)}{dice.between(1, 12):02}{dice.between(1, 28):02}"


def _text(lines: list[str]) -> bytes:
    return ("\n".join(lines) + "\n").encode()
