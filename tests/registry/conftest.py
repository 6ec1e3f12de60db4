"""Real registries that several tests read, each once."""

import pytest

from rib.registry.vrps import read_vrps


@pytest.fixture(scope="session")
def real_vrps(shared_data):
    """Give the export of a validator with 723,521 payloads."""
    return read_vrps(shared_data / "rpki" / "rpkiclient_summary_20250720T093135Z.json.bz2")
