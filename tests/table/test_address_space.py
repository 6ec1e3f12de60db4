"""`rib.aggregate` and `rib.address_counts` against `ipaddress` and plain set arithmetic."""

import ipaddress
from fractions import Fraction

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from internet import mrt_writer as mrt

import rib
from rib.exceptions import PrefixError


def table(routes):
    """Make a table of (prefix, AS path); a path is a list of segments, or of AS numbers."""
    parts = [mrt.peer_index_table([mrt.Peer(64500, "192.0.2.1"), mrt.Peer(64501, "192.0.2.2")])]
    for n, (prefix, path) in enumerate(routes):
        numbers = all(isinstance(hop, int) for hop in path)
        whole = mrt.as_path(*([mrt.sequence(*path)] if numbers and path else path))
        parts.append(mrt.rib(prefix, [mrt.rib_entry(n % 2, mrt.origin() + whole)]))
    return rib.read_mrt(b"".join(parts))


def rows(frame):
    return [tuple(None if pd.isna(v) else v for v in row) for row in frame.itertuples(index=False)]


@st.composite
def prefixes(draw, max_size=40):
    """Draw prefixes that nest and touch: few bits set, near the top or the end of an address."""
    found = []
    for _ in range(draw(st.integers(0, max_size))):
        bits = draw(st.sampled_from([32, 128]))
        length = draw(
            st.sampled_from([0, 1, 2, 3, 4, 46, 47, 48, 49, 64, bits - 2, bits - 1, bits])
        )
        length = min(length, bits)
        top = draw(st.integers(0, 2 ** min(length, 3) - 1)) << (bits - min(length, 3))
        low = draw(st.integers(0, 3)) << (bits - length) if length > 4 else 0
        network = (top | low) >> (bits - length) << (bits - length) if length else 0
        kind = ipaddress.IPv4Network if bits == 32 else ipaddress.IPv6Network
        found.append(kind((network, length)))
    return found


def collapsed(networks):
    return [
        net
        for version in (4, 6)
        for net in ipaddress.collapse_addresses(n for n in networks if n.version == version)
    ]


def units(networks):
    """Count the addresses, or /48s, of networks that lie apart."""
    return sum(
        Fraction(n.num_addresses, 1 if n.version == 4 else 2**80) for n in collapsed(networks)
    )


@given(prefixes())
def test_aggregate_of_prefixes_is_that_of_ipaddress(networks):
    """Both find the one minimal covering set."""
    expected = [(n.version, str(n)) for n in collapsed(networks)]
    assert expected == rows(rib.aggregate(networks))


@given(prefixes(12), st.lists(st.sampled_from([1, 2, 3]), min_size=12, max_size=12))
def test_aggregate_of_a_table_takes_each_origin_by_itself(networks, origins):
    """Rows are those of `ipaddress` for the prefixes of each origin AS."""
    given_ = list(zip(networks, origins, strict=False))
    expected = [
        (asn, n.version, str(n))
        for asn in (1, 2, 3)
        for n in collapsed([net for net, of in given_ if of == asn])
    ]
    found = rib.aggregate(table([(str(net), [64500, of]) for net, of in given_]))
    assert ["origin_as", "family", "prefix"] == list(found.columns)
    assert expected == rows(found)


@given(prefixes())
def test_address_counts_of_prefixes_are_what_more_specifics_leave(networks):
    """A prefix counts what no more specific takes, and the counts add up to the whole."""
    found = rib.address_counts(table([(str(net), [64500]) for net in networks]), by="prefix")
    there = set(networks)
    expected = {}
    for net in there:
        inside = [n for n in there if n.version == net.version and n != net and n.subnet_of(net)]
        expected[str(net), net.version] = units([net]) - units(inside)
    counts = {(r[0], r[1]): r[2] for r in rows(found)}
    assert expected.keys() == counts.keys()
    for key, count in expected.items():
        # Sums across more than 53 binary digits are rounded.
        assert float(count) == pytest.approx(counts[key], rel=1e-15, abs=2**-4)
        assert key[1] == 6 or float(count) == counts[key]
    for version in (4, 6):
        whole = float(units([n for n in there if n.version == version]))
        assert whole == pytest.approx(found[found["family"] == version]["addresses"].sum())


