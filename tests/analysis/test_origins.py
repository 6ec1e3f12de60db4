"""`validate_origins` and `moas`: RFC 6811, set semantics of the IRR, Zhao classes."""

import ipaddress

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rib.analysis.origins import moas, validate_origins

COLUMNS = [
    "prefix", "origin_as", "n_vps", "rov_state", "rov_reason", "irr_state", "irr_sources",
    "rov_matched", "rov_unmatched_as", "rov_unmatched_length", "irr_other_origins",
    "irr_class", "irr_other_class",
]  # fmt: skip


def rows(frame, *columns):
    """Give columns of a DataFrame as tuples of plain Python values, null as None."""
    return [tuple(row[c] for c in columns) for row in plain(frame)]


def plain(frame):
    import pyarrow as pa

    return pa.Table.from_pandas(frame).to_pylist()


@pytest.mark.parametrize(
    ("payloads", "prefix", "path", "expected"),
    [
        ("AS1,10.0.0.0/8,24", "10.1.0.0/24", [9, 1], ("valid", None)),
        ("AS1,10.0.0.0/8,24", "10.1.0.0/25", [9, 1], ("invalid", "length")),
        ("AS1,10.0.0.0/8,24", "10.1.0.0/24", [9, 2], ("invalid", "as")),
        ("AS1,10.0.0.0/8,24", "11.0.0.0/8", [9, 1], ("not-found", None)),
        ("AS1,10.0.0.0/8,24", "10.1.0.0/24", [9, {1, 2}], ("invalid", "as")),
        ("AS1,10.0.0.0/8,24", "11.1.0.0/24", [9, {1, 2}], ("not-found", None)),
        ("AS1,10.0.0.0/8,24", "10.1.0.0/24", [9, {1}], ("valid", None)),
        ("AS0,10.0.0.0/8,32", "10.1.0.0/24", [9, 1], ("invalid", "as")),
        ("AS0,10.0.0.0/8,32\nAS1,10.1.0.0/16,24", "10.1.0.0/24", [9, 1], ("valid", None)),
        ("AS1,10.0.0.0/8,8\nAS1,10.1.0.0/16,24", "10.1.0.0/24", [9, 1], ("valid", None)),
        ("AS1,10.0.0.0/8,24\nAS2,10.1.0.0/16,24", "10.1.0.0/24", [9, 1], ("valid", None)),
        ("AS1,2001:db8::/32,48", "2001:db8:1::/48", [9, 1], ("valid", None)),
        ("AS1,2001:db8::/32,48", "2001:db8:1::/49", [9, 1], ("invalid", "length")),
        ("AS1,32.1.13.184/32,32", "2001:db8::/32", [9, 1], ("not-found", None)),
        ("AS1,10.0.0.0/8,", "10.0.0.0/8", [9, 1], ("valid", None)),
        ("AS1,10.0.0.0/8,", "10.0.0.0/9", [9, 1], ("invalid", "length")),
        ("AS1,0.0.0.0/0,24", "0.0.0.0/0", [9, 1], ("valid", None)),
    ],
)
def test_validate_origins_follows_rfc_6811(table_of, registry, payloads, prefix, path, expected):
    """Each row of the acceptance table gets its state and reason."""
    vrps = registry("vrps", "".join(f"{line},test\n" for line in payloads.split("\n")))
    result = validate_origins(table_of({prefix: [path]}), vrps=vrps)
    assert COLUMNS == list(result.columns)
    assert [expected] == rows(result, "rov_state", "rov_reason")


def test_validate_origins_counts_payloads_as_routinator_does(table_of, registry):
    """The three counts are of all covering payloads, on every level."""
    vrps = registry("vrps", "AS1,10.0.0.0/8,24,t\nAS1,10.1.0.0/16,16,t\nAS2,10.1.0.0/16,24,t\n")
    result = validate_origins(table_of({"10.1.0.0/24": [[9, 1]]}), vrps=vrps)
    assert [(1, 1, 1)] == rows(result, "rov_matched", "rov_unmatched_as", "rov_unmatched_length")


def test_validate_origins_sorts_by_prefix_and_origin_with_null_last(table_of, registry):
    """Origins ascend as numbers, a null origin follows, and VP ASes are counted once."""
    table = table_of(
        {
            "20.0.0.0/8": [[8, 1], [9, 700], [10, 90], [11, {5, 6}]],
            "9.0.0.0/8": [[8, 1], [9, 1]],
        }
    )
    result = validate_origins(table, vrps=registry("vrps", "AS1,20.0.0.0/8,8,t\n"))
    expected = [
        ("9.0.0.0/8", 1, 2),
        ("20.0.0.0/8", 1, 1),
        ("20.0.0.0/8", 90, 1),
        ("20.0.0.0/8", 700, 1),
        ("20.0.0.0/8", None, 1),
    ]
    assert expected == rows(result, "prefix", "origin_as", "n_vps")
    assert list(range(5)) == list(result.index)


