"""Our own ASes in detail."""

from collections.abc import Callable

from rib.report.findings import Findings
from rib.report.own import own
from rib.report.wording import DASH, Names

Make = Callable[..., Findings]


def _grids(found: Findings) -> dict[str, list[list[str]]]:
    return {g.caption: g.rows for g in own(found, Names()).grids}


def test_own_shows_each_own_as(made_findings: Make):
    """Diversity per family with the states of the prefixes, upstreams, and each prefix."""
    grids = _grids(made_findings())
    rows = grids["Path diversity of own ASes"]
    assert [["AS213394", "IPv4"], ["AS213394", "IPv6"]] == [r[:2] for r in rows]
    assert [["valid 1", "valid 1"], [DASH, DASH]] == [r[-2:] for r in rows]
    assert [["AS213394", "IPv4", "AS29075"], ["AS213394", "IPv4", DASH]] == [
        r[:3] for r in grids["Upstreams of own ASes"]
    ]
    assert [["91.208.207.0/24", "AS213394", "2", "2", "1.50", "AS174", "valid", "valid"]] == grids[
        "Prefixes of own ASes"
    ]


def test_own_follows_the_order_of_what_is_watched(made_findings: Make):
    """Own ASes come as they were given sorted; one without a route has no row and is named."""
    found = made_findings(own=(43424, 213394, 4200000000))
    rows = _grids(found)["Path diversity of own ASes"]
    assert ["AS43424", "AS213394", "AS213394"] == [r[0] for r in rows]
    assert "No route of AS43424, AS4200000000 is in this table." == own(found, Names()).lead[0]


def test_own_lists_suspects_that_name_own_ases(made_findings: Make):
    """An own AS among incumbents or newcomers puts a suspect on the list, others stay away."""
    named = _grids(made_findings())["Suspects that name own ASes"]
    assert ["95", "60"] == [r[0] for r in named]
    section = own(made_findings(own=(43424,)), Names())
    assert "No suspect names an own AS." in section.lead


def test_own_without_own_ases_shows_the_largest_origins(made_findings: Make):
    """No list of prefixes or suspects then, which would be that of strangers."""
    grids = _grids(made_findings(own=()))
    assert ["Path diversity of the largest origins", "Upstreams of the largest origins"] == list(
        grids
    )


def test_own_caps_its_tables(made_findings: Make):
    """An owner of many ASes is told where the rest is."""
    found = made_findings(own=tuple(range(1, 5000)))
    assert own(found, Names()).lead[0].startswith("No route of AS1, AS2, AS3, AS4, AS5 and 4,99")
