"""Writes the sample data: `python -m internet.sample OUT_DIR`, with `benchmarks/` on the path.

The same bytes come out on every run: see `internet.dice` and `internet.compression`.
"""

import argparse
import hashlib
import json
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from internet import cast, registries, truth
from internet.addresses import Prefix, parse
from internet.attributes import build_habits
from internet.compression import compress
from internet.dumps import Ages, Collector, own_dump
from internet.events import Event
from internet.irr import irr_database, route_objects
from internet.planting import plant
from internet.prefixes import build_table
from internet.readme import readme
from internet.routing import Announcement, propagate
from internet.snapshots import build_snapshots
from internet.topology import build_topology
from internet.updates import updates_between

OWN_DUMP = f"own.{cast.LAST}.mrt.gz"
#: What happened between the last two dumps of the collector.
UPDATES = f"updates.{cast.SNAPSHOTS[-2]}.mrt.gz"


def generate(seed: int = cast.SEED) -> dict[str, bytes]:
    """Return every file of the sample: name and content as stored."""
    topology = build_topology(seed)
    table = build_table(topology, seed)
    sources = [asn for asn in topology.networks if topology.customers[asn]]
    normal = propagate(topology, list(table.announced.values()), sources)
    events = plant(topology, table, normal, seed)
    snapshots = build_snapshots(topology, table, events, seed)
    routes = propagate(
        topology, [a for s in snapshots for a in s.announced.values()], cast.OBSERVERS
    )
    habits = build_habits(topology, table, {p for e in events for p in e.announced}, seed)
    ages = Ages(snapshots, seed)
    collector = Collector(routes, habits, table, ages)
    dumps = {s.name: collector.dump(s) for s in snapshots}
    own = own_dump(snapshots[-1], routes, habits, ages, seed)
    payloads = registries.roas(topology, table, events, seed)
    objects = route_objects(topology, table, events, seed)

    contents = {f"collector.{name}.mrt.bz2": dump.content for name, dump in dumps.items()}
    contents[OWN_DUMP] = own.content
    before, last = cast.SNAPSHOTS[-2:]
    contents[UPDATES] = updates_between(
        dumps[before].content, dumps[last].content, cast.TIMES[before], cast.TIMES[last]
    )
    contents["vrps.json.gz"] = registries.vrps_json(payloads, table, topology)
    for name in (cast.SNAPSHOTS[0], cast.LAST):
        contents[f"irr.{name[:8]}.db.gz"] = irr_database(topology, table, objects, name)
    contents["as-org2info.txt.gz"] = registries.organisations(topology)
    contents["as-rel.txt.bz2"] = registries.relationships(topology)
    contents["delegated-extended.txt.gz"] = registries.delegations(topology, table, seed)
    with ThreadPoolExecutor() as pool:  # the compressors release the GIL
        files = dict(
            zip(contents, pool.map(compress, *zip(*contents.items(), strict=True)), strict=True)
        )

    counts = {
        f"collector.{name}.mrt.bz2": truth.dump_truth(dump, cast.VANTAGE_POINTS, cast.TIMES[name])
        for name, dump in dumps.items()
    }
    counts[OWN_DUMP] = truth.dump_truth(own, cast.OWN_SESSIONS, cast.TIMES[cast.LAST])
    listed = [
        {
            "name": n,
            "bytes": len(files[n]),
            "sha256": _sha256(files[n]),
            "content_sha256": _sha256(contents[n]),
        }
        | counts.get(n, {})
        for n in sorted(files)
    ]
    origins = {name: truth.origins(dump) for name, dump in dumps.items()}
    routes_of_last = truth.by_prefix(dumps[cast.LAST])
    told = [*events, _migration_event()]
    document = {
        "synthetic": True,
        "seed": seed,
        "snapshots": {s.name: s.time for s in snapshots},
        "files": {str(entry["name"]): entry for entry in listed},
        "events": [truth.event_truth(i + 1, event, routes_of_last) for i, event in enumerate(told)],
        "moas": {name: truth.moas_truth(found) for name, found in origins.items()},
        "upstreams": {name: truth.upstream_truth(dump) for name, dump in dumps.items()},
        "own_view": truth.failure_truth(own),
        "rov": {name: truth.rov_truth(found, payloads) for name, found in origins.items()},
        "oddities": truth.oddity_truth(habits, snapshots[-1], dumps),
        "registries": {
            "networks": len(topology.networks),
            "vrps": len(payloads),
            "route_objects": len(objects),
        },
    }
    files["truth.json"] = (json.dumps(document, indent=1) + "\n").encode()
    files["README.md"] = readme(document).encode()
    return files


def _migration_event() -> Event:
    prefixes: dict[Prefix, Announcement] = {
        parse(p): () for p in (cast.OWN_PREFIX4, cast.OWN_PREFIX6)
    }
    note = "the story: first a second route object, then a new origin through the old one, then four upstreams"
    return Event(
        "moas",
        "migration",
        prefixes,
        (cast.OLD_ORIGIN,),
        (cast.OWN,),
        note,
        False,
        cast.SNAPSHOTS[2:],
    )


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def write_sample(directory: Path, seed: int = cast.SEED) -> dict[str, int]:
    """Write the sample into a directory, made if need be, and return the size of each file."""
    directory.mkdir(parents=True, exist_ok=True)
    files = generate(seed)
    for name, content in files.items():
        (directory / name).write_bytes(content)
    return {name: len(content) for name, content in files.items()}


def main() -> None:
    """Run from the command line."""
    parser = argparse.ArgumentParser(
        prog="python -m internet.sample", description="Write the synthetic sample data."
    )
    parser.add_argument("directory", type=Path, metavar="OUT_DIR")
    parser.add_argument(
        "--seed", type=int, default=cast.SEED, help="another Internet (default: %(default)s)"
    )
    arguments = parser.parse_args()
    started = time.perf_counter()
    sizes = write_sample(arguments.directory, arguments.seed)
    for name, size in sizes.items():
        print(f"{size:>9,}  {name}")
    print(f"{sum(sizes.values()):>9,}  in {time.perf_counter() - started:.1f} s")


if __name__ == "__main__":
    main()
