"""What is read in `bgpdump -m` lines, and what is refused."""

import pytest
from view_rows import C1, NO_EXPORT, issues, rows
from views import BGPDUMP

import rib


def test_bgpdump_fields():
    """0 and 255.255.255.255 stand for what is absent."""
    found = rows(BGPDUMP.replace(b"2001:db8::9", b"255.255.255.255"))
    assert found["192.0.2.0/24", "198.51.100.1"] == {
        "origin": "IGP",
        "next_hop": "198.51.100.1",
        "communities": [C1, NO_EXPORT],
        "path": "64500 64501 {64502,64503}",
        "id": None,
    }
    assert found["2001:db8::/32", "2001:db8::1"] == {
        "origin": "INCOMPLETE",
        "large_communities": [[64500, 1, 2]],
        "path": "64500 64501",
        "id": 5,
    }
    assert rib.read_view(BGPDUMP).routes["record_time"].to_pylist()[0] == 1737460800


@pytest.mark.parametrize(
    ("old", "new", "kind"),
    [
        (b"|1737460800|", b"|now|", "malformed_route"),
        (b"|B|", b"|X|", "malformed_route"),
        (b"|198.51.100.1|64500|", b"|here|64500|", "malformed_route"),
        (b"|198.51.100.1|64500|", b"|198.51.100.1|me|", "malformed_route"),
        (b"192.0.2.0/24", b"192.0.2.0/33", "malformed_route"),
        (b"{64502,64503}", b"{64502,64503", "malformed_route"),
        (b"|IGP|", b"|what|", "malformed_route"),
        (b"|NAG|", b"|", "unreadable_attribute"),
        (b"64500:1 ", b"64500:99999 ", "unreadable_attribute"),
        (b"|IGP|198.51.100.1|", b"|IGP|there|", "unreadable_attribute"),
        (b"|IGP|198.51.100.1|0|0|", b"|IGP|198.51.100.1|0|x|", "unreadable_attribute"),
        (b"TABLE_DUMP2|", b"TABLE|", "unknown_line"),
        (b"TABLE_DUMP2|1737460800|B|", b"BGP4MP|1737460800|A|", "not_a_route"),
    ],
)
def test_bgpdump_damage(old, new, kind):
    """A line that is none costs itself."""
    text = BGPDUMP.replace(old, new, 1)
    assert issues(text) == [(1, kind)]
    receipt = rib.read_view(text).receipt
    assert receipt.routes_kept == (3 if kind == "unreadable_attribute" else 2)
    assert receipt.files[0].reconciled