def test_validate_origins_needs_a_registry(table_of):
    """Without VRPs and IRR there is nothing to validate against."""
    with pytest.raises(ValueError, match="expected at least one registry"):
        validate_origins(table_of({"9.0.0.0/8": [[8, 1]]}))


def test_validate_origins_leaves_the_other_registry_null(table_of, registry, route_objects):
    """What was not given is null, not not-found."""
    table = table_of({"20.0.0.0/8": [[8, 1]]})
    result = validate_origins(table, vrps=registry("vrps", "AS1,20.0.0.0/8,8,t\n"))
    assert [(None, None)] == rows(result, "irr_state", "irr_sources")
    result = validate_origins(table, irr=route_objects(("20.0.0.0/8", 1, "RIPE", "2020-01-01")))
    assert [(None, None, None)] == rows(result, "rov_state", "rov_reason", "rov_matched")


prefixes = st.builds(
    lambda bits, length: str(ipaddress.ip_network((bits << 24 & -1 << (32 - length), length))),
    st.integers(16, 23),
    st.integers(5, 12),
)
asns = st.integers(0, 3)


def naive(payloads, prefix, asn):
    """State of RFC 6811, one payload at a time."""
    route = ipaddress.ip_network(prefix)
    covering = [p for p in payloads if route.subnet_of(ipaddress.ip_network(p[1]))]
    if not covering:
        return ("not-found", None)
    if any(p[0] == asn != 0 and route.prefixlen <= p[2] for p in covering):
        return ("valid", None)
    return ("invalid", "length" if any(p[0] == asn != 0 for p in covering) else "as")


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    payloads=st.lists(st.tuples(asns, prefixes, st.integers(5, 14)), min_size=1, max_size=12),
    routes=st.dictionaries(prefixes, st.integers(1, 3), min_size=1, max_size=8),
)
def test_validate_origins_equals_a_naive_oracle(table_of, registry, payloads, routes):
    """Nested payloads of few ASes over few prefixes give what checking each payload gives."""
    payloads = [(a, p, max(m, int(p.split("/")[1]))) for a, p, m in payloads]
    vrps = registry("vrps", "".join(f"AS{a},{p},{m},t\n" for a, p, m in payloads))
    table = table_of({prefix: [[9, asn]] for prefix, asn in routes.items()})
    result = validate_origins(table, vrps=vrps)
    states = {
        (p, a): (s, r)
        for p, a, s, r in rows(result, "prefix", "origin_as", "rov_state", "rov_reason")
    }
    assert {(p, a): naive(payloads, p, a) for p, a in routes.items()} == states


@pytest.mark.parametrize(
    ("objects", "prefix", "expected"),
    [
        ([("20.1.0.0/16", 1, "RADB")], "20.1.0.0/16", ("valid", ["RADB"], [])),
        ([("20.0.0.0/8", 1, "RIPE")], "20.1.0.0/16", ("valid", ["RIPE"], [])),
        ([("20.1.0.0/16", 2, "RIPE")], "20.1.0.0/16", ("invalid", ["RIPE"], [2])),
        ([("20.0.0.0/8", 2, "RIPE")], "20.1.0.0/16", ("invalid,more-specific", ["RIPE"], [])),
        ([("20.1.0.0/24", 1, "RIPE")], "20.1.0.0/16", ("not-found", [], [])),
        (
            [("20.1.0.0/16", 1, "RIPE"), ("20.1.0.0/16", 2, "RIPE"), ("20.0.0.0/8", 1, "RADB")],
            "20.1.0.0/16",
            ("valid", ["RADB", "RIPE"], [2]),
        ),
    ],
)
def test_validate_origins_compares_with_all_route_objects(
    table_of, route_objects, objects, prefix, expected
):
    """Any matching object makes a pair valid; several registered origins are normal."""
    irr = route_objects(*((p, a, s, "2020-01-01") for p, a, s in objects))
    result = validate_origins(table_of({prefix: [[9, 1]]}), irr=irr)
    assert [expected] == rows(result, "irr_state", "irr_sources", "irr_other_origins")


