"""Many dumps over a real scheduler and real workers on loopback: the tables of one table."""

import importlib.util
import os
import signal

import pytest
from dask_cluster import Cluster
from same_tables import assert_same

from rib.batch.spread import analyse
from rib.exceptions import WorkerError

pytestmark = pytest.mark.skipif(
    importlib.util.find_spec("distributed") is None, reason="distributed is not installed"
)


@pytest.fixture(scope="module")
def cluster(tmp_path_factory):
    """Start a scheduler and three workers, each without a nanny, so that its process id is its own."""
    started = Cluster(tmp_path_factory.mktemp("cluster"))
    try:
        started.scheduler()
        for _ in range(3):
            started.worker("--no-nanny")
        yield started
    finally:
        started.stop()


def test_a_cluster_gives_what_one_table_gives(dumps, plain, cluster):
    """Three workers, and tasks that are named once each."""
    done = []
    found = analyse(dumps, cluster=cluster.address, shares=4, progress=lambda *of: done.append(of))
    assert_same(plain, found)
    assert list(range(1, 12 + 4 + 4 + 1)) == [n for n, _, _ in done]


def test_a_step_that_fails_is_named(cluster):
    """As on one machine."""
    from rib.batch.spread import Task
    from rib.batch.spread.cluster import Dask

    executor = Dask(cluster.address)
    task = Task("share 7 of the origins", "origins", {}, (executor.put(b"not Arrow"),), 3)
    with pytest.raises(WorkerError, match=r"^share 7 of the origins: Arrow"):
        executor.run([task], print)
    executor.close()


@pytest.mark.parametrize("when", [5, 12, 17])
def test_a_killed_worker_costs_time_only(dumps, plain, cluster, when):
    """While dumps are read, when all are read, and when origins are measured: what it had is made again."""
    from distributed import Client

    killed = []

    def kill_one(n, total, name):
        if n == when:
            with Client(cluster.address, set_as_default=False) as client:
                # The one with the most pieces.
                held = client.has_what()
                address = max(held, key=lambda a: len(held[a]))
                pid = client.run(os.getpid, workers=[address])[address]
            killed.append((pid, len(held[address])))
            os.kill(pid, signal.SIGKILL)

    cluster.worker("--no-nanny")  # who takes its place
    assert_same(plain, analyse(dumps, cluster=cluster.address, shares=4, progress=kill_one))
    ((pid, n_held),) = killed
    assert n_held
    (victim,) = [process for process in cluster.processes if process.pid == pid]
    assert -signal.SIGKILL == victim.wait()


def test_a_worker_without_memory_names_the_dump(dumps, tmp_path):
    """A nanny ends it at its limit, the task goes to another, until the job is told."""
    started = Cluster(tmp_path)
    try:
        started.scheduler()
        # Less than the libraries take: whatever it runs, it is ended.
        started.start(
            "distributed.cli.dask_worker", started.address, "--nthreads", "1", "--no-dashboard",
            "--local-directory", str(tmp_path), "--memory-limit", "120MB",
            DASK_DISTRIBUTED__WORKER__MEMORY__TERMINATE="0.95",
        )  # fmt: skip
        with pytest.raises(WorkerError, match=r"dump .*\.mrt\.bz2: .*memory") as raised:
            analyse(dumps[:1], cluster=started.address, shares=1)
        assert raised.value.task == f"dump {dumps[0]}"
    finally:
        started.stop()


def test_no_scheduler_is_told(monkeypatch, dumps):
    """The message has the address."""
    from rib.batch.spread import cluster as module

    monkeypatch.setattr(module, "_TIMEOUT", 1)
    with pytest.raises(WorkerError, match=r"cluster='tcp://127\.0\.0\.1:1': no scheduler answers"):
        analyse(dumps, cluster="tcp://127.0.0.1:1")
