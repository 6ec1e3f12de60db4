"""`rib.read_policy`: TOML files, and what is said of those that are wrong."""

import dataclasses

import pytest

import rib
from rib.exceptions import ConfigError

WHOLE = """
default_local_pref = 110
always_compare_med = true
deterministic_med = false
missing_med = "worst"
prefer = "oldest"
own_as = 213394

[igp_cost]
"192.0.2.1" = 10
"2001:DB8::1" = 20

[[rule]]                      # never through the backup
session = ["192.0.2.9"]
prefix = ["10.0.0.0/8 le 24", "2001:db8::/32"]
reject = true

[[rule]]
community = ["64500:1", "64500:1:2"]
origin_as = [64501]
local_pref = 200
"""


@pytest.fixture
def read(tmp_path):
    """Give a function that reads a policy from its text."""

    def make(text):
        path = tmp_path / "policy.toml"
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return rib.read_policy(path)

    return make


def test_every_key_is_read(read):
    """A file holds what the constructors take."""
    rules = (
        rib.PolicyRule(
            reject=True, session=("192.0.2.9",), prefix=("10.0.0.0/8 le 24", "2001:db8::/32")
        ),
        rib.PolicyRule(local_pref=200, community=("64500:1", "64500:1:2"), origin_as=(64501,)),
    )
    expected = rib.Policy(
        rules, 110, True, False, "worst", "oldest", 213394, {"192.0.2.1": 10, "2001:db8::1": 20}
    )  # fmt: skip
    assert expected == read(WHOLE)


def test_empty_file_is_the_default(read):
    """What a file does not say is as in `rib.Policy`."""
    assert rib.Policy() == read("")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[[rule]]\nsession = [1]", "rule 1: local_pref=None, reject=False: expected exactly one"),
        ("[[rule]]\nreject = true\n[[rule]]\nlocal_pref = -1", "rule 2: local_pref=-1: expected"),
        ("[[rule]]\npreference = 1", "rule 1: preference=1: no such key; expected community, loc"),
        ("med = true", "med=True: no such key; expected always_compare_med, default_local_pref"),
        ("rules = []", "rules=.*no such key; .* rule"),
        ("rule = 1", "rule=1: expected tables, each headed"),
        ("rule = [1]", "rule=.1.: expected tables"),
        ("prefer = 'older'", "prefer='older': expected 'router_id' or 'oldest'"),
        ("prefer = ", "expected TOML: "),
        (b"prefer = '\xff'", "expected TOML: "),
        ("own_as = 2001-01-01", "own_as=datetime.date"),
    ],
)
def test_wrong_files_name_file_rule_key_and_value(read, text, message):
    """An error says where it is and what was expected."""
    with pytest.raises(ConfigError, match=rf"policy\.toml: {message}"):
        read(text)


def test_missing_file_is_missing():
    """A file that is not there is that, not a policy that is wrong."""
    with pytest.raises(FileNotFoundError):
        rib.read_policy("no-such-policy.toml")


def test_the_policy_of_the_documentation_is_one(root, read):
    """The example of docs/policy.md has every key, and says of each what its default is."""
    text = (root / "docs" / "policy.md").read_text()
    example = text.split("```toml\n")[1].split("```")[0]
    policy = read(example)
    assert [True, False, False] == [rule.reject for rule in policy.rules]
    settings = {f.name for f in dataclasses.fields(policy)} - {"rules", "own_as", "igp_cost"}
    for name in settings:
        assert f"{name} = " in example
        assert getattr(rib.Policy(), name) == getattr(policy, name)
