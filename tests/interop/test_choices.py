"""`rib.exit_preference` against what BIRD 2 and FRR choose among the same routes, prefix by prefix."""

import importlib.util
import os
import shutil
from collections import Counter

import pytest
from routers.choices import ChoosingBird, ChoosingFrr, Setting, choices, chosen, dump_of
from routers.feed import ROUTER_AS
from routers.lab import LabError

import rib
from rib._backend import BACKEND

pytestmark = [pytest.mark.interop, pytest.mark.timeout(120)]

#: Settings that mean the same, as the daemons and as rib spell them, and whether MEDs are sent.
SETTINGS = {
    "defaults": (Setting(), {"deterministic_med": False}, True),
    "rfc": (
        Setting(
            bird="deterministic med on;",
            frr=("bgp deterministic-med", "bgp bestpath compare-routerid"),
        ),
        {},
        True,
    ),
    "worst": (
        Setting(
            bird="med metric on; default bgp_med 4294967295;",
            frr=(
                "bgp always-compare-med",
                "bgp bestpath med missing-as-worst",
                "bgp bestpath compare-routerid",
            ),
        ),
        {"always_compare_med": True, "missing_med": "worst"},
        True,
    ),
}
RUNS = [
    *((ChoosingBird, *SETTINGS[name]) for name in SETTINGS),
    # By default FRR keeps what it has selected: the oldest, unless a MED has undone a choice meanwhile.
    (ChoosingFrr, Setting(), {"deterministic_med": False, "prefer": "oldest"}, False),
    (
        ChoosingFrr,
        Setting(frr=("bgp bestpath compare-routerid",)),
        {"deterministic_med": False},
        True,
    ),
    *((ChoosingFrr, *SETTINGS[name]) for name in ("rfc", "worst")),
]
NAMES = ["bird", "bird-rfc", "bird-worst", "frr", "frr-routerid", "frr-rfc", "frr-worst"]


def _reason(kind):
    if BACKEND == "fallback" and importlib.util.find_spec("rib._core") is not None:
        return "the run on the native module compares with both daemons"
    if os.geteuid() != 0:
        return "network namespaces and routing daemons need root"
    if shutil.which("unshare") is None or shutil.which("ip") is None:
        return "no unshare or ip here: apt-get install util-linux iproute2"
    missing = kind.missing()
    return f"no {', '.join(missing)} here: apt-get install {kind.package}" if missing else None


@pytest.mark.parametrize(("kind", "setting", "policy", "with_med"), RUNS, ids=NAMES)
def test_best_route_is_that_of_the_daemon(kind, setting, policy, with_med, tmp_path):
    """For every prefix the session is the same, but where rib says that nobody can know."""
    if reason := _reason(kind):
        pytest.skip(reason)
    offers = choices(with_med=with_med)
    try:
        selected = chosen(kind, setting, offers, tmp_path)
    except LabError as error:
        pytest.skip(f"no namespaces here: {error}")
    routes = rib.exit_preference(
        rib.read_mrt(dump_of(offers)), rib.Policy(own_as=ROUTER_AS, **policy)
    ).routes
    assert len(selected) == len(routes) >= 5000
    assert routes["n_candidates"].min() >= 3
    steps = Counter(routes["step"])
    sure = routes[routes["step"] != "ambiguous"]
    wrong = [
        (prefix, winner, selected[prefix], step)
        for prefix, winner, step in zip(
            sure["prefix"], sure["winner_peer"], sure["step"], strict=True
        )
        if selected[prefix] != winner
    ]
    assert [] == wrong, (len(wrong), steps)
    asked = {"local_pref", "as_path_length", "origin", "ebgp", "router_id", "peer_address"}
    asked |= {"age"} if policy.get("prefer") == "oldest" else set()
    asked |= {"med"} if with_med else set()
    assert asked <= set(steps), steps
    may_be_unsure = with_med and not policy.get("deterministic_med", True)
    assert may_be_unsure == ("ambiguous" in steps)
