"""Single lookups in a mapped file: the answers, and the errors, of the index."""

import pytest
from dumps import SAMPLES
from stored import addresses_near, nested

import rib
from rib.table.store import mapped


@pytest.fixture(scope="module", params=["nested", "sample"])
def pair(request, sample, tmp_path_factory):
    """Give a table in memory and the same one mapped."""
    table = nested() if request.param == "nested" else rib.read_mrt(sample / SAMPLES[3])
    path = tmp_path_factory.mktemp("store") / "a.rib"
    table.write(path)
    return table, path


def test_lookup_in_the_file_is_that_of_the_index(pair):
    """Addresses in and next to prefixes get the match that the index gives."""
    table, path = pair
    stored = rib.read_rib(path)
    for address in addresses_near(table, 80):
        assert table.lookup(address) == stored.lookup(address), address
    assert "index" not in vars(stored)


def test_get_in_the_file_is_that_of_the_index(pair):
    """Prefixes of the table are found, those that are not in it are None."""
    table, path = pair
    stored = rib.read_rib(path)
    for prefix in table.prefixes.column("text").to_pylist()[:: max(table.n_prefixes // 300, 1)]:
        assert table.get(prefix) == stored.get(prefix)
    for prefix in ("203.0.113.0/31", "fe80::/77", "0.0.0.0/0", "::/0"):
        assert table.get(prefix) == stored.get(prefix)
    assert "index" not in vars(stored)


@pytest.mark.parametrize("question", ["lookup", "get"])
@pytest.mark.parametrize(
    "text",
    [
        "",
        "300.1.1.1",
        "10.0.0.1/8",
        "10.0.0.0",
        "::/129",
        "010.0.0.1",
        "fe80::1%eth0",
        " ::1",
        None,
    ],
)
def test_search_refuses_what_the_index_refuses(pair, question, text):
    """A text that is none gives the error of the index, word for word."""
    table, path = pair

    def asked(of):
        try:
            return getattr(of, question)(text)
        except rib.PrefixError as error:
            return str(error)

    assert asked(table) == asked(rib.read_rib(path))


def test_search_gives_way_to_the_index(pair, monkeypatch):
    """After some single questions, or once there is an index, the index answers."""
    table, path = pair
    monkeypatch.setattr(mapped, "_N_SEARCHES", 2)
    stored = rib.read_rib(path)
    for n in range(4):
        assert table.lookup("10.0.0.1") == stored.lookup("10.0.0.1")
        assert (n >= 2) == ("index" in vars(stored))
    bulk = rib.read_rib(path)
    assert table.lookup_ids(["10.0.0.1"]).tolist() == bulk.lookup_ids(["10.0.0.1"]).tolist()
    assert table.lookup("10.0.0.1") == bulk.lookup("10.0.0.1")
    assert "_search" not in vars(bulk)


def test_search_in_one_family_or_none(tmp_path):
    """A table of one family, or of nothing, is searched too."""
    table = nested()
    for name, part in (
        ("4", table.select(family=4)),
        ("6", table.select(family=6)),
        ("none", table.select(origin_as=[1])),
    ):
        part.write(tmp_path / name)
        stored = rib.read_rib(tmp_path / name)
        for address in ("10.0.0.1", "2001:db8::1", "255.255.255.255", "::"):
            assert part.lookup(address) == stored.lookup(address)
