"""Tests that damage of every kind ends in an error or a receipt that agrees, and the same on both back ends."""

from dataclasses import replace

import mutations
import pytest
from internet.mutations import KINDS, mutated, records_of, sample_records

import rib
import rib.fallback
from rib._backend import core
from rib.exceptions import RibError
from rib.table.receipt import LoadReceipt
from rib.table.rib import Rib

#: Some records of each dump; `make mutations` takes more of them and thousands of changes.
SIZE = 12 << 10
PART = 30


@pytest.fixture(scope="module")
def seeds(sample):
    return sample_records(sample, SIZE)


def outcome(back_end, source):
    """Routes and receipt of a load, or the error, in comparable form."""
    try:
        tables, receipt = back_end.read_mrt([("dump", None, source)], "collect")
    except RibError as error:
        return type(error), error.offset, error.record
    for issue in receipt["issues"]:
        # What a decompression library says about its damage is its own.
        issue["detail"] = issue["detail"].split(" data: ")[0]
    found = LoadReceipt.from_dict(receipt)
    assert all(file.reconciled for file in found.files)
    assert tables["routes"].num_rows == found.routes_kept
    return tables["routes"], found.to_dict()


@pytest.mark.parametrize("part", range(10))
def test_read_mrt_ends_well_on_damage_of_every_kind(seeds, part):
    """300 seeded mutations: the same routes, issues and sums, or the same error, on both back ends."""
    numbers = range(part * PART, (part + 1) * PART)
    for number in numbers:
        kind, source = mutated(seeds, number)
        actual = outcome(core, source)
        if core is not rib.fallback:
            expected = outcome(rib.fallback, source)
            # How much of a damaged stream still decodes is the library's own.
            assert kind.endswith("of compressed") or expected == actual, (number, kind)


def test_mutations_are_the_same_every_time(seeds):
    """A finding can be made again from its number."""
    assert [mutated(seeds, n) for n in range(40)] == [mutated(seeds, n) for n in range(40)]


def test_mutations_are_of_every_kind(seeds):
    """Every kind of damage occurs, and none leaves the dump as it was."""
    whole = {b"".join(records) for records in seeds}
    found = [mutated(seeds, number) for number in range(200)]
    assert set(KINDS) == {kind.removesuffix(" of compressed") for kind, _ in found}
    assert not whole & {content for _, content in found}


def test_records_of_a_dump_are_the_dump(seeds):
    """Records cut apart and joined are what they were."""
    for records in seeds:
        assert records == records_of(b"".join(records))


def test_mutations_script_judges_within_its_limits():
    """The process of `make mutations`, with its memory and seconds, finds nothing wrong."""
    worker = mutations.Worker()
    try:
        verdicts = [worker.judge(number) for number in range(1000, 1040)]
    finally:
        worker.stop()
    assert [] == [v for v in verdicts if v[1] is not None]


def test_mutations_script_names_a_process_that_ends():
    """A crash is a finding with the code of the process, not the end of the run."""
    worker = mutations.Worker()
    worker.stop()
    with pytest.raises(BrokenPipeError):
        worker.judge(1)
    assert not worker.is_alive


@pytest.mark.parametrize(
    ("receipt", "verdict"),
    [({"routes_kept": 7}, "7 in the receipt"), ({"routes_read": 7}, "sums of the receipt")],
)
def test_mutations_script_sees_a_broken_promise(seeds, receipt, verdict, monkeypatch):
    """A receipt that does not agree with its table or with itself is told."""
    table = rib.read_mrt(b"".join(seeds[0]))
    file = replace(table.receipt.files[0], **receipt)
    if "routes_kept" in receipt:
        file = replace(file, routes_read=7 + file.routes_lost)
    broken = Rib(table._tables(), LoadReceipt((file,)))
    monkeypatch.setattr(rib, "read_mrt", lambda *_, **__: broken)
    assert verdict in mutations.broken(b"")
