"""`rib.write_report` on the sample."""

import json
from pathlib import Path

import pandas as pd
import pyarrow.parquet as pq
import pytest

import rib
from rib.schema import PREPROCESSING

_FOLDER = Path(__file__).resolve().parents[2] / "data" / "sample-mrt"

_FILES = [
    "diversity_origin.parquet",
    "diversity_prefix.parquet",
    "moas.parquet",
    "origins.parquet",
    "receipt.json",
    "report.html",
    "report.md",
    "suspects.parquet",
    "upstreams.parquet",
]
_WITH_BASELINE = sorted([*_FILES, "diversity_change.parquet"])


@pytest.fixture(scope="module")
def sample() -> rib.Rib:
    """Last snapshot of the sample."""
    return rib.read_mrt(_FOLDER / "collector.20250121.1200.mrt.bz2")


@pytest.fixture(scope="module")
def written(sample: rib.Rib, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Directory with the report on the sample."""
    out = tmp_path_factory.mktemp("report")
    baseline = rib.read_mrt(_FOLDER / "collector.20250117.0000.mrt.bz2")
    rib.write_report(sample, out, baseline=baseline, own=213394)
    return out


def test_write_report_writes_its_files_and_nothing_else(written: Path):
    """The directory holds the page, its twin, the tables and the receipt; no temporary file."""
    assert _WITH_BASELINE == sorted(p.name for p in written.iterdir())


def test_write_report_tables_equal_the_analyses(written: Path, sample: rib.Rib):
    """A table on disk is what the function gives."""
    expected = rib.upstream_preference(sample)
    actual = pq.read_table(written / "upstreams.parquet").to_pandas(types_mapper=pd.ArrowDtype)
    pd.testing.assert_frame_equal(expected, actual)


def test_write_report_receipt_is_the_load_receipt(written: Path, sample: rib.Rib):
    """receipt.json holds what the load says, and the peers."""
    found = json.loads((written / "receipt.json").read_text("utf-8"))
    assert PREPROCESSING == found["preprocessing"]
    assert sample.receipt.to_dict()["files"] == found["files"]
    assert (True, "collector") == (found["ok"], found["view"])
    assert len(found["peers"]) == len({(p["peer_ip"], p["collector"]) for p in found["peers"]})


def test_write_report_is_deterministic(written: Path, sample: rib.Rib, tmp_path: Path):
    """A second run writes the same bytes."""
    baseline = rib.read_mrt(_FOLDER / "collector.20250117.0000.mrt.bz2")
    rib.write_report(sample, tmp_path, baseline=baseline, own=[213394])
    for name in _WITH_BASELINE:
        assert (written / name).read_bytes() == (tmp_path / name).read_bytes(), name


def test_write_report_page_stays_small(written: Path):
    """The page is far below 3 MB, and its text twin can be mailed."""
    assert (written / "report.html").stat().st_size < 1_000_000
    assert (written / "report.md").stat().st_size < 20_000


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        ({"own": "213394"}, "own="),
        ({"own": 0}, "own=0"),
        ({"own": [True]}, "own=True"),
        ({"view": "mine"}, "view='mine'"),
    ],
)
def test_write_report_names_a_bad_argument(
    sample: rib.Rib, tmp_path: Path, arguments: dict[str, object], named: str
):
    """A bad argument raises at once, naming itself, and writes nothing."""
    with pytest.raises(ValueError, match=named):
        rib.write_report(sample, tmp_path / "out", **arguments)
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    "part", [{"origin_as": [4200000000]}, {"family": 6}, {"peers": [29075]}], ids=str
)
def test_write_report_of_a_part(sample: rib.Rib, tmp_path: Path, part: dict[str, object]):
    """No routes, one family or one peer: the report is written all the same."""
    report = rib.write_report(sample.select(**part), tmp_path)
    assert _FILES == [p.name for p in report.files]


def test_write_report_judges_declared_prefixes(sample: rib.Rib, tmp_path: Path):
    """With a declaration, another origin of our space is a finding that nothing explains."""
    own = {"prefixes": ["91.208.207.0/24"], "origins": [64500]}
    report = rib.write_report(sample, tmp_path, own=own)
    about = [list(p) for p in report.suspects["prefixes"]]
    assert ["91.208.207.0/24"] in about


def test_write_report_takes_lists_of_bogons(sample, tmp_path):
    """They are named beside the other registries."""
    listed = tmp_path / "bogons.txt"
    listed.write_text("# last updated 2025-01-20\n182.3.0.0/16\n")
    report = rib.write_report(sample, tmp_path / "out", bogons=rib.read_bogons(listed))
    assert "Bogon lists" in report.html.read_text()
    assert "bogon" in set(report.suspects["kind"])
