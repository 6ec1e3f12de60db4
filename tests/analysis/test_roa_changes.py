"""`what_if_roa`: what changes with payloads added or removed, against validating twice."""

import ipaddress

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rib.analysis.origins import validate_origins
from rib.analysis.roa_changes import what_if_roa

COLUMNS = [
    "prefix", "origin_as", "old_state", "old_reason", "new_state", "new_reason", "n_vps",
]  # fmt: skip
BASE = "AS1,10.0.0.0/8,8,t\nAS2,20.0.0.0/8,24,t\n"
ROUTES = {
    "10.0.0.0/8": [[8, 1], [9, 1], [9, 3]],
    "10.1.0.0/16": [[8, 1], [9, {1, 2}]],
    "20.1.0.0/16": [[8, 2]],
    "30.0.0.0/8": [[8, 3], [9, 4]],
    "2001:db8::/32": [[8, 5]],
}


def plain(frame):
    return [tuple(row.values()) for row in pa.Table.from_pandas(frame).to_pylist()]


@pytest.mark.parametrize(
    ("add", "remove", "expected"),
    [
        ([], [], []),
        (
            [("30.0.0.0/8", 8, 3)], [],
            [
                ("30.0.0.0/8", 3, "not-found", None, "valid", None, 1),
                ("30.0.0.0/8", 4, "not-found", None, "invalid", "as", 1),
            ],
        ),
        (
            [{"prefix": "10.0.0.0/8", "asn": "AS1", "max_length": 16}], [("10.0.0.0/8", 8, 1)],
            [("10.1.0.0/16", 1, "invalid", "length", "valid", None, 1)],
        ),
        (
            [], [{"prefix": "20.0.0.0/8", "max_length": 24, "asn": 2}],
            [("20.1.0.0/16", 2, "valid", None, "not-found", None, 1)],
        ),
        (
            [("20.1.0.0/16", None, 0)], [("20.0.0.0/8", 24, 2)],
            [("20.1.0.0/16", 2, "valid", None, "invalid", "as", 1)],
        ),
        (
            [["2001:DB8::/32", 48, 5]], [],
            [("2001:db8::/32", 5, "not-found", None, "valid", None, 1)],
        ),
        ([("10.0.0.0/8", 8, 1)], [], []),  # there already
        ([("10.0.0.0/8", 8, 1)], [("10.0.0.0/8", 8, 1)], []),  # gone and back
        ([("10.0.0.0/8", 8, 9)], [("10.0.0.0/8", 8, 1)],
         [("10.0.0.0/8", 1, "valid", None, "invalid", "as", 2)]),
    ],
)  # fmt: skip
def test_what_if_roa_lists_what_changes(table_of, registry, add, remove, expected):
    """Only origins whose state changes are listed, with both states and their VP ASes."""
    frame = what_if_roa(table_of(ROUTES), registry("vrps", BASE), add=add, remove=remove)
    assert (COLUMNS, expected) == (list(frame.columns), plain(frame))


def test_what_if_roa_of_all_payloads_removed(table_of, registry):
    """Without a payload left everything is not-found."""
    vrps = registry("vrps", BASE)
    frame = what_if_roa(
        table_of(ROUTES), vrps, remove=[("20.0.0.0/8", 24, 2), ("10.0.0.0/8", 8, 1)]
    )
    assert {"not-found"} == set(frame["new_state"])
    assert (5, 2) == (len(frame), len(vrps))  # and the payloads given are as they were


PREFIXES = st.builds(
    lambda bits, length: str(ipaddress.ip_network((bits << 24 & -1 << (32 - length), length))),
    st.integers(16, 23),
    st.integers(5, 10),
)
ENTRIES = st.lists(
    st.builds(
        lambda p, more, asn: (p, int(p.split("/")[1]) + more, asn),
        PREFIXES, st.integers(0, 3), st.integers(0, 3),
    ),
    min_size=1, max_size=8, unique=True,
)  # fmt: skip


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(now=ENTRIES, add=ENTRIES, n_gone=st.integers(0, 8), prefixes=st.sets(PREFIXES, min_size=1))
def test_what_if_roa_equals_validating_twice(table_of, registry, now, add, n_gone, prefixes):
    """The states are those of files written with and without the change."""

    def text(entries):
        return "".join(f"AS{asn},{prefix},{most},t\n" for prefix, most, asn in entries)

    table = table_of({p: [[8, 1], [9, 2]] for p in sorted(prefixes)})
    gone = now[:n_gone]
    later = [entry for entry in now if entry not in gone] + add
    old, new = (
        {
            (p, a): (s, r)
            for p, a, s, r in zip(
                *(
                    pa.array(of[c]).to_pylist()
                    for c in ("prefix", "origin_as", "rov_state", "rov_reason")
                ),
                strict=True,
            )
        }
        for of in (validate_origins(table, vrps=registry("vrps", text(e))) for e in (now, later))
    )
    expected = {k: (*old[k], *new[k]) for k in old if old[k][0] != new[k][0]}
    found = what_if_roa(table, registry("vrps", text(now)), add=add, remove=gone)
    assert expected == {row[:2]: row[2:6] for row in plain(found)}


@pytest.mark.parametrize(
    ("argument", "entry", "message"),
    [
        ("add", ("10.0.0.1/8", 8, 1), r"add\[0\]=.*a prefix without host bits, found '10.0.0.1/8'"),
        ("add", ("10.0.0.0/8", 7, 1), r"add\[0\]=.*a max_length from 8 to 32"),
        ("add", ("10.0.0.0/8", 33, 1), r"a max_length from 8 to 32"),
        ("add", ("2001:db8::/32", 129, 1), r"a max_length from 32 to 128"),
        ("add", ("10.0.0.0/8", 8.0, 1), r"a max_length from 8 to 32"),
        ("add", ("10.0.0.0/8", 8, -1), r"an AS number, found -1"),
        ("add", ("10.0.0.0/8", 8, True), r"an AS number, found True"),
        ("add", ("10.0.0.0/8", 8), r"add\[0\]=.*expected \(prefix, max_length, asn\)"),
        ("add", {"prefix": "10.0.0.0/8"}, r"expected \(prefix, max_length, asn\)"),
        ("add", {"prefix": "10.0.0.0/8", "asn": 1, "maxLength": 9}, r"a dict with 'prefix'"),
        ("add", "10.0.0.0/8", r"expected \(prefix, max_length, asn\)"),
        ("remove", ("10.0.0.0/8", 9, 1), r"no payload 10.0.0.0/8 up to /9 of AS1"),
        ("remove", ("10.0.0.0/8", 8, 2), r"no payload 10.0.0.0/8 up to /8 of AS2"),
        ("remove", ("10.1.0.0/16", None, 1), r"no payload 10.1.0.0/16 up to /16 of AS1"),
    ],
)
def test_what_if_roa_refuses_what_is_no_payload(table_of, registry, argument, entry, message):
    """The entry, its place and what was expected are named."""
    with pytest.raises(ValueError, match=message):
        what_if_roa(table_of(ROUTES), registry("vrps", BASE), **{argument: [entry]})


@pytest.mark.parametrize("given", ["10.0.0.0/8", {"prefix": "10.0.0.0/8", "asn": 1}, 7, None])
def test_what_if_roa_takes_lists(table_of, registry, given):
    """One entry in place of a list is said at once."""
    with pytest.raises(TypeError, match=r"add=.*expected a list of"):
        what_if_roa(table_of(ROUTES), registry("vrps", BASE), add=given)
