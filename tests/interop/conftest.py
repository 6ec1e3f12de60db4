"""Runs of the daemons, all at once, and both back ends to read what they wrote."""

import importlib
import importlib.util
import os
import shutil
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from tempfile import TemporaryDirectory
from types import ModuleType

import pytest
from routers.bird import Bird
from routers.daemon import Daemon
from routers.frr import Frr
from routers.gobgp import GoBgp
from routers.lab import LabError
from routers.observation import Observation, observe
from routers.openbgpd import OpenBgpd

import rib
import rib.fallback
from rib._backend import BACKEND
from rib.table.receipt import LoadReceipt

DAEMONS: tuple[type[Daemon], ...] = (Bird, Frr, OpenBgpd, GoBgp)

_RUNS = pytest.StashKey[dict[type[Daemon], Future[Observation]]]()


def _reason(kind: type[Daemon]) -> str | None:
    """Say why a daemon cannot be run here."""
    if BACKEND == "fallback" and importlib.util.find_spec("rib._core") is not None:
        return "the run on the native module reads the dumps with both back ends"
    if os.geteuid() != 0:
        return "network namespaces and routing daemons need root"
    if shutil.which("unshare") is None or shutil.which("ip") is None:
        return "no unshare or ip here: apt-get install util-linux iproute2"
    if missing := kind.missing():
        return f"no {', '.join(missing)} here: apt-get install {kind.package}"
    return None


@pytest.hookimpl(wrapper=True)
def pytest_runtestloop(session: pytest.Session) -> Iterator[None]:
    """Run every daemon that is here and that a test asks for, from before the first test of all.

    GoBGP dumps a minute after its start, and refuses to do so sooner: meanwhile other tests run.
    """
    asked = {
        item.callspec.params["observation"]
        for item in session.items
        if "observation" in getattr(getattr(item, "callspec", None), "params", ())
    }
    if session.config.option.collectonly:
        asked = set()
    with TemporaryDirectory() as folder, ThreadPoolExecutor(len(DAEMONS)) as pool:
        session.stash[_RUNS] = {
            kind: pool.submit(_run, kind, Path(folder, kind.__name__))
            for kind in DAEMONS
            if kind in asked and _reason(kind) is None
        }
        return (yield)


def _run(kind: type[Daemon], folder: Path) -> Observation:
    folder.mkdir()
    return observe(kind, folder)


@pytest.fixture(scope="session", params=DAEMONS, ids=lambda kind: kind.__name__)
def observation(request: pytest.FixtureRequest) -> Observation:
    """Give the run of one daemon."""
    if reason := _reason(request.param):
        pytest.skip(reason)
    try:
        return request.session.stash[_RUNS][request.param].result()
    except LabError as error:
        pytest.skip(f"no namespaces here: {error}")


def _native() -> ModuleType:
    try:
        return importlib.import_module("rib._core")
    except ImportError:
        pytest.skip("no native module here")


@pytest.fixture(params=["native", "fallback"])
def core(request: pytest.FixtureRequest) -> ModuleType:
    """Give either back end."""
    return _native() if request.param == "native" else rib.fallback


@pytest.fixture
def read(core: ModuleType) -> Callable[..., rib.Rib]:
    """Give `read_mrt` of either back end."""

    def read_mrt(*paths: Path, collector: str | None = None) -> rib.Rib:
        inputs = [(p.name, collector, str(p)) for p in paths]
        tables, receipt = core.read_mrt(inputs, "collect", None)
        return rib.Rib(tables, LoadReceipt.from_dict(receipt))

    return read_mrt
