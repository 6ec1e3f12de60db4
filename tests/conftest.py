"""What every test may ask for."""

import os
from pathlib import Path

import pytest

from rib.sources.verify.mrtparse import import_reader

# Before a test imports mrtparse: by itself it lets the system end the process of the tests on SIGPIPE.
import_reader()

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture(scope="session")
def root() -> Path:
    """Give the project's folder."""
    return ROOT


@pytest.fixture(scope="session")
def sample() -> Path:
    """Give the folder of the sample dumps."""
    return ROOT / "data" / "sample-mrt"


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Give the folder of real dumps, which users do not have; RIB_SHARED_DATA names it."""
    folder = ROOT / os.environ.get("RIB_SHARED_DATA", "../shared/data")
    if not folder.is_dir():
        pytest.skip("the real dumps are not here (RIB_SHARED_DATA names their folder)")
    return folder
