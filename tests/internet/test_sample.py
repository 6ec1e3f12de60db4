"""The sample data in the repository is what its generator writes, and what its truth file says."""

import bz2
import gzip
import hashlib
import json
import shutil
import subprocess
import zlib
from collections import Counter
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from internet.compression import read
from internet.sample import write_sample

SAMPLE = Path(__file__).parents[2] / "data" / "sample-mrt"
LAST = "collector.20250121.1200.mrt.bz2"
DUMPS = sorted(p.name for p in SAMPLE.glob("*.mrt.*") if not p.name.startswith("updates."))

needs_bgpdump = pytest.mark.skipif(
    shutil.which("bgpdump") is None,
    reason="bgpdump (the Debian package of that name) is not installed",
)
# gzip output depends on the zlib; zlib-ng and others compress the same content to other bytes.
STOCK_ZLIB = "ng" not in zlib.ZLIB_RUNTIME_VERSION


@pytest.fixture(scope="module")
def truth() -> dict[str, Any]:
    """Return the truth file of the sample."""
    found: dict[str, Any] = json.loads((SAMPLE / "truth.json").read_text())
    return found


@pytest.fixture(scope="module")
def regenerated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a directory with a freshly written sample."""
    directory = tmp_path_factory.mktemp("sample")
    write_sample(directory)
    return directory


@pytest.fixture(scope="module")
def last_routes() -> list[list[str]]:
    """Return the fields of `bgpdump -m` for the last snapshot."""
    return bgpdump(SAMPLE / LAST)


@cache
def bgpdump(path: Path) -> list[list[str]]:
    """Return what bgpdump prints, split into fields."""
    done = subprocess.run(
        ["bgpdump", "-m", str(path)], capture_output=True, text=True, check=True, timeout=100
    )
    return [line.split("|") for line in done.stdout.splitlines()]


def sha256(content: bytes) -> str:
    """Return the digest as the truth file writes it."""
    return hashlib.sha256(content).hexdigest()


def links(routes: list[list[str]]) -> set[tuple[int, int]]:
    """Return the adjacent ASes of all plain paths, smaller first."""
    found = set()
    for path in {fields[6] for fields in routes}:
        hops = [int(hop) for hop in path.split() if hop.isdigit()] if "(" not in path else []
        found |= {(min(p), max(p)) for p in pairwise(hops) if p[0] != p[1]}
    return found


def test_regenerating_gives_the_same_content(regenerated: Path) -> None:
    """The generator is deterministic: every data file decompresses to the same bytes."""
    names = {path.name for path in SAMPLE.iterdir()}
    assert names == {path.name for path in regenerated.iterdir()}
    for name in sorted(names - {"truth.json", "README.md"}):
        expected = sha256(read(SAMPLE / name))
        assert (name, expected) == (name, sha256(read(regenerated / name)))


@pytest.mark.skipif(not STOCK_ZLIB, reason="this zlib compresses to other bytes than the stock one")
def test_regenerating_gives_the_same_files(regenerated: Path) -> None:
    """With the stock zlib the files are the same byte for byte, README and truth included."""
    for path in sorted(SAMPLE.iterdir()):
        expected = sha256(path.read_bytes())
        assert (path.name, expected) == (path.name, sha256((regenerated / path.name).read_bytes()))


def test_sample_is_small() -> None:
    """The whole sample stays below five million bytes."""
    assert sum(path.stat().st_size for path in SAMPLE.iterdir()) < 5_000_000


def test_truth_lists_every_file(truth: dict[str, Any]) -> None:
    """The truth file knows size and digest of each file beside it."""
    actual = {
        path.name: (path.stat().st_size, sha256(path.read_bytes()), sha256(read(path)))
        for path in SAMPLE.iterdir()
        if path.name not in ("truth.json", "README.md")
    }
    expected = {
        name: (entry["bytes"], entry["sha256"], entry["content_sha256"])
        for name, entry in truth["files"].items()
    }
    assert expected == actual


def test_readme_says_synthetic_first() -> None:
    """Nobody may take the sample for real data."""
    first_line = (SAMPLE / "README.md").read_text().splitlines()[0]
    assert first_line.endswith("SYNTHETIC")


@needs_bgpdump
@pytest.mark.parametrize("name", DUMPS)
def test_bgpdump_counts_what_the_truth_says(name: str, truth: dict[str, Any]) -> None:
    """Routes, prefixes and routes per peer agree with an independent reader."""
    entry = truth["files"][name]
    routes = bgpdump(SAMPLE / name)
    prefixes = {fields[5] for fields in routes}
    per_peer = Counter((fields[3], ":" in fields[5]) for fields in routes)
    six = sum(":" in prefix for prefix in prefixes)
    expected = (entry["n_routes"], entry["n_prefixes4"], entry["n_prefixes6"])
    assert expected == (len(routes), len(prefixes) - six, six)
    for peer in entry["peers"]:
        counted = per_peer[peer["peer_ip"], False], per_peer[peer["peer_ip"], True]
        assert (peer["n_prefixes4"], peer["n_prefixes6"]) == counted


@needs_bgpdump
def test_incidents_are_seen_by_the_peers_listed(
    truth: dict[str, Any], last_routes: list[list[str]]
) -> None:
    """Each hijack, squat, bogon and private origin is at the peers that the truth lists, and there only."""
    for event in truth["events"]:
        if not event["incident"] or event["kind"] in ("leak", "forged_origin"):
            continue
        newcomers = {str(asn) for asn in event["newcomers"]}
        seen = {
            int(fields[4])
            for fields in last_routes
            if fields[5] in event["prefixes"] and fields[6].split()[-1] in newcomers
        }
        assert (event["id"], event["vp_ases"]) == (event["id"], sorted(seen))


def test_incidents_are_seen_by_three_vantage_points(truth: dict[str, Any]) -> None:
    """All incidents but the one meant to be local are visible to three VP ASes or more."""
    few = [e["label"] for e in truth["events"] if e["incident"] and len(e["vp_ases"]) < 3]
    expected = ["exact hijack, one vantage point"]
    assert expected == few


@needs_bgpdump
def test_relationships_are_complete(truth: dict[str, Any], last_routes: list[list[str]]) -> None:
    """Every link on a path is in the relationship file, except forged ones and private origins."""
    text = bz2.decompress((SAMPLE / "as-rel.txt.bz2").read_bytes()).decode()
    rows = [line.split("|") for line in text.splitlines() if not line.startswith("#")]
    known = {(min(int(a), int(b)), max(int(a), int(b))) for a, b, _ in rows}
    forged = {tuple(sorted(e["new_link"])) for e in truth["events"] if e["new_link"]}
    private = {
        tuple(sorted((e["incumbents"][0], e["newcomers"][0])))
        for e in truth["events"]
        if e["kind"] == "reserved_asn"
    }
    assert forged | private == links(last_routes) - known
    assert {(asn, 213394) for asn in (3257, 3356, 29075, 43424)} <= known


@needs_bgpdump
def test_earlier_snapshots_have_no_incidents(truth: dict[str, Any]) -> None:
    """The first snapshot shows neither the newcomers' origins nor the forged links."""
    routes = bgpdump(SAMPLE / "collector.20250114.0000.mrt.bz2")
    origins = {(fields[5], fields[6].split()[-1]) for fields in routes}
    for event in truth["events"]:
        if event["incident"] and event["kind"] not in ("leak", "forged_origin"):
            for prefix in event["prefixes"]:
                assert not {(prefix, str(asn)) for asn in event["newcomers"]} & origins
    forged = {tuple(sorted(e["new_link"])) for e in truth["events"] if e["new_link"]}
    assert set() == forged & links(routes)


def test_second_route_object_appears_between_the_two_files() -> None:
    """The first IRR file has the old origin alone, the second has both."""
    block = "route:          91.208.207.0/24\norigin:         AS"
    found = []
    for day in ("20250114", "20250121"):
        text = gzip.decompress((SAMPLE / f"irr.{day}.db.gz").read_bytes()).decode()
        found.append(sorted(part.split("\n", 1)[0] for part in text.split(block)[1:]))
    expected = [["43424"], ["213394", "43424"]]
    assert expected == found


def test_own_view_failures_partition_all_prefixes(truth: dict[str, Any]) -> None:
    """Every failed set accounts for each prefix of its family exactly once."""
    entry = truth["files"]["own.20250121.1200.mrt.gz"]
    outcomes = ("unaffected", "rerouted_exact", "rerouted_cover", "default_only", "lost")
    assert len(truth["own_view"]["failures"]) == 2 * (4 + 6)
    for row in truth["own_view"]["failures"]:
        expected = entry[f"n_prefixes{row['family']}"]
        assert expected == sum(row[outcome] for outcome in outcomes)
