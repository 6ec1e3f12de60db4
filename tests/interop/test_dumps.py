"""`rib doctor`, `rib verify` and `write_mrt` on what BIRD, FRR, OpenBGPD and GoBGP dump."""

import pytest

import rib
from rib.sources.doctor import diagnose
from rib.sources.verify import verify_mrt

pytestmark = [pytest.mark.interop, pytest.mark.timeout(120)]

WRITERS = {"bird2": "BIRD", "frr": "FRR", "openbgpd": "OpenBGPD", "gobgpd": "GoBGP"}


def test_doctor_names_the_daemon(observation):
    """Each daemon is told by its dump."""
    found = diagnose(observation.rib).guess
    assert (WRITERS[observation.daemon.package], "high") == (found.writer, found.confidence), found


def test_clean_dump_has_the_same_routes(observation, tmp_path):
    """What is read of a daemon's dump comes back from the clean one."""
    table = rib.read_mrt(observation.rib)
    table.write_mrt(tmp_path / "clean.mrt", collector="clean")
    back = rib.read_mrt(tmp_path / "clean.mrt")
    left_out = ("collector", "peer_id", "unknown")

    def rows(given):
        labelled = given.to_arrow()
        keep = [n for n in labelled.column_names if n not in left_out]
        return sorted(map(repr, labelled.select(keep).to_pylist()))

    assert rows(table) == rows(back)
    assert set(back.receipt.quirks) <= {"duplicate_route", "malformed_attribute"}


def test_oracles_agree_on_the_dump(observation):
    """No oracle that can read a daemon's dump reads something else than rib."""
    found = verify_mrt(observation.rib, records=0)
    assert [] == [c for c in found.comparisons if c.state == "differs"]


def test_oracles_read_the_clean_dump(observation, tmp_path):
    """Every oracle that is installed reads the clean dump, also where it fails on the daemon's own."""
    clean = tmp_path / "clean.mrt"
    rib.read_mrt(observation.rib).write_mrt(clean, collector="clean")
    found = verify_mrt(clean, records=0)
    # mrtparse takes the length of an IPv6 next hop of an IPv4 route (RFC 8950) for an AFI.
    stumbles = {"mrtparse"} if observation.daemon.package == "gobgpd" else set()
    answers = {c.state for c in found.comparisons if c.name not in stumbles} - {"not installed"}
    assert answers <= {"agrees"}, found.comparisons
