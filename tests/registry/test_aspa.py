"""ASPA objects: forms of validators, expiry, repeated and broken ones, SLURM version 2."""

import datetime as dt
import json

import pytest

from rib.exceptions import RegistryError
from rib.registry.aspa import as_number, read_aspas
from rib.registry.columns import Ignored
from rib.registry.vrps import read_vrps

NOON = dt.datetime(2025, 1, 21, 12)  # noqa: DTZ001 - naive UTC, as files are dated
BEFORE, AFTER = 1737460000, 1737470000


def read(*entries, date=NOON):
    ignored = Ignored("entry")
    return read_aspas(list(entries), date, ignored), ignored.counts


@pytest.mark.parametrize(
    ("entry", "expected"),
    [
        ({"customer_asid": 1, "providers": [3, 2]}, {1: {2, 3}}),
        ({"customer_asid": 1, "providers": [2], "expires": AFTER}, {1: {2}}),
        ({"customer": "AS1", "providers": ["AS2", "as3"]}, {1: {2, 3}}),
        ({"customer": "1", "providers": ["0"]}, {1: {0}}),
        ({"customer": "AS1", "providers": ["AS2"], "source": []}, {1: {2}}),
        (
            {
                "customer": "AS1",
                "providers": ["AS2"],
                "source": [{"type": "aspa", "validity": {"notAfter": "2025-01-21T13:00:00Z"}}],
            },
            {1: {2}},
        ),
    ],
)
def test_read_aspas_knows_the_forms_of_validators(entry, expected):
    """rpki-client writes numbers, Routinator text, jsonext the sources too."""
    assert (expected, {}) == read(entry)


@pytest.mark.parametrize(
    "entry",
    [
        {"customer_asid": 1, "providers": [2], "expires": BEFORE},
        {
            "customer": "AS1",
            "providers": ["AS2"],
            "source": [{"validity": {"notAfter": "2025-01-21T13:00:00+02:00"}}],
        },
    ],
)
def test_read_aspas_leaves_out_what_expired_before_the_file_was_written(entry):
    """The file's date decides; without one nothing is known to have expired."""
    assert ({}, {"aspa_expired": 1}) == read(entry)
    assert ({1: {2}}, {}) == read(entry, date=None)


def test_read_aspas_unites_the_objects_of_one_customer():
    """Providers of all objects count together, and the second object is counted."""
    found = read(
        {"customer_asid": 1, "providers": [2, 3]}, {"customer_asid": 1, "providers": [3, 4]}
    )
    assert ({1: {2, 3, 4}}, {"aspa_duplicate": 1}) == found


@pytest.mark.parametrize(
    "entry",
    [
        7, None, [], {}, {"customer_asid": 1}, {"providers": [2]},
        {"customer_asid": 1, "providers": []}, {"customer_asid": 1, "providers": 2},
        {"customer_asid": 1, "providers": [2, "x"]}, {"customer_asid": 1, "providers": [2, None]},
        {"customer_asid": 0, "providers": [2]}, {"customer_asid": -1, "providers": [2]},
        {"customer_asid": 2**32, "providers": [2]}, {"customer_asid": True, "providers": [2]},
        {"customer_asid": 1, "providers": [1.0]}, {"customer": "AS", "providers": [2]},
    ],
)  # fmt: skip
def test_read_aspas_counts_a_broken_object(entry):
    """A broken object counts for nothing; the others load."""
    good = {"customer_asid": 9, "providers": [8]}
    assert ({9: {8}}, {"aspa": 1}) == read(entry, good)


@pytest.mark.parametrize("entries", [None, {}, "aspas", 3])
def test_read_aspas_without_a_list_has_none(entries):
    """What is no list of objects holds none."""
    assert {} == read_aspas(entries, NOON, Ignored())


def test_as_number_takes_ascii_digits_only():
    """Digits of other scripts are no AS number."""
    assert [1, None, None] == [as_number(text) for text in (" AS1 ", "AS\u0661", "AS1.1")]


def write(tmp_path, document, name):
    path = tmp_path / name
    path.write_text(json.dumps(document))
    return path


def exceptions(tmp_path, filters=(), assertions=(), version=2):
    document = {
        "slurmVersion": version,
        "validationOutputFilters": {
            "prefixFilters": [], "bgpsecFilters": [], "aspaFilters": list(filters),
        },
        "locallyAddedAssertions": {
            "prefixAssertions": [], "bgpsecAssertions": [], "aspaAssertions": list(assertions),
        },
    }  # fmt: skip
    return write(tmp_path, document, "slurm.json")


@pytest.fixture
def vrps_json(tmp_path):
    """Give a file with one payload and the objects of two customers."""
    document = {
        "metadata": {"buildtime": "2025-01-21T12:00:00Z"},
        "roas": [{"asn": 1, "prefix": "10.0.0.0/8", "maxLength": 8}],
        "aspas": [
            {"customer_asid": 2, "providers": [20]},
            {"customer_asid": 1, "providers": [11, 10]},
        ],
    }
    return write(tmp_path, document, "vrps.json")


def aspas(vrps):
    return [(row["customer_as"], row["provider_as"]) for row in vrps.aspas.to_pylist()]


def test_slurm_filters_and_adds_aspa_objects(tmp_path, vrps_json):
    """Filters come first; an asserted object adds providers to those that are left."""
    local = exceptions(
        tmp_path,
        [{"customerAsn": 1, "comment": "outdated"}, {"customerAsn": 77}],
        [
            {"customerAsn": 1, "providerAsns": [12]},
            {"customerAsn": 2, "providerAsns": [21, 20], "comment": "new"},
            {"customerAsn": 3, "providerAsns": [0]},
        ],
    )
    assert [(1, [10, 11]), (2, [20])] == aspas(read_vrps(vrps_json))
    vrps = read_vrps(vrps_json, slurm=local)
    assert [(1, [12]), (2, [20, 21]), (3, [0])] == aspas(vrps)
    assert {"aspa_slurm": 1} == vrps.ignored


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"filters": [{}]}, "an ASPA filter"),
        ({"filters": [3]}, "an ASPA filter"),
        ({"filters": [{"customerAsn": 1, "providers": [2]}]}, "an ASPA filter"),
        ({"assertions": [{"customerAsn": 1}]}, "an ASPA assertion"),
        ({"assertions": [{"customerAsn": 1, "providerAsns": []}]}, "an ASPA assertion"),
        ({"assertions": [{"customerAsn": 1, "providerAsns": ["x"]}]}, "an ASPA assertion"),
        ({"assertions": [{"providerAsns": [1]}]}, "an ASPA assertion"),
        ({"assertions": [None]}, "an ASPA assertion"),
        ({"filters": [{"customerAsn": 1}], "version": 1}, "expected slurmVersion 2"),
    ],
)
def test_slurm_rejects_faulty_aspa_entries(tmp_path, vrps_json, change, message):
    """A faulty exception file is an error as a whole (RFC 8416 §4.2)."""
    with pytest.raises(RegistryError, match=message):
        read_vrps(vrps_json, slurm=exceptions(tmp_path, **change))


def test_read_vrps_may_be_empty_where_everything_expired(tmp_path):
    """A file whose payloads all expired is the right file with nothing in it."""
    document = {
        "metadata": {"buildtime": "2025-01-21T12:00:00Z"},
        "roas": [{"asn": 1, "prefix": "10.0.0.0/8", "maxLength": 8, "expires": BEFORE}],
    }
    vrps = read_vrps(write(tmp_path, document, "vrps.json"))
    assert (0, {"expired": 1}) == (len(vrps), vrps.ignored)
