"""The sample that commands read: whole as a table, and cut."""

from pathlib import Path

import pytest

import rib

SAMPLE = (
    Path(__file__).resolve().parents[2] / "data" / "sample-mrt" / "collector.20250121.1200.mrt.bz2"
)


@pytest.fixture(scope="session")
def table() -> rib.Rib:
    """Table of the sample."""
    return rib.read_mrt(SAMPLE)


@pytest.fixture(scope="session")
def cut(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Sample cut in the middle of its compressed stream."""
    path = tmp_path_factory.mktemp("cut") / "cut.mrt.bz2"
    whole = SAMPLE.read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
    return path
