"""Cases of own views: exits, failures, shared fate and traffic of four transits that send everything."""

import math
import time
from collections.abc import Callable
from functools import partial
from typing import Any, Literal, NamedTuple

import numpy as np
import pyarrow as pa
from datasets import N_CHECKED, addresses4, dump
from definitions import Sizes
from flow_stream import FlowStream, ipv4_texts
from footprint import peak_rss, restart_peak_rss

from engines import Job

__all__ = ["JOBS"]

#: Flows as numbers are so many times the lookups of a run; as text they are as many.
_NUMERIC = 10
_N_BALANCED = 1_000_000
#: What the busiest transit is to hand over, as a share of the bytes that leave.
_HANDED_OVER = 0.05


def _view(case: str, sizes: Sizes) -> Any:
    import rib

    view = rib.read_mrt(dump(case, sizes.scale).path)
    view.index  # noqa: B018 - made at first use
    return view


def _by_family(view: Any) -> dict[int, int]:
    """Count the prefixes of each family."""
    families, n = np.unique(view.prefixes.column("family").to_numpy(), return_counts=True)
    return dict(zip(families.tolist(), n.tolist(), strict=True))


def _of_view(
    case: str, run: Callable[[Any], Any], check: Callable[[Any, Any], None], sizes: Sizes
) -> Job:
    view = _view(case, sizes)
    return Job(lambda: run(view), lambda found: check(view, found), view.n_routes)


# -- exits and failures --------------------------------------------------------------------------


def _exits(view: Any) -> Any:
    import rib

    return rib.exit_preference(view)


def _check_exits(view: Any, found: Any) -> None:
    """Each prefix is decided once, among all routes; exits and steps partition them."""
    routes, summary = found.routes, found.summary
    assert view.n_prefixes == len(routes)
    assert view.n_routes == int(routes["n_candidates"].sum())
    margins = routes["margin"].dropna()
    assert bool((margins > 0).all())
    length = view.as_paths.column("length").to_numpy()[view.routes.column("as_path_id").to_numpy()]
    by_length = routes[routes["step"] == "as_path_length"]
    winner, second = (by_length[f"{who}_route"].to_numpy(int) for who in ("winner", "runner_up"))
    # No route of the table has a LOCAL_PREF, so length is the first step.
    assert len(by_length) > 0
    assert bool((length[winner] < length[second]).all())
    for _, part in summary.groupby("by"):
        assert _by_family(view) == part.groupby("family")["n_prefixes"].sum().to_dict()
        assert bool(np.allclose(part.groupby("family")["address_share"].sum(), 1))


def _failures(k: int, view: Any) -> Any:
    import rib

    return rib.transit_failures(view, k, unit="session")


def _check_failures(k: int, view: Any, found: Any) -> None:
    """All sets of sessions, of which each leaves another route to every prefix; outcomes partition them."""
    assert math.comb(view.n_peers, k) == found["failed"].nunique()
    for (_, family), part in found.groupby(["failed", "family"]):
        n_prefixes = part.set_index("outcome")["n_prefixes"].to_dict()
        assert _by_family(view)[family] == sum(n_prefixes.values())
        assert not any(n_prefixes[name] for name in ("rerouted_cover", "default_only", "lost"))
    moved = found[found["outcome"] == "rerouted_exact"].groupby(["failed", "family"])["n_prefixes"]
    shift = found.shift.groupby(["failed", "family"])["n_prefixes"].sum()
    assert shift.to_dict() == moved.sum().to_dict()


def _ranking(view: Any) -> Any:
    import rib

    return rib.failure_ranking(view)


def _check_ranking(view: Any, found: Any) -> None:
    """One row per AS, whose prefixes and addresses its outcomes partition; all transits are among them."""
    outcomes = ["rerouted_exact", "rerouted_cover", "default_only", "lost"]
    assert not found.duplicated(["asn", "family"]).any()
    assert found["n_prefixes"].tolist() == found[outcomes].sum(axis=1).tolist()
    addresses = found[[f"{name}_addresses" for name in outcomes]].sum(axis=1)
    assert bool(np.allclose(found["addresses"], addresses))
    assert set(view.peers.column("peer_as").to_pylist()) <= set(found["asn"])


def _fate(view: Any) -> Any:
    import rib

    return rib.shared_fate(view)


def _check_fate(view: Any, found: Any) -> None:
    """Each AS is shared by two or more of our transits, for no more than there is."""
    transits = set(view.peers.column("peer_as").to_pylist())
    shared = pa.array(found["transits"])
    assert len(found) > 0
    assert min(map(len, shared)) >= 2
    assert set(shared.flatten().to_pylist()) <= transits
    assert 0 <= float(found["address_share"].min()) <= float(found["address_share"].max()) <= 1
    assert all(
        n <= _by_family(view)[f]
        for f, n in found.groupby("family")["n_prefixes"].max().to_dict().items()
    )