@given(prefixes(12), st.lists(st.sampled_from([1, 2]), min_size=12, max_size=12))
def test_address_counts_of_origins_are_unions(networks, origins):
    """An origin counts the union of its prefixes, whoever else originates them."""
    given_ = list(zip(networks, origins, strict=False))
    expected = []
    for asn in (1, 2):
        for version in (4, 6):
            own = {net for net, of in given_ if (of, net.version) == (asn, version)}
            if own:
                expected.append((asn, version, float(units(own)), len(own)))
    found = rib.address_counts(
        table([(str(net), [64500, of]) for net, of in given_]), by="origin_as"
    )
    assert expected == rows(found)


def test_prefixes_of_several_origins_count_for_each():
    """A MOAS prefix is of both its origins, and once of itself."""
    moas = table([("10.0.0.0/8", [64500, 1]), ("10.0.0.0/8", [64501, 2])])
    assert [("10.0.0.0/8", 4, 2.0**24)] == rows(rib.address_counts(moas, by="prefix"))
    assert [(1, 4, 2.0**24, 1), (2, 4, 2.0**24, 1)] == rows(
        rib.address_counts(moas, by="origin_as")
    )
    assert [(1, 4, "10.0.0.0/8"), (2, 4, "10.0.0.0/8")] == rows(rib.aggregate(moas))


def test_routes_without_origin_are_together_and_last():
    """AS_SETs of several and empty paths have no origin AS: null, after the others."""
    ends_in_set = [mrt.sequence(64500), mrt.as_set(7, 8)]
    given_ = table(
        [("10.0.0.0/9", ends_in_set), ("10.128.0.0/9", []), ("11.0.0.0/8", [4294967295])]
    )
    assert [(4294967295, 4, "11.0.0.0/8"), (None, 4, "10.0.0.0/8")] == rows(rib.aggregate(given_))
    assert [(4294967295, 4, 2.0**24, 1), (None, 4, 2.0**24, 2)] == rows(
        rib.address_counts(given_, by="origin_as")
    )


def test_ipv6_counts_in_48s():
    """A /64 is a part of a /48 that a binary fraction holds."""
    found = rib.address_counts(
        table([("2001:db8::/32", [1]), ("2001:db8::/48", [2]), ("2001:db8::/64", [3])]),
        by="prefix",
    )
    assert [2.0**16 - 1, 1 - 2.0**-16, 2.0**-16] == found["addresses"].tolist()


def test_empty_tables_give_no_rows():
    """Columns are there all the same."""
    empty = table([])
    assert ["origin_as", "family", "prefix"] == list(rib.aggregate(empty).columns)
    assert ["family", "prefix"] == list(rib.aggregate([]).columns)
    assert 0 == len(rib.address_counts(empty, by="prefix"))
    assert 0 == len(rib.address_counts(empty, by="origin_as"))


def test_address_counts_of_the_sample_agree(sample):
    """What prefixes count and what all origins together have is the space of all routes."""
    whole = rib.read_mrt(str(sample / "collector.20250121.1200.mrt.bz2"))
    by_prefix = rib.address_counts(whole, by="prefix")
    spans = rib.aggregate(whole.prefixes.column("text"))
    expected = [
        sum(float(units([ipaddress.ip_network(p)])) for p in spans[spans["family"] == v]["prefix"])
        for v in (4, 6)
    ]
    assert expected == [
        pytest.approx(by_prefix[by_prefix["family"] == v]["addresses"].sum()) for v in (4, 6)
    ]


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda t: rib.aggregate("10.0.0.0/8"), TypeError, "given='10.0.0.0/8': expected a list"),
        (lambda t: rib.aggregate(5), TypeError, "given=5: expected a list"),
        (lambda t: rib.aggregate(["10.0.0.0/8", None]), TypeError, "row 1: expected a prefix"),
        (lambda t: rib.aggregate(["10.0.0.1/8"]), PrefixError, "10.0.0.1/8"),
        (lambda t: rib.address_counts(t, by="peer"), ValueError, "by='peer': expected 'prefix' or"),
        (lambda t: rib.address_counts([], by="prefix"), TypeError, "table=<list>: expected Rib"),
    ],
)
def test_bad_arguments_are_named(call, error, message):
    """The argument, its value and what was expected."""
    with pytest.raises(error, match=message):
        call(table([]))
