"""Three small nights and a config."""

from pathlib import Path

import pytest
from nights import CONFIG, FIRST, SECOND, THIRD, dump


@pytest.fixture
def folder(tmp_path) -> Path:
    """Give a folder with three nights and a config."""
    dumps = tmp_path / "dumps"
    dumps.mkdir()
    for day, routes in (("20250114", FIRST), ("20250115", SECOND), ("20250117", THIRD)):
        (dumps / f"rib.{day}.0000.mrt").write_bytes(dump(routes))
    (dumps / "own.20250117.0000.mrt").write_bytes(dump(THIRD))
    (tmp_path / "nightly.toml").write_text(CONFIG)
    return tmp_path