def test_validate_origins_holder_beats_foreign_proxy_object(table_of, route_objects):
    """A covering object of the RIR makes the route valid beside a stranger's exact one in RADB."""
    irr = route_objects(
        ("2a10:cc40::/32", 1, "RIPE", "2020-01-01"), ("2a10:cc40:100::/48", 2, "RADB", "2015-01-01")
    )
    result = validate_origins(table_of({"2a10:cc40:100::/48": [[9, 1]]}), irr=irr)
    assert [("valid", ["RIPE"], [2], "rir", "other")] == rows(
        result, "irr_state", "irr_sources", "irr_other_origins", "irr_class", "irr_other_class"
    )


@pytest.mark.parametrize(
    ("objects", "expected"),
    [
        ([], (None, None)),
        ([("20.1.0.0/16", 1, "RADB")], ("other", None)),
        ([("20.1.0.0/16", 1, "RADB"), ("20.0.0.0/8", 1, "RIPE")], ("rir", None)),
        ([("20.1.0.0/16", 2, "RIPE-NONAUTH")], (None, "nonauth")),
        ([("20.1.0.0/16", 2, "RIPE-NONAUTH"), ("20.1.0.0/16", 3, "RPKI")], (None, "rpki")),
        ([("20.1.0.0/16", 1, "RIPE"), ("20.1.0.0/16", 2, "RIPE")], ("rir", "rir")),
        ([("20.0.0.0/8", 2, "RIPE")], (None, None)),
    ],
)
def test_validate_origins_ranks_the_sources_for_and_against(
    table_of, route_objects, objects, expected
):
    """The best class of what matches, and of what gives exactly this prefix to another."""
    more = ("99.0.0.0/8", 9, "RIPE", "2020-01-01")
    irr = route_objects(*((p, a, s, "2020-01-01") for p, a, s in objects), more)
    result = validate_origins(table_of({"20.1.0.0/16": [[9, 1]]}), irr=irr)
    assert [expected] == rows(result, "irr_class", "irr_other_class")


def test_validate_origins_irr_covering_can_be_off(table_of, route_objects):
    """With exact objects only, a covering one leaves the more-specific unregistered."""
    irr = route_objects(("20.0.0.0/8", 1, "RIPE", "2020-01-01"))
    result = validate_origins(table_of({"20.1.0.0/16": [[9, 1]]}), irr=irr, irr_covering=False)
    assert [("invalid,more-specific",)] == rows(result, "irr_state")


def test_validate_origins_hides_objects_the_rpki_contradicts(table_of, registry, route_objects):
    """A route object that is RPKI-invalid does not count where the VRPs are given."""
    irr = route_objects(("20.1.0.0/16", 1, "RADB", "2020-01-01"))
    vrps = registry("vrps", "AS2,20.0.0.0/8,16,t\n")
    table = table_of({"20.1.0.0/16": [[9, 1]]})
    assert [("valid",)] == rows(validate_origins(table, irr=irr), "irr_state")
    result = validate_origins(table, irr=irr, vrps=vrps)
    assert [("invalid", "not-found")] == rows(result, "rov_state", "irr_state")


@pytest.mark.parametrize(
    ("paths", "expected"),
    [
        ([[8, 1, 2], [9, 1]], "OrigTranAS"),
        ([[8, 3, 1], [9, 3, 2]], "SplitView"),
        ([[8, 3, 1], [9, 4, 2]], "DistinctPaths"),
        ([[8, 3, 3, 1], [9, 4, 2, 2]], "DistinctPaths"),
        ([[8, 1], [9, 8, 2]], "SplitView"),
    ],
)
def test_moas_classes_of_zhao(table_of, paths, expected):
    """The class follows from what paths to different origins share."""
    result = moas(table_of({"20.0.0.0/8": paths}))
    assert [("20.0.0.0/8", [1, 2], [1, 1], expected)] == rows(
        result, "prefix", "origins", "n_vps_by_origin", "zhao_class"
    )


def test_moas_counts_vps_per_origin_and_ignores_sets(table_of):
    """Origins ascend as numbers with their VP ASes beside them; AS_SETs are no origin."""
    table = table_of(
        {
            "20.0.0.0/8": [[8, 700], [9, 700], [10, 90], [11, {90, 91}]],
            "30.0.0.0/8": [[8, 5], [9, {5, 6}]],
            "9.0.0.0/8": [[8, 5], [9, 5]],
        }
    )
    expected = [("20.0.0.0/8", [90, 700], [1, 2])]
    assert expected == rows(moas(table), "prefix", "origins", "n_vps_by_origin")


def test_moas_of_a_table_without_any_is_empty(table_of):
    """No MOAS, no rows, all columns."""
    result = moas(table_of({"9.0.0.0/8": [[8, 5]]}))
    assert (0, ["prefix", "origins", "n_vps_by_origin", "zhao_class"]) == (
        len(result),
        list(result.columns),
    )
