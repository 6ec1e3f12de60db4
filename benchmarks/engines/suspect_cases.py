"""`rib.hijack_suspects` with all evidence: on composed data with known incidents, and on a large table.

Registries of the large table are made from it, so that they know nearly all of it: route objects for
three prefixes in four, links of all paths, a name for every three ASes, a delegation for each IPv4
prefix that nothing covers.
"""

import gzip
import json
import os
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from datasets import dump, vrps
from definitions import Sizes

from engines import Absent, Job

__all__ = ["JOBS"]

#: One route in so many has another path than the day before; of each such many, another was not there.
_MOVED, _CAME = 10_007, 1_009


def _composed(_: Sizes) -> Job:
    import suspects_evaluation as evaluation

    import rib

    folder = Path(os.environ.get("RIB_SHARED_DATA", ".")) / "composed"
    if not (folder / "truth.json.gz").exists():
        raise Absent("no composed data in RIB_SHARED_DATA/composed")
    truth = json.loads(gzip.decompress((folder / "truth.json.gz").read_bytes()))
    now, given = evaluation.read_composed(folder)

    def check(events: Any) -> None:
        outcome = evaluation.compare(truth, now, given, events)
        assert outcome.good, outcome

    return Job(lambda: rib.hijack_suspects(now, **given), check, now.n_routes)


def _large(sizes: Sizes) -> Job:
    import rib

    table = rib.read_mrt(dump("hijack_suspects_40_peers", sizes.scale).path)
    before, came = _day_before(table)
    with tempfile.TemporaryDirectory() as scratch:
        given = _registries(table, Path(scratch), sizes.scale)

    def check(events: Any) -> None:
        found = {
            (prefix, asn)
            for prefixes, asns in zip(events["prefixes"], events["newcomers"], strict=True)
            for prefix in prefixes
            for asn in asns
        }
        assert came <= found, f"{len(came - found)} of {len(came)} new origins not found"

    return Job(lambda: rib.hijack_suspects(table, baseline=before, **given), check, table.n_routes)


def _day_before(table: Any) -> tuple[Any, set[tuple[str, int]]]:
    """Give a table with other paths here and there, and the (prefix, origin AS) it lacks."""
    import rib

    path, prefix = (
        table.routes.column(name).combine_chunks().to_numpy()
        for name in ("as_path_id", "prefix_id")
    )
    # Every prefix of one origin moves whole: all its routes get the path of some other prefix.
    moved = np.flatnonzero(prefix % _MOVED == 5)
    then = path.copy()
    then[moved] = np.roll(path, len(path) // 2)[moved]
    keep = np.arange(len(path)) % _CAME != 1
    keep[moved] = True
    at = table.routes.schema.get_field_index("as_path_id")
    routes = table.routes.set_column(at, table.routes.schema.field(at), pa.array(then))
    names = ("prefixes", "attributes", "peers", "as_paths")
    tables = {name: getattr(table, name) for name in names}
    tables["routes"] = routes.filter(pa.array(keep))
    origin = table.as_paths.column("origin_as").to_numpy()
    text = table.prefixes.column("text").combine_chunks()
    pairs = [
        set(zip(prefix[moved].tolist(), origin[of[moved]].tolist(), strict=True))
        for of in (path, then)
    ]
    return rib.Rib(tables, table.receipt), {
        (text[p].as_py(), asn) for p, asn in pairs[0] - pairs[1]
    }


def _registries(table: Any, folder: Path, scale: float) -> dict[str, Any]:
    import rib

    hops = table.path_features.column("hops").combine_chunks()
    offsets, value = hops.offsets.to_numpy(), hops.values.to_numpy()
    inside = np.ones(len(value), bool)
    inside[offsets[1:] - 1] = False
    at = np.flatnonzero(inside)
    links = np.unique(value[at].astype(np.uint64) << np.uint64(32) | value[at + 1])
    texts = {
        "relationships": "\n".join(
            f"{link >> 32}|{link & 0xFFFFFFFF}|-1" for link in links.tolist()
        ),
        "organisations": "asn,name\n"
        + "\n".join(f"{asn},Holder {asn // 3}" for asn in np.unique(value).tolist()),
        **_space(table),
    }
    readers = {
        "relationships": rib.read_relationships,
        "organisations": rib.read_organisations,
        "irr": rib.read_irr,
        "delegations": rib.read_delegations,
    }
    given = {}
    for name, read in readers.items():
        path = folder / f"{name}.20250101.txt"
        path.write_text(texts[name] + "\n")
        given[name] = read(path)
    return given | {"vrps": rib.read_vrps(vrps(scale)[0])}


def _space(table: Any) -> dict[str, str]:
    """Give route objects and delegations of the prefixes; the holder is the first route's origin."""
    prefix = table.routes.column("prefix_id").combine_chunks().to_numpy()
    path = table.routes.column("as_path_id").combine_chunks().to_numpy()
    known, first = np.unique(prefix, return_index=True)
    origin = table.as_paths.column("origin_as").to_numpy()[path[first]].tolist()
    text = table.prefixes.column("text").take(known).to_pylist()
    alone = (table.index.parents()[known] < 0).tolist()
    objects, blocks = [], ["2|nro|20250101|1|19830101|20250101|+0000"]
    for number, (asn, cidr, top) in enumerate(zip(origin, text, alone, strict=True)):
        kind = "route6" if ":" in cidr else "route"
        if number % 4:
            objects.append(
                f"{kind}: {cidr}\norigin: AS{asn}\ncreated: 2020-01-01T00:00:00Z\nsource: RIPE\n"
            )
        network, _, length = cidr.partition("/")
        if top and kind == "route" and length != "0":
            size = 1 << 32 - int(length)
            blocks.append(f"ripencc|FR|ipv4|{network}|{size}|20200101|allocated|h{asn}")
    return {"irr": "\n".join(objects), "delegations": "\n".join(blocks)}


JOBS = {"hijack_suspects": _composed, "hijack_suspects_40_peers": _large}
