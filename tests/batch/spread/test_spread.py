"""Many dumps over processes of this machine: the tables of one table, whatever is shared and killed."""

import os
import signal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from many_dumps import plain_tables, write_dumps
from same_tables import assert_same

import rib
from rib.batch.spread import Local, Task, analyse
from rib.exceptions import WorkerError


@pytest.mark.parametrize("shares", [1, 5])
def test_one_process_gives_what_one_table_gives(dumps, plain, shares):
    """Covers in other shares, repeated peers and full feeds are as in one table."""
    found = analyse(dumps, processes=1, shares=shares)
    assert_same(plain, found)
    assert [str(p) for p in dumps] == found["dumps"].column("dump").to_pylist()
    assert all(found["dumps"].column("ok").to_pylist())


def test_several_processes_give_what_one_table_gives(dumps, plain, tmp_path):
    """The spool is empty afterwards, and every task was reported once."""
    done = []
    found = analyse(
        dumps,
        processes=2,
        shares=3,
        spool=tmp_path,
        progress=lambda n, total, name: done.append((n, total, name)),
    )
    assert_same(plain, found)
    assert [] == list(tmp_path.iterdir())
    assert list(range(1, 12 + 3 + 3 + 1)) == [n for n, _, _ in done]
    assert {18} == {total for _, total, _ in done}
    assert len(done) == len({name for _, _, name in done})


def test_the_sample_gives_what_one_table_gives(sample):
    """A whole Internet in small, of which each day has all routes again."""
    paths = [*sorted(sample.glob("collector.*.bz2"))[:2], sample / "own.20250121.1200.mrt.gz"]
    if rib._core.__name__ != "rib._core":
        pytest.skip("takes minutes without the native module; the small dumps are read there too")
    assert_same(plain_tables(paths), analyse(paths, processes=1, shares=4))


@settings(max_examples=3, deadline=None, derandomize=True)
@given(seed=st.integers(0, 1000), n=st.integers(1, 4), shares=st.integers(1, 7))
def test_any_dumps_in_any_shares(tmp_path_factory, seed, n, shares):
    """However few dumps and however many shares, empty ones too."""
    paths = write_dumps(tmp_path_factory.mktemp("any"), n, seed)
    assert_same(plain_tables(paths), analyse(paths, processes=1, shares=shares))


def test_only_what_is_asked_for(dumps, plain):
    """By prefix alone takes no third step."""
    done = []
    found = analyse(
        dumps[:1], by=["prefix"], processes=1, shares=2, progress=lambda *of: done.append(of)
    )
    assert {"dumps", "peers", "prefix_diversity"} == set(found)
    assert 3 == len(done)
    assert {
        "dumps",
        "peers",
        *(name for name in plain if name != "prefix_diversity"),
    } == set(analyse(dumps[:1], by=["origin_as"], processes=1, shares=2))


def test_the_same_dump_twice_counts_twice(dumps):
    """As `rib.concat` has it."""
    paths = [dumps[0], dumps[0]]
    assert_same(plain_tables(paths), analyse(paths, processes=1, shares=2))


# -- faults --------------------------------------------------------------------------------------


def test_a_dump_that_cannot_be_read_is_told_and_the_others_go_on(dumps, tmp_path):
    """Missing, none of MRT, and cut: the last keeps what is whole."""
    page = tmp_path / "page.bz2"
    page.write_bytes(b"<html>404</html>" * 100)
    cut = tmp_path / "cut.bz2"
    cut.write_bytes(dumps[1].read_bytes()[:-100])
    given = [tmp_path / "missing.bz2", dumps[0], page, cut]
    found = analyse(given, processes=1, shares=2)
    rows = found["dumps"].to_pylist()
    assert "FileNotFoundError" in rows[0]["error"]
    assert "UnsupportedMrtError" in rows[2]["error"]
    assert [False, True, False, False] == [row["ok"] for row in rows]
    assert rows[3]["error"] is None
    assert rows[3]["n_issues"] > 0
    assert_same(plain_tables([dumps[0], cut]), found)


def test_no_dump_at_all_is_an_error(tmp_path):
    """There is nothing that a result could be about."""
    with pytest.raises(WorkerError, match=r"none of 2 dumps could be read: .*a\.bz2: FileNotFound"):
        analyse([tmp_path / "a.bz2", tmp_path / "b.bz2"], processes=1)


def test_a_killed_process_costs_time_only(dumps, plain, monkeypatch):
    """Its task is done again, by another process."""
    started = _record_processes(monkeypatch)
    killed = []

    def kill_one(n, total, name):
        if n in (3, 14) and started:
            killed.append(started[-1].pid)
            os.kill(started[-1].pid, signal.SIGKILL)

    assert_same(plain, analyse(dumps, processes=2, shares=3, progress=kill_one))
    assert killed
    assert len(started) > 2


