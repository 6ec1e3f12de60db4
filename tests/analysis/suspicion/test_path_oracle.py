"""Odd paths against an oracle that reads the definitions of docs/methods.md, one path at a time."""

from itertools import groupby

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from scene import events, rules

from rib.analysis.suspects import hijack_suspects

CLIQUE = (8, 9)
LINKS = "# inferred clique: 8 9\n8|9|0\n"
ASES = (7, 8, 9, 100, 101, 23456, 64512)
PATHS = st.lists(
    st.lists(
        st.tuples(st.sampled_from(ASES), st.sampled_from((1, 1, 1, 11))), min_size=1, max_size=6
    ).map(lambda runs: [8, *(asn for asn, n in runs for _ in range(n))]),
    min_size=1,
    max_size=4,
)


def _odd(path):
    """Give {(AS in question, rule)} of a path without sets."""
    runs = [(asn, len(list(same))) for asn, same in groupby(path)]
    hops, origin, found = [asn for asn, _ in runs], path[-1], set()
    if hops.count(origin) > 1:
        found.add((origin, "path_poisoned"))
    elif len(set(hops)) < len(hops):
        again = next(asn for i, asn in enumerate(hops) if asn in hops[:i])
        found.add((again, "path_loop"))
    for asn, rule in ((64512, "path_reserved"), (23456, "path_as_trans")):
        if asn in hops[:-1]:
            found.add((asn, rule))
    for left, asn, right in zip(hops, hops[1:], hops[2:], strict=False):
        if left in CLIQUE and right in CLIQUE and asn not in CLIQUE:
            found.add((asn, "path_clique"))
            break
    longest = max(n for _, n in runs)
    if longest > 10:
        found.add((next(asn for asn, n in runs if n == longest), "path_prepends"))
    if len(path) > 50:
        found.add((origin, "path_long"))
    return found


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(PATHS)
def test_odd_paths_are_those_of_the_definitions(table_of, registry, paths):
    """For each prefix, the ASes in question and the rules are those of its path."""
    now = {f"20.{i}.0.0/16": [path] for i, path in enumerate(paths)}
    found = hijack_suspects(table_of(now), relationships=registry("relationships", LINKS))
    listed = {
        (prefix, asn, rule)
        for event in events(found)
        if event["kind"] == "path_anomaly"
        for prefix in event["prefixes"]
        for asn in event["newcomers"]
        for rule in rules(event)
    }
    assert {(p, *odd) for p, (path,) in now.items() for odd in _odd(path)} == listed
