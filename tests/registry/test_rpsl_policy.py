"""Import and export lines: the grammar of RFC 2622 §6 and what people write instead."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rib.registry.rpsl_policy import filter_ases, line_neighbours, parse_policy


def peerings(terms):
    return [(list(t.peers), list(t.sets), t.filter, t.operator) for t in terms]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("from AS2 accept AS2", [([2], [], "AS2", "")]),
        ("from AS2 AS3 accept ANY", [([2, 3], [], "ANY", "")]),
        (
            "from AS2 action pref=10; med=0; from AS3 accept ANY",
            [([2], [], "ANY", ""), ([3], [], "ANY", "")],
        ),
        (
            "from AS2 192.0.2.1 at 192.0.2.2 action pref=1; accept AS-X AND NOT {0.0.0.0/0}",
            [([2], [], "AS-X AND NOT { 0.0.0.0/0 }", "")],
        ),
        (
            "{ from AS2 accept {10.0.0.0/8^+, 11.0.0.0/8}; from AS3 accept <^AS3 .* AS4$>; }",
            [([2], [], "{ 10.0.0.0/8^+ , 11.0.0.0/8 }", ""), ([3], [], "<^AS3 .* AS4$>", "")],
        ),
        (
            "from AS-ANY action community.append(65000:1); accept ANY; refine { from AS2 accept AS2; from AS3 accept AS3; }",
            [([], ["AS-ANY"], "ANY", ""), ([2], [], "AS2", "refine"), ([3], [], "AS3", "refine")],
        ),
        (
            "from AS2 accept AS-FOO except { from AS3 accept AS4 } except from AS5 accept AS6",
            [
                ([2], [], "AS-FOO", ""),
                ([3], [], "AS4", "except"),
                ([5], [], "AS6", "except"),
            ],
        ),
        (
            "protocol BGP4 into OSPF from AS1:AS-PEERS:AS9 or RIPE::AS-Y accept PeerAS",
            [([], ["AS1:AS-PEERS:AS9", "RIPE::AS-Y"], "PeerAS", "")],
        ),
        (
            "from AS2 action community .= { 65000:1 }; accept ANY;",
            [([2], [], "ANY", "")],
        ),
        ("from (AS2 or AS3) accept ANY", [([2, 3], [], "ANY", "")]),
    ],
)
def test_parse_policy_reads_the_grammar(text, expected):
    """Peerings, their filter and the operator, in the order of the line."""
    terms, ok = parse_policy("import", text)
    assert (expected, True) == (peerings(terms), ok)


def test_parse_policy_gives_families_and_exclusions():
    """An afi list holds for the whole expression; EXCEPT takes members of sets away."""
    text = (
        "afi ipv4.unicast, ipv6.unicast { from AS-X EXCEPT AS2 accept ANY; from AS3 accept ANY; }"
    )
    terms, ok = parse_policy("import", text)
    assert ok
    assert [("ipv4.unicast", "ipv6.unicast")] * 2 == [t.afi for t in terms]
    assert [("AS2",), ()] == [t.excluded for t in terms]
    assert ({3}, True) == line_neighbours("import", text)


@pytest.mark.parametrize(
    ("peering", "peers", "excluded"),
    [
        ("AS-X EXCEPT AS2 OR AS3", (3,), ("AS2",)),
        ("AS-X EXCEPT (AS2 OR (AS-Y OR AS4)) OR AS3", (3,), ("AS2", "AS-Y", "AS4")),
        ("(AS-X OR AS1) EXCEPT AS2", (1,), ("AS2",)),
    ],
)
def test_parse_policy_ends_an_exclusion(peering, peers, excluded):
    """EXCEPT takes one operand, or all that is in its parentheses."""
    (term,), ok = parse_policy("import", f"from {peering} accept ANY")
    assert (peers, ("AS-X",), excluded, True) == (term.peers, term.sets, term.excluded, ok)


@pytest.mark.parametrize(
    ("direction", "text", "expected"),
    [
        ("export", "to AS2 announce AS-MINE", {2}),
        ("export", "to AS2 to AS3 announce AS-MINE", {2, 3}),
        ("export", "afi ipv6.unicast to AS2 announce AS-MINE", {2}),
        ("default", "to AS2", {2}),
        ("default", "to AS2 action pref=1; networks {0.0.0.0/0}", {2}),
        ("import", "FROM as2 ACTION pref=1; ACCEPT any", {2}),
    ],
)
def test_line_neighbours_names_each_peer(direction, text, expected):
    """Every direction has words of its own; case does not matter."""
    assert (expected, True) == line_neighbours(direction, text)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("", set()),
        ("to AS2 announce ANY", set()),
        ("from accept ANY", set()),
        ("from AS2", {2}),
        ("from AS2 accept AS3 }", {2}),
        ("{ from AS2 accept ANY; from nowhere", {2}),
        ("from AS4294967296 accept ANY", set()),
        ("accept ANY", set()),
        ("{" * 5000, set()),
        ("from AS2 accept ANY refine " * 5000, {2}),
    ],
)
def test_line_neighbours_says_what_is_broken(text, found):
    """A broken line is not ok, and keeps the peers that stand before the fault."""
    assert (found, False) == line_neighbours("import", text)


@given(
    st.lists(
        st.tuples(
            st.lists(st.integers(1, 2**32 - 1), min_size=1, max_size=3),
            st.sampled_from(["", "action pref=1;", "action community .= {1:2}; med=3;"]),
            st.sampled_from(["ANY", "AS-X", "{1.0.0.0/8^24-24}", "<.* AS1>", "NOT (AS1 OR AS2)"]),
        ),
        min_size=1,
        max_size=4,
    ),
    st.booleans(),
)
def test_parse_policy_inverts_writing(factors, nested):
    """What is written as factors in braces, once or twice, comes back as terms."""
    lines = [
        " ".join(f"from AS{asn} {action}" for asn in peers) + f" accept {accepted};"
        for peers, action, accepted in factors
    ]
    text = "{" + " ".join(lines) + "}"
    text = f"afi any {text} refine {text}" if nested else text
    terms, ok = parse_policy("import", text)
    expected = [asn for peers, _, _ in factors for asn in peers] * (2 if nested else 1)
    assert (expected, True) == ([t.peers[0] for t in terms], ok)
    assert {a for p, _, _ in factors for a in p} == line_neighbours("import", text)[0]


@given(st.text(alphabet="{};,()<> \tfromtacepsASexrin0123456789-:#ANY", max_size=60))
def test_parse_policy_never_raises(text):
    """Any text is an answer or a fault."""
    for direction in ("import", "export", "default"):
        assert isinstance(line_neighbours(direction, text)[1], bool)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("AS-X", ((), ("AS-X",))),
        ("AS1 AS2 or AS1:AS-Y", ((1, 2), ("AS1:AS-Y",))),
        ("ANY", None),
        ("AS-ANY", None),
        ("AS-X AND NOT {0.0.0.0/0}", None),
        ("AS1^+", None),
        ("RS-X", None),
        ("", None),
    ],
)
def test_filter_ases_knows_what_it_can_tell(text, expected):
    """Only filters that are ASes and sets of them say whose routes they let through."""
    assert expected == filter_ases(text)
