"""The README that goes with the sample, written from its truth file."""

from typing import Any

_ABOUT = {
    "collector.20250114.0000.mrt.bz2": "before: AS43424 originates 91.208.207.0/24",
    "collector.20250115.1200.mrt.bz2": "a second route object exists; routing is unchanged",
    "collector.20250117.0000.mrt.bz2": "AS213394 originates, through AS43424 only; 2a0f:d0c0::/29 appears",
    "collector.20250121.1200.mrt.bz2": "AS213394 through four upstreams; all incidents are in this one",
    "updates.20250117.0000.mrt.gz": "what leads from the third dump to the last, with a session lost on the way",
    "own.20250121.1200.mrt.gz": "AS213394's own view: full tables of its four transits",
    "vrps.json.gz": "validated ROA payloads of 2025-01-21, in the shape of rpki-client's JSON",
    "irr.20250114.db.gz": "routing registry (RPSL) before the second route object",
    "irr.20250121.db.gz": "the same with it",
    "as-org2info.txt.gz": "which organisation runs which AS (CAIDA as-org2info format)",
    "as-rel.txt.bz2": "every link of the topology (CAIDA serial-1 format)",
    "delegated-extended.txt.gz": "address and AS delegations (RIR extended format, all registries in one file)",
}

_TEXT = """\
# Sample routing data: SYNTHETIC

**Nothing here was captured from the Internet.** A program invented the networks, paths, registries and incidents.
AS numbers and prefixes look ordinary on purpose and may belong to somebody; whatever this data says about
them, above all who hijacks or leaks what, is fiction.

## The story

AS213394 (CleverCloud) moves the origin of 91.208.207.0/24 away from its historical provider AS43424. First a
second route object (origin AS213394, created 2025-01-15) joins the old one (origin AS43424, created
2020-02-13). Then AS213394 originates, through AS43424 only, and announces 2a0f:d0c0::/29 too. On 21 January it is
reached through AS29075, AS3257, AS3356 and AS43424, with two prepends towards the last. There is no ROA for either
prefix yet. Four snapshots of one collector show it; its peers include a network with two sessions and two
that send only a partial table.

Around it: {networks:,} ASes in four tiers, best paths by customer, peer, provider, then length. The last snapshot
also holds {incidents} incidents (hijacks, forged origins, leaks, squats, bogons, private origins); none of them is in
the earlier three. {benign} benign look-alikes (siblings, anycast, provider and customer, transfers, the migration
itself) must not be reported as incidents.

## Files

| file | bytes | routes | prefixes v4 / v6 | what |
|---|---:|---:|---:|---|
{rows}
| truth.json | | | | what is in each file and everything that was planted, with who sees it |

Peers marked partial send what they heard from customers and a handful of others. `own.*.mrt.gz` leaves out AS213394's
own prefixes, and a few prefixes are missing at some of its transits, so that a failing transit shows. Routes carry
communities of three kinds, MED, LOCAL_PREF, AGGREGATOR, OTC, AS_SETs, confederation segments and one unknown
attribute where `truth.json` (`oddities`) says so, and some origins prepend. The registries are as of 2025-01-21.

## Made by

    cd benchmarks && python -m internet.sample ../data/sample-mrt

The bytes are the same on every run; a test regenerates them and compares. `content_sha256` in `truth.json` is that of
the decompressed file, for systems whose zlib compresses differently.

## Unlike the real Internet

Paths are somewhat shorter, ties are broken by a fixed order, IPv6 follows the same links as IPv4, and the registries are
cleaner than real ones.

## Licence

As the project: Apache-2.0 OR MIT.
"""


def readme(document: dict[str, Any]) -> str:
    """Return the README text."""
    rows = []
    for name, what in _ABOUT.items():
        entry = document["files"][name]
        routes = f"{entry['n_routes']:,}" if "n_routes" in entry else ""
        prefixes = f"{entry['n_prefixes4']:,} / {entry['n_prefixes6']:,}" if routes else ""
        rows.append(f"| {name} | {entry['bytes']:,} | {routes} | {prefixes} | {what} |")
    incidents = sum(event["incident"] for event in document["events"])
    return _TEXT.format(
        rows="\n".join(rows),
        networks=document["registries"]["networks"],
        incidents=incidents,
        benign=len(document["events"]) - incidents,
    )
