"""`registry_warnings`: empty sets and registries older than the table."""

import dataclasses
import datetime as dt
import json

import pytest
from internet import mrt_writer as mrt

import rib
from rib.analysis.leaks import route_leaks
from rib.analysis.origins import validate_origins
from rib.analysis.suspects import hijack_suspects
from rib.registry.freshness import MOST_DAYS_OF_LINKS, MOST_DAYS_OF_VRPS, registry_warnings

NOON = dt.datetime(2025, 1, 21, 12)  # noqa: DTZ001 - naive UTC, as files are dated


@pytest.fixture(scope="module")
def table():
    """Give a table of noon, 21 January 2025."""
    when = int(NOON.replace(tzinfo=dt.UTC).timestamp())
    block = mrt.origin() + mrt.as_path(mrt.sequence(8, 1)) + mrt.next_hop("192.0.2.1")
    head = mrt.peer_index_table([mrt.Peer(8, "192.0.2.1")], timestamp=when)
    return rib.read_mrt(head + mrt.rib("10.0.0.0/8", [mrt.rib_entry(0, block)], timestamp=when))


@pytest.fixture
def vrps(tmp_path):
    """Give VRPs of a payload, undated."""
    path = tmp_path / "vrps.csv"
    path.write_text("ASN,IP Prefix,Max Length\nAS1,10.0.0.0/8,8\n")
    return rib.read_vrps(path)


@pytest.fixture
def links(tmp_path):
    """Give relationships and organisations, undated."""
    for name, text in (("rel.txt", "8|1|-1\n"), ("org.csv", "asn,name\n1,One\n")):
        (tmp_path / name).write_text(text)
    return {
        "relationships": rib.read_relationships(tmp_path / "rel.txt"),
        "organisations": rib.read_organisations(tmp_path / "org.csv"),
    }


@pytest.mark.parametrize(
    ("age", "warned"),
    [
        (dt.timedelta(0), False),
        (dt.timedelta(days=-400), False),
        (dt.timedelta(days=MOST_DAYS_OF_VRPS), False),
        (dt.timedelta(days=MOST_DAYS_OF_VRPS, minutes=1), True),
        (dt.timedelta(days=400), True),
    ],
)
def test_vrps_of_days_before_the_table_are_stale(table, vrps, age, warned):
    """Older than two days is a warning that names file and dates; newer is none."""
    dated = dataclasses.replace(vrps, date=NOON - age)
    found = registry_warnings(table, vrps=dated)
    assert warned == bool(found)
    if warned:
        assert vrps.source in found[0]
        assert "older than the table of 2025-01-21" in found[0]


@pytest.mark.parametrize("kind", ["relationships", "organisations"])
def test_links_of_more_than_a_year_before_are_stale(table, links, kind):
    """A date without a time may be any moment of its day."""
    for days, n in ((-30, 0), (MOST_DAYS_OF_LINKS, 0), (MOST_DAYS_OF_LINKS + 2, 1)):
        date = (NOON - dt.timedelta(days=days)).date()
        found = registry_warnings(table, **{kind: dataclasses.replace(links[kind], date=date)})
        assert n == len(found), days
        assert all(kind in text and str(date) in text for text in found)


def test_what_has_no_date_is_taken_as_fresh(table, vrps, links):
    """Neither an undated registry nor a table without routes can be compared."""
    assert [] == registry_warnings(table, vrps=vrps, **links)
    old = dataclasses.replace(vrps, date=NOON - dt.timedelta(days=99))
    assert [] == registry_warnings(table.select(peers=[99]), vrps=old)
    assert [] == registry_warnings(table)


def test_an_empty_set_of_payloads_is_said(table, vrps):
    """All not-found for want of payloads is no result."""
    (text,) = registry_warnings(table, vrps=dataclasses.replace(vrps, table=vrps.table[:0]))
    assert "holds no payload" in text


def test_results_carry_the_warnings(tmp_path, table, vrps, links):
    """Every result that is judged by registries has its warnings in ``attrs``."""
    filters = {"prefixFilters": [{"asn": 1}], "bgpsecFilters": []}
    added = {"prefixAssertions": [], "bgpsecAssertions": []}
    document = {
        "slurmVersion": 1, "validationOutputFilters": filters, "locallyAddedAssertions": added,
    }  # fmt: skip
    (tmp_path / "slurm.json").write_text(json.dumps(document))
    empty = rib.read_vrps(vrps.source, slurm=tmp_path / "slurm.json")
    old = {kind: dataclasses.replace(of, date=dt.date(2020, 1, 1)) for kind, of in links.items()}
    result = validate_origins(table, vrps=empty)
    assert (["not-found"], 1) == (result["rov_state"].tolist(), len(result.attrs["warnings"]))
    assert [] == validate_origins(table, vrps=vrps).attrs["warnings"]
    leaks = route_leaks(table, relationships=old["relationships"])
    assert ["AS relationships"] == [text[:16] for text in leaks.attrs["warnings"]]
    assert [] == route_leaks(table, relationships=links["relationships"]).attrs["warnings"]
    suspects = hijack_suspects(table, vrps=empty, **old)
    assert 3 == len(suspects.attrs["warnings"])
