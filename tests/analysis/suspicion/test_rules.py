"""The rules of suspicion and their documentation."""

from rib.analysis.suspicion.rules import RULES


def test_rules_are_documented():
    """Every rule says what it means, and those that lower the score what they explain."""
    for rule in RULES.values():
        assert rule.meaning
        assert (rule.weight >= 0) or rule.explains or rule.name == "link_not_at_origin"
    assert len(RULES) <= 63  # one bit each


def test_rules_are_those_of_the_documentation(root):
    """The docs list every rule with its weight, source and meaning."""
    text = "".join(p.read_text() for p in sorted((root / "docs").glob("methods*.md")))
    for rule in RULES.values():
        row = f"| `{rule.name}` | {rule.weight:+d} | {rule.source} | {rule.meaning} | {rule.explains or ''} |"
        assert row in text, row
