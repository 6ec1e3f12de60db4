"""Three small nights, a config, and pages that cost nothing."""

import shutil
from datetime import UTC, datetime
from pathlib import Path

import pytest
from nights import CONFIG, FIRST, SECOND, THIRD, dump

from rib.batch.config import load_config
from rib.batch.run import run


def _page(found, first=()):
    """Give what stands for a page: charts are most of the time of a small night."""
    given = [name for name, value in vars(found.registries).items() if value is not None]
    text = f"{found.view} {found.table.n_routes} {given} {len(found.events)} {len(first)}\n"
    return text, text


@pytest.fixture(autouse=True)
def plain_pages(request, monkeypatch):
    """Write pages without charts, except where a test is marked by asking for ``real_pages``."""
    if "real_pages" not in request.fixturenames:
        monkeypatch.setattr("rib.report.write.render", _page)


@pytest.fixture
def real_pages():
    """Ask for pages as users get them."""


def _nights(folder):
    dumps = folder / "dumps"
    dumps.mkdir()
    for day, routes in (("20250114", FIRST), ("20250115", SECOND), ("20250117", THIRD)):
        (dumps / f"rib.{day}.0000.mrt").write_bytes(dump(routes))
    (dumps / "own.20250117.0000.mrt").write_bytes(dump(THIRD))
    (folder / "nightly.toml").write_text(CONFIG)


@pytest.fixture
def folder(tmp_path) -> Path:
    """Give a folder with three nights and a config."""
    _nights(tmp_path)
    return tmp_path


@pytest.fixture(scope="session")
def finished(tmp_path_factory):
    """Make the nights once; to be copied, not changed."""
    folder = tmp_path_factory.mktemp("finished")
    _nights(folder)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("rib.report.write.render", _page)
        run(load_config(str(folder / "nightly.toml")), now=datetime(2025, 1, 18, tzinfo=UTC))
    return folder


@pytest.fixture
def made(finished, tmp_path) -> Path:
    """Give a folder in which all nights are finished."""
    shutil.copytree(finished, tmp_path, symlinks=True, dirs_exist_ok=True)
    return tmp_path
