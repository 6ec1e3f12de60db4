"""`max_length_lint`: loose payloads, against counting subnets one by one."""

import ipaddress

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rib.analysis.max_length import max_length_lint

COLUMNS = [
    "prefix", "asn", "max_length", "trust_anchor", "n_admitted", "n_announced", "n_open",
    "longest_announced", "suggested",
]  # fmt: skip


def plain(frame):
    return [tuple(row.values()) for row in pa.Table.from_pandas(frame).to_pylist()]


def test_max_length_lint_says_what_is_open_and_what_would_do(table_of, registry):
    """Counts, the longest prefix seen and the exact payloads of each loose one."""
    vrps = registry(
        "vrps",
        "AS1,10.0.0.0/8,10,ripe\nAS1,10.0.0.0/8,8,ripe\nAS2,10.0.0.0/8,9,ripe\nAS0,11.0.0.0/8,32,t\n"
        "AS3,12.0.0.0/8,9,t\nAS4,2001:db8::/32,128,t\nAS5,13.0.0.0/8,9,t\n",
    )
    table = table_of(
        {
            "10.0.0.0/8": [[8, 1], [9, 1]], "10.64.0.0/10": [[8, 1]], "10.64.0.0/11": [[8, 1]],
            "10.128.0.0/9": [[8, 7], [9, {1, 2}]], "11.0.0.0/8": [[8, 0]],
            "12.0.0.0/8": [[8, 3]], "12.0.0.0/9": [[8, 3]], "12.128.0.0/9": [[8, 3], [9, 4]],
            "13.0.0.0/8": [[8, 6]], "2001:db8::/48": [[8, 4]],
        }
    )  # fmt: skip
    frame = max_length_lint(table, vrps=vrps)
    expected = [
        ("10.0.0.0/8", 1, 10, "ripe", 7.0, 2, 5.0, 10, ["10.0.0.0/8", "10.64.0.0/10"]),
        ("10.0.0.0/8", 2, 9, "ripe", 3.0, 0, 3.0, None, []),
        ("13.0.0.0/8", 5, 9, "t", 3.0, 0, 3.0, None, []),
        ("2001:db8::/32", 4, 128, "t", 2.0**97 - 1, 1, 2.0**97 - 2, 48, ["2001:db8::/48"]),
    ]
    assert (COLUMNS, expected) == (list(frame.columns), plain(frame))
    assert [] == frame.attrs["warnings"]


PREFIXES = st.builds(
    lambda bits, length: str(ipaddress.ip_network((bits << 24 & -1 << (32 - length), length))),
    st.integers(16, 19),
    st.integers(5, 9),
)


@settings(
    max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    payloads=st.sets(st.tuples(st.integers(0, 2), PREFIXES, st.integers(0, 3)), min_size=1),
    routes=st.dictionaries(PREFIXES, st.sets(st.integers(1, 3), min_size=1), min_size=1),
)
def test_max_length_lint_equals_counting_subnets(table_of, registry, payloads, routes):
    """Every admitted prefix is listed and looked for among the announcements."""
    payloads = {(asn, p, int(p.split("/")[1]) + more) for asn, p, more in payloads}
    table = table_of({p: [[7 + i, a] for i, a in enumerate(of)] for p, of in routes.items()})
    vrps = registry("vrps", "".join(f"AS{a},{p},{m},t\n" for a, p, m in payloads))
    announced = {(p, a) for p, of in routes.items() for a in of}
    expected = {}
    for asn, prefix, most in payloads:
        network = ipaddress.ip_network(prefix)
        admitted = [
            str(sub)
            for bits in range(network.prefixlen, most + 1)
            for sub in network.subnets(new_prefix=bits)
        ]
        seen = [p for p in admitted if (p, asn) in announced]
        if asn and most > network.prefixlen and len(seen) < len(admitted):
            longest = max((int(p.split("/")[1]) for p in seen), default=None)
            counts = (len(admitted), len(seen), len(admitted) - len(seen))
            expected[prefix, asn, most] = (*counts, longest, set(seen))
    found = plain(max_length_lint(table, vrps=vrps))
    assert expected == {row[:3]: (*row[4:8], set(row[8])) for row in found}
    order = [
        (int(ipaddress.ip_network(r[0])[0]), int(r[0].split("/")[1]), r[1], r[2]) for r in found
    ]
    assert sorted(order) == order


def test_max_length_lint_without_routes(table_of, registry):
    """Nothing seen leaves every payload with a longer maximum open."""
    vrps = registry("vrps", "AS1,10.0.0.0/8,9,t\nAS1,11.0.0.0/8,8,t\n")
    frame = max_length_lint(table_of({"9.0.0.0/8": [[8, 1]]}).select(peers=[99]), vrps=vrps)
    assert [("10.0.0.0/8", 1, 9, "t", 3.0, 0, 3.0, None, [])] == plain(frame)


def test_max_length_lint_takes_a_registry(table_of):
    """A path in place of the registry is said at once."""
    with pytest.raises(TypeError, match="vrps='x': expected Vrps"):
        max_length_lint(table_of({"9.0.0.0/8": [[8, 1]]}), vrps="x")
