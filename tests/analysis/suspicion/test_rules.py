"""The rules of suspicion and their documentation."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rib.analysis.suspicion.rules import RULES, verdict


def test_rules_are_documented():
    """Every rule says what it means, and those that lower the score what they explain."""
    for rule in RULES.values():
        assert rule.meaning
        assert (rule.weight >= 0) or rule.explains or rule.name.startswith("link_")
    assert len(RULES) <= 63  # one bit each


def test_rules_are_those_of_the_documentation(root):
    """The docs list every rule with its weight, source and meaning."""
    text = "".join(p.read_text() for p in sorted((root / "docs").glob("methods*.md")))
    for rule in RULES.values():
        row = f"| `{rule.name}` | {rule.weight:+d} | {rule.source} | {rule.meaning} | {rule.explains or ''} |"
        assert row in text, row


def _rows(*names):
    return [{"rule": name, "weight": RULES[name].weight} for name in names]


@pytest.mark.parametrize(
    ("names", "score", "explained"),
    [
        ((), 0, ["not enough evidence"]),
        (("moas", "newcomer"), 50, []),
        (("moas", "irr_not_found"), 25, ["not enough evidence"]),
        (
            ("sibling", "moas", "newcomer", "irr_established"),
            0,
            ["registered multi-origin", "siblings"],
        ),
        (("bogon", "newcomer", "rov_invalid_as"), 100, []),
        (("moas", "newcomer", "rov_invalid_as", "neighbour"), 60, []),
    ],
)
def test_verdict_sums_weights_and_names_what_explains(names, score, explained):
    """The sum is cut to 0 to 100; explanations come in the order of the rules, for no suspect."""
    assert (score, score >= 50, explained) == verdict(_rows(*names))


def test_path_anomalies_alone_make_no_suspect():
    """All of them on one path stay below the threshold."""
    assert not verdict(_rows(*(name for name in RULES if name.startswith("path_")))).suspect


@given(
    st.lists(st.sampled_from(sorted(RULES)), unique=True).flatmap(
        lambda x: st.tuples(st.just(x), st.permutations(x))
    )
)
def test_verdict_does_not_depend_on_the_order_of_evidence(names):
    """Any order gives the same; a suspect is never explained, all else always is."""
    given, shuffled = (verdict(_rows(*of)) for of in names)
    assert given == shuffled
    assert 0 <= given.score <= 100
    assert given.suspect == (given.score >= 50) == (not given.explained_by)
