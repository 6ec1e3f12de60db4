"""The list of mitigation services that comes with rib."""

import datetime as dt

from rib.registry.scrubbers import read_scrubbers
from rib.registry.special import read_special


def test_scrubbers_are_dated_and_ascending():
    """The list has a date, no AS twice, and no number that nobody may use."""
    listed = read_scrubbers()
    assert dt.date(2024, 1, 1) < listed.date
    assert sorted(set(listed.asns.tolist())) == listed.asns.tolist()
    assert (read_special().find_asns(listed.asns) < 0).all()
    assert "scrubbers.csv" == listed.source
