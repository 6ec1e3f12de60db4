"""The config of the nightly job: what is refused, and how well that is said."""

import pytest

from rib.batch.config import example, load_config, parse_config
from rib.batch.toml_lines import line_of
from rib.exceptions import ConfigError

START = 'output = "o"\n[[source]]\nname = "a"\npaths = ["b"]\n'


def test_the_example_is_valid_and_names_what_is_there(root):
    """`rib nightly --init` writes a config of which every path exists."""
    config = parse_config(example(), str(root / "nightly.toml"))
    named = config.registries
    paths = [named.vrps, named.organisations, named.relationships, named.delegations, *named.irr]
    assert all((root / path).is_file() for path in paths)
    assert [213394] == config.watch.origins
    assert len(config.rules) == 7


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("x = 1\n", "n.toml:1: x: no such key; accepted: assert, nights, notify, output, "),
        ('output = 1\n[[source]]\nname = "a"\npaths = []', "n.toml:1: output: "),
        (START + "path = 3\n", "n.toml:5: source.0.path: no such key; accepted: archive, at, name"),
        (START + 'at = "25:00"\n', "n.toml:5: source.0.at: expected a time of day"),
        (START + '[[source]]\nname = "a"\npaths = ["c"]', "'a': expected names that differ"),
        (START + "[nights]\nlast = 0\n", "n.toml:6: nights.last: "),
        (START + '[nights]\nlast = "7"\n', "n.toml:6: nights.last: "),
        (START + '[watch]\nprefixes = ["10.0.0.1/8"]\n', "n.toml:6: watch.prefixes.0: expected a"),
        (START + '[watch]\nprefixes = ["10.0.0.0/8"]\n', "n.toml:5: watch: expected origins"),
        (START + '[registries]\nslurm = "s"\n', "n.toml:5: registries: expected vrps"),
        (START + '[[assert]]\ncheck = "no"\n', "n.toml:6: assert.0.check: expected one of exit_"),
        (START + "[[assert]]\nat_least = 3\n", "assert.0.check: expected one of exit_share"),
        (
            START + '[[assert]]\ncheck = "upstreams"\norigin_as = 1\nat_leest = 3\n',
            "n.toml:8: assert.0.at_leest: no such key; accepted: at_least, check, family, name",
        ),
        (
            START + '[[assert]]\ncheck = "upstreams"\nat_least = 3\n',
            "n.toml:5: assert.0: expected prefix or origin_as",
        ),
        (
            START + '[[assert]]\ncheck = "rov"\norigin_as = 3\n',
            "n.toml:6: assert.0.check: 'rov' needs vrps",
        ),
        (
            START + '[[assert]]\ncheck = "survives"\nview = "x"\nlost_at_most = 0.1\n',
            "n.toml:7: assert.0.view: expected an own_view (there is none)",
        ),
        ('output = "o"\n', "expected at least one [[source]] or [[own_view]]"),
        (
            'output = "o"\n[[source]]\nname = "a"\narchive = "rrc"\n',
            "expected a RIS collector",
        ),
        (
            'output = "o"\n[[source]]\nname = "a"\narchive = "rrc00"\npaths = ["x"]\n',
            "n.toml:2: source.0: expected paths or archive, one of the two",
        ),
        (START + 'base = "/"\n', "source.0.base: no such key"),
        ('base = "/"\n' + START, "n.toml:1: base: no such key; accepted: assert, nights"),
        ("output = \n", "n.toml: Invalid value (at line 1"),
    ],
)
def test_a_mistake_is_named_with_its_line(text, expected):
    """File, line, key, and what was expected."""
    with pytest.raises(ConfigError) as raised:
        parse_config(text, "n.toml")
    assert expected in str(raised.value)


def test_every_mistake_is_named_at_once():
    """One run shows all of them."""
    with pytest.raises(ConfigError) as raised:
        parse_config(START + "x = 1\ny = 2\n", "n.toml")
    assert 2 == str(raised.value).count("no such key")


def test_paths_begin_at_the_folder_of_the_config():
    """URLs and absolute paths stay."""
    config = parse_config(START, "/etc/rib/nightly.toml")
    assert "/etc/rib/dumps" == config.located("dumps")
    assert "/var/dumps" == config.located("/var/dumps")
    assert "https://e.net/x" == config.located("https://e.net/x")
    assert "dumps" == parse_config(START, "nightly.toml").located("dumps")


def test_a_file_that_is_no_text_is_refused(tmp_path):
    """Not a traceback of the decoder."""
    path = tmp_path / "n.toml"
    path.write_bytes(b"\xff\xfe")
    with pytest.raises(ConfigError, match="expected UTF-8"):
        load_config(str(path))


@pytest.mark.parametrize(
    ("place", "line"),
    [
        (("a",), 1),
        (("t", "b", "c"), 3),
        (("l", 0, "x"), 5),
        (("l", 1, "x"), 8),
        (("l", 1, "kind", "x"), 8),
        (("l", 1, "missing"), 7),
        (("nowhere",), None),
        (("q", "w x"), 10),
    ],
)
def test_lines_of_keys(place, line):
    """Tables, arrays of tables, dotted and quoted keys; names that are not there are passed over."""
    text = 'a = 1\n[t]\nb.c = 2\n[[l]]\nx = 1\ny = ["x = 3"]\n[[l]] # more\nx = 2\n[q]\n"w x" = 1\n'
    assert line == line_of(text, place)
