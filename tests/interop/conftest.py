"""Runs of the daemons, all at once: GoBGP takes a minute until it dumps."""

import importlib.util
import os
import shutil
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor

import pytest
from routers.bird import Bird
from routers.daemon import Daemon
from routers.frr import Frr
from routers.gobgp import GoBgp
from routers.lab import LabError
from routers.observation import Observation, observe
from routers.openbgpd import OpenBgpd

from rib._backend import BACKEND

DAEMONS: tuple[type[Daemon], ...] = (Bird, Frr, OpenBgpd, GoBgp)


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


@pytest.fixture(scope="session")
def runs(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[dict[type[Daemon], Future[Observation]]]:
    """Start every daemon that is here and that a test asks for."""
    asked = {
        item.callspec.params["observation"]
        for item in request.session.items
        if "observation" in getattr(getattr(item, "callspec", None), "params", ())
    }
    with ThreadPoolExecutor(len(DAEMONS)) as pool:
        yield {
            kind: pool.submit(observe, kind, tmp_path_factory.mktemp(kind.__name__))
            for kind in DAEMONS
            if kind in asked and _reason(kind) is None
        }


@pytest.fixture(scope="session", params=DAEMONS, ids=lambda kind: kind.__name__)
def observation(request, runs) -> Observation:
    """Give the run of one daemon."""
    if reason := _reason(request.param):
        pytest.skip(reason)
    try:
        return runs[request.param].result()
    except LabError as error:
        pytest.skip(f"no namespaces here: {error}")