def test_a_task_that_ends_every_process_is_named(dumps, tmp_path, monkeypatch):
    """As the system ends what it has no memory for."""
    from rib.batch.spread import local

    ask = local._Worker.ask

    def ask_and_be_killed(self, order):
        if order["arguments"].get("dump") == str(dumps[2]):
            self.process.kill()
        return ask(self, order)

    monkeypatch.setattr(local._Worker, "ask", ask_and_be_killed)
    with pytest.raises(WorkerError, match=r"dump .*02\.mrt\.bz2.*by signal 9, twice") as raised:
        analyse(dumps[:4], processes=2, shares=1, spool=tmp_path)
    assert raised.value.task == f"dump {dumps[2]}"
    assert [] == list(tmp_path.iterdir())


@pytest.mark.parametrize("processes", [1, 2])
def test_a_step_that_fails_is_named(tmp_path, processes):
    """The message has the task and what was wrong with it; nothing stays behind."""
    executor = Local(processes, spool=tmp_path)
    task = Task("share 7 of the origins", "origins", {}, (executor.put(b"not Arrow"),), 3)
    with pytest.raises(WorkerError, match=r"^share 7 of the origins: Arrow"):
        executor.run([task], print)
    executor.close()
    assert [] == list(tmp_path.iterdir())


def test_what_killed_jobs_left_is_removed(dumps, tmp_path):
    """But not what another job still holds."""
    left = tmp_path / "rib-spread-left"
    left.mkdir()
    (left / "1.pieces").write_bytes(b"piece")
    os.utime(left, (0, 0))
    young = tmp_path / "rib-spread-young"
    young.mkdir()
    other = Local(1, spool=tmp_path)
    held = other.put(b"piece")
    os.utime(other._folder, (0, 0))
    analyse(dumps[:1], processes=1, by=["prefix"], spool=tmp_path)
    assert not left.exists()
    assert b"piece" == bytes(other.get(held))
    other.close()
    assert [young] == list(tmp_path.iterdir())


def test_tasks_wait_for_memory(tmp_path, monkeypatch):
    """Tasks whose estimates exceed the budget run one at a time, those below it together."""
    executor = Local(2, memory=1, spool=tmp_path)
    tasks = [Task(f"{n}", "read", {}, (), 1) for n in range(3)]
    assert executor._fits(tasks, 0, [])
    assert not executor._fits(tasks, 1, [0])
    executor.memory = 10**9
    assert executor._fits(tasks, 1, [0])
    assert not executor._fits(tasks, 2, [0, 1])
    executor.close()


def test_a_full_disk_is_told(dumps, tmp_path, monkeypatch):
    """And the spool is gone."""
    from rib.batch.spread import local

    def full(pieces, path):
        raise OSError(28, "No space left on device", path)

    monkeypatch.setattr(local, "save", full)
    with pytest.raises(OSError, match="No space left"):
        analyse(dumps[:1], processes=1, spool=tmp_path)
    assert [] == list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"dumps": []}, ValueError, r"dumps=\[\]: expected at least one"),
        ({"dumps": "one.bz2"}, TypeError, "dumps='one.bz2': expected a list"),
        ({"dumps": [b"bytes"]}, TypeError, "dumps holds b'bytes': expected paths or URLs"),
        ({"by": ["peer"]}, ValueError, r"by=\['peer'\]: expected some of"),
        ({"by": []}, ValueError, r"by=\[\]: expected some of"),
        ({"shares": 0}, ValueError, "shares=0: expected a whole number from 1"),
        ({"processes": 1.5}, TypeError, "processes=1.5: expected a whole number"),
        ({"memory": 0}, ValueError, "memory=0: expected"),
        ({"spool": "/nowhere/at/all"}, FileNotFoundError, "spool='/nowhere/at/all'"),
        ({"cluster": 8786}, TypeError, "cluster=8786: expected the address"),
        (
            {"cluster": "tcp://x:1", "processes": 2},
            ValueError,
            "expected none of them with cluster",
        ),
    ],
)
def test_arguments_are_checked_at_once(options, error, message):
    """Each error names the argument, its value and what was expected."""
    arguments = {"dumps": ["a.bz2"], **options}
    with pytest.raises(error, match=message):
        analyse(**arguments)


def _record_processes(monkeypatch):
    from rib.batch.spread import local

    started = []

    class Recorded(local._Worker):
        def __init__(self):
            super().__init__()
            started.append(self.process)

    monkeypatch.setattr(local, "_Worker", Recorded)
    return started
