"""Sets of ASes: nested, circular, hierarchical, of several sources, partly missing."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rib.registry.irr import read_irr


def read(tmp_path, *sets):
    """Read as-sets given as (name, members, source)."""
    text = "\n".join(f"as-set: {n}\nmembers: {m}\nsource: {s}\n" for n, m, s in sets)
    (tmp_path / "irr.db").write_text(text)
    return read_irr(tmp_path / "irr.db")


def test_expand_follows_sets_of_sets(tmp_path):
    """Members of members count, once each; depth is that of the sets."""
    irr = read(
        tmp_path,
        ("AS-A", "AS1, AS-B, AS7:AS-C", "RIPE"),
        ("AS-B", "AS2, AS7:AS-C", "RIPE"),
        ("AS7:AS-C", "AS3, AS1", "RIPE"),
    )
    found = irr.expand("as-a")
    assert ("AS-A", [1, 2, 3], 2) == (found.name, found.asns.tolist(), found.depth)
    assert ("RIPE::AS-A", "RIPE::AS-B", "RIPE::AS7:AS-C") == found.sets
    assert ((), ()) == (found.missing, found.cycles)
    assert "<AsSetExpansion AS-A: 3 ASes of 3 sets>" == repr(found)


def test_expand_ends_in_cycles_and_names_them(tmp_path):
    """Sets that contain themselves are opened once, and listed; those that lead there are not."""
    irr = read(
        tmp_path,
        ("AS-TOP", "AS-A", "RIPE"),
        ("AS-A", "AS1 AS-B", "RIPE"),
        ("AS-B", "AS2 AS-A", "RIPE"),
        ("AS-SELF", "AS-SELF AS3", "RIPE"),
    )
    found = irr.expand("AS-TOP")
    assert ([1, 2], ("RIPE::AS-A", "RIPE::AS-B")) == (found.asns.tolist(), found.cycles)
    assert ("RIPE::AS-SELF",) == irr.expand("AS-SELF").cycles


def test_expand_lists_what_is_missing(tmp_path):
    """Sets that are not registered, and what is no set of ASes, are named, never dropped."""
    found = read(tmp_path, ("AS-A", "AS1 AS-GONE RS-X AS4294967296 AS-ANY", "RIPE")).expand("AS-A")
    assert [1] == found.asns.tolist()
    assert ("AS-ANY", "AS-GONE", "AS4294967296", "RS-X") == found.missing
    assert "4 missing" in repr(found)


def test_expand_of_an_unknown_set_is_empty(tmp_path):
    """No such set: no AS, and its name among the missing."""
    found = read(tmp_path, ("AS-A", "AS1", "RIPE")).expand("AS-NONE")
    assert ([], ("AS-NONE",), (), 0) == (
        found.asns.tolist(),
        found.missing,
        found.sets,
        found.depth,
    )
    assert "uint32" == str(found.asns.dtype)


def test_expand_prefers_the_source_that_names(tmp_path):
    """A name in several sources means the namer's own, else the best class; a qualified one, that."""
    irr = read(
        tmp_path,
        ("AS-A", "AS1", "RADB"),
        ("AS-A", "AS2", "RIPE"),
        ("AS-TOP", "AS-A", "RADB"),
        ("AS-ALL", "RADB::AS-A, RIPE::AS-A, ARIN::AS-A", "ALTDB"),
    )
    asked = {name: irr.expand(name).asns.tolist() for name in ("AS-A", "RADB::AS-A", "AS-TOP")}
    assert {"AS-A": [2], "RADB::AS-A": [1], "AS-TOP": [1]} == asked
    every = irr.expand("AS-ALL")
    assert ([1, 2], ("ARIN::AS-A",)) == (every.asns.tolist(), every.missing)


def test_expand_counts_members_by_reference(tmp_path):
    """An aut-num that says member-of belongs, where the set trusts one of its maintainers."""
    path = tmp_path / "irr.db"
    sets = [("AS-A", "MNT-X"), ("AS-OPEN", "ANY"), ("AS-SHUT", "")]
    text = "".join(f"as-set: {n}\nmbrs-by-ref: {m}\nsource: RIPE\n\n" for n, m in sets)
    for asn, maintainer, source in (
        (1, "MNT-X", "RIPE"),
        (2, "MNT-Y", "RIPE"),
        (3, "MNT-X", "RADB"),
    ):
        text += f"aut-num: AS{asn}\nmember-of: AS-A, AS-OPEN, AS-SHUT\nmnt-by: {maintainer}\n"
        text += f"source: {source}\n\n"
    path.write_text(text)
    irr = read_irr(path)
    asked = {name: irr.expand(name).asns.tolist() for name, _ in sets}
    assert {"AS-A": [1], "AS-OPEN": [1, 2], "AS-SHUT": []} == asked


@given(st.dictionaries(st.integers(0, 7), st.lists(st.integers(0, 15), max_size=5), max_size=8))
def test_expand_is_the_smallest_closure(tmp_path_factory, graph):
    """As a naive fixpoint has it: sets are 0 to 7, ASes are 8 and above."""
    path = tmp_path_factory.mktemp("sets") / "irr.db"
    text = "aut-num: AS9\nsource: RIPE\n\n"
    for name, members in graph.items():
        listed = ", ".join(f"AS-{m}" if m < 8 else f"AS{m}" for m in members)
        text += f"as-set: AS-{name}\nmembers: {listed}\nsource: RIPE\n\n"
    path.write_text(text)
    irr = read_irr(path)

    def reach(start):
        found, before = set(graph.get(start, ())), None
        while found != before:
            before = set(found)
            found |= {m for s in before for m in graph.get(s, ())}
        return found

    for start in range(8):
        found, reached = irr.expand(f"AS-{start}"), reach(start)
        assert sorted(m for m in reached if m >= 8) == found.asns.tolist()
        missing = {m for m in reached if m < 8 and m not in graph} | ({start} - graph.keys())
        assert tuple(f"AS-{m}" for m in sorted(missing)) == found.missing
        looped = [s for s in reached | {start} if s < 8 and s in reach(s)]
        assert tuple(f"RIPE::AS-{s}" for s in sorted(looped)) == found.cycles


def test_expand_needs_a_name(tmp_path):
    """A number is no name."""
    with pytest.raises(TypeError, match="name=1: expected the name of an as-set"):
        read(tmp_path, ("AS-A", "AS1", "RIPE")).expand(1)
