"""Commands on text views of routers."""

import json

import pytest
from commands import run
from views import BIRD2, BIRD_LOOKING_GLASS, OWN_ROUTEROS

import rib
from rib.cli.outcome import Exit


@pytest.fixture
def views(tmp_path):
    """Give two views of a router, and one with a line that is not understood."""
    given = {"in": BIRD_LOOKING_GLASS, "out": OWN_ROUTEROS, "damaged": BIRD2 + b"what\n"}
    for name, text in given.items():
        (tmp_path / f"{name}.txt").write_bytes(text)
    return tmp_path


def test_info_of_views(views):
    """Views are told by their text, and several are one table."""
    found = run("info", "--format", "json", views / "in.txt", views / "out.txt")
    assert Exit.FINE == found.exit_code
    assert 2 == sum(file["routes_kept"] for file in json.loads(found.stdout)["receipt"]["files"])


def test_routes_of_a_view_are_a_view(views):
    """What is written as bgpdump's lines is read again."""
    written = run("routes", "--format", "bgpdump", views / "in.txt")
    table = rib.read_view(written.stdout_bytes)
    assert (213394,) == table.lookup("91.208.207.1").origin_as


def test_damaged_view(views):
    """A line that is not understood is damage, which the exit code says."""
    found = run("info", views / "damaged.txt")
    assert Exit.DAMAGED == found.exit_code
    assert "unknown_line" in found.stderr


def test_view_to_a_rib_file(views):
    """A view is kept as any table."""
    assert Exit.FINE == run("convert", views / "in.txt", "--output", views / "in.rib").exit_code
    assert 1 == rib.read_rib(views / "in.rib").n_routes


def test_text_that_is_no_view(views):
    """Other text is refused as no dump."""
    (views / "notes.txt").write_text("Hello\n")
    found = run("info", views / "notes.txt")
    assert Exit.DAMAGED == found.exit_code
    assert "expected MRT records" in " ".join(found.stderr.split())
