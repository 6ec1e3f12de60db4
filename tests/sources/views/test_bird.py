"""What is read in BIRD's `show route all`, and what is refused."""

import pytest
from view_rows import C1, EXTENDED, issues, rows
from views import BIRD1, BIRD2, BIRD3

import rib


@pytest.mark.parametrize("text", [BIRD1, BIRD2, BIRD3])
def test_bird_1_2_and_3_say_the_same(text):
    """The same routes of three BIRDs are the same rows."""
    first = {
        "origin": "IGP",
        "next_hop": "198.51.100.1",
        "local_pref": 100,
        "communities": [C1, C1 + 1, C1 + 2],
        "large_communities": [[64500, 1, 2], [64500, 3, 4]],
        "extended_communities": EXTENDED,
        "path": "64500 64501 {64502,64503}",
        "id": None,
    }
    second = {
        "origin": "INCOMPLETE",
        "next_hop": "198.51.100.2",
        "local_pref": 90,
        "atomic_aggregate": True,
        "aggregator_as": 64501,
        "aggregator_ip": "203.0.113.1",
        "path": "64510 64501",
        "id": None,
    }
    table = rib.read_view(text)
    found = rows(text)
    assert found["192.0.2.0/24", "198.51.100.1"] | {"med": 0} == first | {"med": 0}
    assert table.attributes["med"].to_pylist()[0] == 0
    assert found["192.0.2.0/24", "198.51.100.9"] == second
    assert len(found) == 2
    assert table.receipt.records["bird/other_protocol"] == 1


BIRD_ROUTE = b"""\
192.0.2.0/24 unicast [edge1 2025-01-01 from 10.0.0.1] * (100) [AS1i]
\tType: BGP univ
\tBGP.origin: IGP
\tBGP.as_path: 64500 1
"""


@pytest.mark.parametrize(
    ("old", "new", "found"),
    [
        (b"64500 1\n", b"64500 645...\n", [(1, "cut_value")]),
        (b"64500 1\n", b"64500 x\n", [(1, "malformed_route")]),
        (b"\tBGP.as_path: 64500 1\n", b"", [(1, "malformed_route")]),
        (
            b"\tType: BGP univ\n\tBGP.origin: IGP\n\tBGP.as_path: 64500 1\n",
            b"",
            [(1, "no_attributes")],
        ),
        (b"192.0.2.0/24", b"192.0.2.1/24", [(n, "unknown_line") for n in (1, 2, 3, 4)]),
    ],
)
def test_bird_routes_that_cannot_be_kept(old, new, found):
    """A route without a whole path, or without attributes or prefix, is lost with an issue."""
    assert issues(BIRD_ROUTE.replace(old, new), "bird") == [*found, (None, "no_routes")]


@pytest.mark.parametrize(
    "line",
    [
        b"\tBGP.origin: what",
        b"\tBGP.med: -1",
        b"\tBGP.local_pref: 4294967296",
        b"\tBGP.next_hop: there",
        b"\tBGP.aggregator: 192.0.2.1",
        b"\tBGP.community: (1,2) (70000,1)",
        b"\tBGP.large_community: (1, 2)",
        b"\tBGP.ext_community: (what, 1, 2)",
        b"\tBGP.cluster_list: 1.2.3",
        b"\tBGP.40 [t]: 01 2",
        b"\tBGP.05: 01 02",
    ],
)
def test_bird_attributes_that_are_left_out(line):
    """An attribute that is not understood costs itself, with an issue."""
    text = BIRD_ROUTE + line + b"\n"
    assert issues(text, "bird") == [(5, "unreadable_attribute")]
    assert rib.read_view(text).n_routes == 1


def test_bird_fields_that_are_not_known():
    """A field of no known name is an issue: it may be an attribute that is misspelt."""
    assert issues(BIRD_ROUTE + b"\tBXP.community: (1,2)\n", "bird") == [(5, "unknown_field")]
    assert issues(BIRD_ROUTE + b"\tKernel.metric: 32\n\tigp_metric: 0\n", "bird") == []


def test_bird_attributes_that_bird_does_not_know():
    """They are shown as octets, and kept as such."""
    table = rib.read_view(BIRD_ROUTE + b"\tBGP.63 [t]: 01 02\n")
    (given,) = table.attributes.to_pylist()
    assert given["unknown"] == [{"flags": 0xC0, "type": 0x63, "value": b"\1\2"}]
    assert table.receipt.ok


def test_bird_other_families_and_lines():
    """Flowspec, VPN and ROA tables are counted; a line of nothing known is an issue."""
    text = (
        b"""\
flow4 { dst 10.0.0.0/8; } unicast [edge1 2025-01-01] * (100)
\tType: BGP univ
64500:1 10.0.0.0/8 unicast [edge1 2025-01-01] * (100)
10.0.0.0/8-24 AS64500 [roa1 2025-01-01] * (100)
%s\tvia 10.0.0.1 on eth0
what is this
\tindented
"""
        % BIRD_ROUTE
    )
    receipt = rib.read_view(text, "bird").receipt
    assert receipt.other_families == {"ROA": 1, "VPN": 1, "flowspec": 1}
    assert [10, 11] == [
        row["record"] for row in receipt.issues.to_pylist() if row["kind"] == "unknown_line"
    ]
    assert [f.reconciled for f in receipt.files] == [True]
    assert receipt.routes_kept == 1
