"""A small Internet to judge suspects in, and how tests read the events found in it."""

import pyarrow as pa

# AS 100 has 20.0.0.0/16 behind transit 8 and 9; AS 666 is a stranger to it.
BEFORE = {"20.0.0.0/16": [[8, 100], [9, 100]], "40.0.0.0/16": [[8, 666], [9, 666]]}
MOAS = BEFORE | {"20.0.0.0/16": [[8, 100], [9, 666]]}
CHANGED = BEFORE | {"20.0.0.0/16": [[8, 666], [9, 666]]}
SUB = BEFORE | {"20.0.7.0/24": [[8, 666], [9, 666]]}
FORGED = BEFORE | {"20.0.0.0/16": [[8, 100], [9, 666, 100]]}
LINKS = "8|100|-1\n9|100|-1\n8|666|-1\n9|666|-1\n8|9|0\n"
OLD, FRESH = "2020-01-01", "2025-01-15"


def events(frame):
    return pa.Table.from_pandas(frame).to_pylist()


def only(frame, **wanted):
    """Give the one event with these values."""
    found = [e for e in events(frame) if all(e[k] == v for k, v in wanted.items())]
    assert 1 == len(found), events(frame)
    return found[0]


def rules(event):
    return {row["rule"] for row in event["evidence"]}
