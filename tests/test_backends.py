"""The native module and the fallback give the same tables, receipts and answers."""

import importlib

import pyarrow as pa
import pytest

import rib.fallback
from rib._backend import BACKEND
from rib.exceptions import RibError

DUMPS = [
    "collector.20250114.0000.mrt.bz2",
    "collector.20250115.1200.mrt.bz2",
    "collector.20250117.0000.mrt.bz2",
    "collector.20250121.1200.mrt.bz2",
    "own.20250121.1200.mrt.gz",
]
REAL = [
    "bgpdump/bview.64k_stream_overflow.gz",
    "bgpdump/bview.ipv4_unicast_add_path.gz",
    "bgpdump/bview.ipv6_unicast_add_path.gz",
    "bgpdump/updates.20100722.2015.gz",
    "daemons/bird-mrtdump_rib",
    "daemons/bird6-mrtdump_rib",
    "daemons/openbgpd_rib_table",
    "daemons/openbgpd_rib_table-mp",
    "daemons/openbgpd_rib_table-v2",
    "daemons/quagga_rib",
    "routeviews/bview.20140112.1600.three-records.bz2",
    "routeviews/rib.20140523.0600.truncated-1MiB.bz2",
]


@pytest.fixture(scope="module")
def native():
    """Give the native module; only a run that chose the fallback may lack it."""
    if BACKEND == "fallback":
        pytest.skip("this run is on the fallback alone; the native run compares the two")
    return importlib.import_module("rib._core")


def outcome(core, path):
    """Give what a back end makes of a file: tables and receipt, or the error."""
    try:
        return core.read_mrt([(path.name, None, str(path))], "collect", None)
    except RibError as error:
        return type(error), error.offset, error.record


def compare(native, path):
    """Assert that both back ends agree on everything about a file."""
    mine, other = outcome(native, path), outcome(rib.fallback, path)
    if isinstance(mine[0], type):
        assert mine == other
        return
    (tables, receipt), (expected, expected_receipt) = mine, other
    for name, table in tables.items():
        assert expected[name].schema == table.schema, name
        assert expected[name].combine_chunks().equals(table), name
    for issue in (*receipt["issues"], *expected_receipt["issues"]):
        del issue["detail"]  # the wording is each one's own
    for given in (receipt, expected_receipt):
        given["files"] = [
            {**f, "skipped": [tuple(s) for s in f["skipped"]]} for f in given["files"]
        ]
    assert expected_receipt == receipt
    features = [
        core.path_features(
            tables["as_paths"].column("hops").combine_chunks(),
            tables["as_paths"].column("segments").combine_chunks(),
        )
        for core in (rib.fallback, native)
    ]
    assert features[0].equals(features[1])
    n = tables["routes"].num_rows
    given = {name: pa.table(t) for name, t in tables.items()}
    for start in range(0, n, max(1, n // 3)):
        stop = min(n, start + 500)
        expected_lines = rib.fallback.bgpdump_lines(given, start, stop)
        assert expected_lines == native.bgpdump_lines(given, start, stop)


@pytest.mark.parametrize("name", DUMPS)
def test_backends_agree_on_the_sample(native, sample, name):
    """Every sample dump gives identical tables, receipts, path features and lines."""
    compare(native, sample / name)


@pytest.mark.parametrize("name", REAL)
def test_backends_agree_on_real_dumps(native, shared_data, name):
    """Dumps of real collectors and routers, whole and cut, give the same on both."""
    compare(native, shared_data / "mrt" / name)
