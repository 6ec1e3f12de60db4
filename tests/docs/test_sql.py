"""The SQL of docs/nightly.md runs on a history and answers what its comments ask."""

import datetime as dt
import re

import duckdb
import pytest
from kept_nights import kept

FIRST, SECOND = dt.date(2025, 1, 20), dt.date(2025, 1, 21)
REASONS = [{"rule": "moas", "weight": 25}, {"rule": "rov_invalid_as", "weight": 40}]


def origin(n_upstreams, family=4, asn=213394):
    """Give the row of an origin."""
    measured = {"n_upstreams": n_upstreams, "n_vps": 8}
    return {"view": "collectors", "origin_as": asn, "family": family} | measured


def exits(*winners):
    """Give prefixes of an own view with their winners."""
    row = {"view": "edge", "family": 4}
    return [row | {"prefix": f"10.{i}.0.0/16", "winner_as": asn} for i, asn in enumerate(winners)]


@pytest.fixture
def history(tmp_path, monkeypatch):
    """Give two nights, in the folder that the page names."""
    monkeypatch.chdir(tmp_path)
    prefix = {"view": "collectors", "prefix": "91.208.207.0/24", "family": 4, "n_vps": 8}
    event = {"view": "collectors", "event_id": "moas:a", "score": 65, "evidence": REASONS}
    dump = {"view": "collectors", "source": "rrc", "routes_kept": 9, "routes_lost": 1}
    kept(
        *("nightly", FIRST),
        diversity_origin=[origin(1), origin(1, 6), origin(2, asn=1)],
        diversity_prefix=[prefix | {"single_homed": True}],
        exits=exits(8, 8, 8, None),
        suspects=[event, event | {"event_id": "moas:b", "score": 5}],
        receipts=[dump, dump],
    )
    kept(
        *("nightly", SECOND),
        diversity_origin=[origin(4), origin(1, 6), origin(3, asn=1)],
        diversity_prefix=[prefix | {"single_homed": False}],
        exits=exits(9, 9, 8, 9),
        suspects=[],
        receipts=[dump, {"view": "collectors", "source": "rv", "problem": "missing"}],
    )


EXPECTED = {
    "On which nights did an origin have another number": [
        (FIRST, 4, 1, 8),
        (FIRST, 6, 1, 8),
        (SECOND, 4, 4, 8),
    ],
    "Prefixes that left one exit for another": [("edge", 8, 9, 2)],
    "On how many nights did each prefix": [("91.208.207.0/24", 1, 8, FIRST, FIRST)],
    "Why did events score what they scored?": [
        (FIRST, "moas:a", 65, "rov_invalid_as", 40, None),
        (FIRST, "moas:a", 65, "moas", 25, None),
    ],
    "Which nights lack a dump": [(FIRST, 2, 18, 2), (SECOND, 1, 9, 1)],
}


def queries(page):
    """Give the SQL of a page by the comments before it."""
    blocks = re.findall(r"```sql\n(.*?)```", page, flags=re.DOTALL)
    statements = [each.strip() for block in blocks for each in block.split(";") if each.strip()]
    return {each.partition("\n")[0].removeprefix("-- "): each for each in statements}


def test_every_query_has_an_answer_here(root):
    """None is on the page that is not tried."""
    found = list(queries((root / "docs/nightly.md").read_text()))
    assert len(EXPECTED) == len(found)
    assert all(name.startswith(start) for name, start in zip(found, EXPECTED, strict=True))


@pytest.mark.parametrize("start", EXPECTED)
def test_a_query_answers_what_it_asks(start, root, history):
    """As it stands on the page, from the folder that it names."""
    page = queries((root / "docs/nightly.md").read_text())
    (statement,) = (text for name, text in page.items() if name.startswith(start))
    assert EXPECTED[start] == duckdb.sql(statement).fetchall()