# -- traffic -------------------------------------------------------------------------------------


class _Sent(NamedTuple):
    """Traffic of a stream, and what reading it took."""

    frame: Any
    stream: FlowStream
    seconds: float
    peak_bytes: int


def _prove(view: Any, scale: float, *, text: bool) -> None:
    """Compare with prefixes found the slow way, each with the winner of `exit_preference`."""
    import rib

    asked = addresses4(scale, N_CHECKED)
    n_bytes = np.arange(1, 1 + len(asked.values))
    values = asked.values.astype(np.uint32)
    dst = ipv4_texts(values) if text else pa.array(values)
    found = rib.traffic_by_exit(view, pa.table({"dst": dst, "bytes": n_bytes}))
    # Every prefix has a route, so rows of the exits are ids.
    winner = pa.array(rib.exit_preference(view).routes["winner_peer"])
    winners = winner.take(pa.array(asked.expected, mask=asked.expected < 0)).to_pylist()
    expected: dict[str | None, int] = {}
    for peer, sent in zip(winners, n_bytes.tolist(), strict=True):
        expected[peer] = expected.get(peer, 0) + sent
    peers = pa.array(found["peer"]).to_pylist()
    assert expected == dict(zip(peers, found["bytes"].tolist(), strict=True))


def _traffic(case: str, form: Literal["numeric", "text"], sizes: Sizes) -> Job:
    import rib

    view, is_text = _view(case, sizes), form == "text"
    n_flows = sizes.n_lookups * (1 if is_text else _NUMERIC)
    before = 0

    def proof() -> None:
        nonlocal before
        _prove(view, sizes.scale, text=is_text)
        before = restart_peak_rss()

    def run() -> _Sent:
        restart_peak_rss()
        stream = FlowStream(n_flows, text=is_text)
        start = time.perf_counter()
        frame = rib.traffic_by_exit(view, stream.reader())
        return _Sent(frame, stream, time.perf_counter() - start, peak_rss() - before)

    def check(sent: _Sent) -> None:
        assert sent.stream.n_bytes == int(sent.frame["bytes"].sum())
        assert abs(float(sent.frame["byte_share"].sum()) - 1) < 1e-9
        assert set(sent.frame["peer"].dropna()) <= set(view.peers.column("peer_ip").to_pylist())

    def figures(sent: _Sent) -> dict[str, float]:
        return {
            "generator_s": sent.stream.seconds,
            "without_generator_s": sent.seconds - sent.stream.seconds,
            "rss_above_table_mb": sent.peak_bytes / 2**20,
        }

    return Job(run, check, n_flows, proof=proof, figures=figures)


def _balance(case: str, sizes: Sizes) -> Job:
    import rib

    view = _view(case, sizes)
    # As many on a small table, whose few prefixes are the destination of few of them.
    flows = FlowStream(_N_BALANCED).reader().read_all()
    traffic = rib.traffic_by_exit(view, flows)
    sent = traffic[traffic["outcome"] == "exit"].groupby("peer_as")["bytes"].sum()
    before = sent / sent.sum()
    busiest = int(before.index[int(before.argmax())])
    limit = float(before.max()) - _HANDED_OVER

    def run() -> Any:
        return rib.balance(view, flows, shares={busiest: limit})

    def check(plan: Any) -> None:
        exits = plan.exits.set_index("peer_as")
        assert plan.ok
        assert len(plan.moves) > 0
        assert bool(np.allclose(exits["before"], before.reindex(exits.index)))
        assert abs(float(exits["after"].sum()) - 1) < 1e-9
        assert float(exits["after"][busiest]) <= limit

    return Job(run, check, len(flows))


JOBS = {
    "exit_preference": partial(_of_view, "exit_preference", _exits, _check_exits),
    **{
        f"transit_failures_{k}": partial(
            _of_view, f"transit_failures_{k}", partial(_failures, k), partial(_check_failures, k)
        )
        for k in (1, 2)
    },
    "failure_ranking": partial(_of_view, "failure_ranking", _ranking, _check_ranking),
    "shared_fate": partial(_of_view, "shared_fate", _fate, _check_fate),
    "traffic_by_exit": partial(_traffic, "traffic_by_exit", "numeric"),
    "traffic_by_exit_text": partial(_traffic, "traffic_by_exit_text", "text"),
    "balance": partial(_balance, "balance"),
}
