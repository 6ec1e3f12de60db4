"""`read_organisations`: CAIDA's form and the CSV form."""

import csv
import gzip

import numpy as np
import pytest

from rib.exceptions import RegistryError
from rib.registry.organisations import read_organisations

CAIDA = """\
# name: AS Org
# format:org_id|changed|org_name|country|source
ORG-A|20240101|Alpha|FR|RIPE
ORG-B|20240101|Beta|US|ARIN
# format:aut|changed|aut_name|org_id|opaque_id|source
10|20240101|ALPHA-1|ORG-A|x|RIPE
11|20240102|ALPHA-2|ORG-A|x|RIPE
20|20240101|BETA|ORG-B|x|ARIN
30|20240101|LOST|ORG-C|x|ARIN
"""
CSV = 'asn,name,source\n10,"Alpha, Inc.",PeeringDB\nAS11,ALPHA,  inc,x\n11,alpha,RIR\n12, Alpha ,RIR\n'


def write(tmp_path, text, name="orgs.txt"):
    path = tmp_path / name
    path.write_text(text)
    return path


def test_read_organisations_reads_as_org2info(tmp_path):
    """Both sections join; an organisation that is not listed has no name."""
    orgs = read_organisations(write(tmp_path, CAIDA, "20250101.as-org2info.txt"))
    assert ["Alpha", "Alpha", "Beta", None] == orgs.table["org_name"].to_pylist()
    assert ("Alpha", None, None) == (orgs.name(11), orgs.name(30), orgs.name(99))
    assert ("2025-01-01", {}, 4) == (str(orgs.date), orgs.ignored, len(orgs))
    assert "4 ASes of 3 organisations" in repr(orgs)


def test_read_organisations_csv_compares_names(tmp_path):
    """In the CSV form one name, case and outer punctuation apart, is one organisation."""
    orgs = read_organisations(write(tmp_path, CSV))
    assert {"line": 1} == orgs.ignored
    pairs = orgs.siblings(np.array([11, 10, 99, 11]), np.array([12, 11, 99, 11]))
    assert [True, False, False, True] == pairs.tolist()


def test_read_organisations_keeps_the_latest_of_a_duplicate(tmp_path):
    """An AS listed twice belongs to the organisation of its latest change."""
    text = (
        CAIDA + "10|20250101|MOVED|ORG-B|x|ARIN\n11|20230101|OLD|ORG-B|x|ARIN\nx|1|y|z|a|b\n1|2\n"
    )
    orgs = read_organisations(write(tmp_path, text))
    assert ("Beta", "Alpha") == (orgs.name(10), orgs.name(11))
    assert {"duplicate": 2, "line": 2} == orgs.ignored


@pytest.mark.parametrize(
    "text",
    [
        "",
        "a,b\n1,2\n",
        "asn,name\n",
        "asn,name\nx,\n",
        "# format:aut|changed|aut_name|org_id|opaque_id|source\n",
    ],
)
def test_read_organisations_raises_for_what_is_none(tmp_path, text):
    """An empty or foreign file is an error."""
    with pytest.raises(RegistryError):
        read_organisations(write(tmp_path, text))


def test_read_organisations_reads_a_whole_csv(shared_data):
    """Every AS of the public CSV is there once, with its name, as a plain reader counts them."""
    path = shared_data / "asinfo/asns.20260715.csv.gz"
    with gzip.open(path, "rt", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    orgs = read_organisations(path)
    assert ("2026-07-15", {}, len(rows)) == (str(orgs.date), orgs.ignored, len(orgs))
    expected = sorted((int(row["asn"]), row["name"].strip(), row["source"]) for row in rows)
    columns = (orgs.table[name].to_pylist() for name in ("asn", "org_name", "source"))
    assert expected == list(zip(*columns, strict=True))
