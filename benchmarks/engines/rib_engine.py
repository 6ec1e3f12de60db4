"""rib itself, on the back end that RIB_BACKEND names."""

import ipaddress
import os
import socket
import subprocess
import sys
import warnings
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import pyarrow as pa
from datasets import Dump, addresses4, dump, dump_slice, vrps
from definitions import FALLBACK, SLICES, Sizes
from footprint import footprint
from lookups import Addresses, indexed_prefixes, routed_ipv6, uniform_ipv4

from engines import (
    Absent,
    Job,
    diversity_cases,
    own_view_cases,
    registry_cases,
    suspect_cases,
    validation_cases,
)

with warnings.catch_warnings():
    warnings.simplefilter("ignore", RuntimeWarning)  # the fallback says that it is slow
    try:
        import rib
        from rib._backend import BACKEND
    except (ImportError, ValueError) as error:
        raise Absent(str(error)) from error
    except Exception as error:  # ConfigError, which cannot be named before rib imports
        if type(error).__name__ != "ConfigError":
            raise
        raise Absent(str(error)) from error

__all__ = ["JOBS", "version"]


def version() -> str:
    """Version of the package."""
    return str(getattr(rib, "__version__", "unknown"))


def _public(name: str) -> Any:
    try:
        return getattr(rib, name)
    except AttributeError as error:
        raise Absent(f"rib has no {name} yet") from error


def _dump(case: str, sizes: Sizes) -> Dump:
    if BACKEND == "fallback":
        return dump_slice(case, sizes.scale, SLICES[FALLBACK])
    return dump(case, sizes.scale)


# -- load ----------------------------------------------------------------------------------------

_PIECE = 1 << 20  # routes checked at a time, so that the check does not show in the peak memory
_INPUT_BUFFER = 4 << 20  # BLOCK of rust/src/input/output.rs


def _check_table(table: Any, source: Dump) -> None:
    assert table.receipt.ok
    assert source.n_routes == table.n_routes
    path = table.routes.column("as_path_id").combine_chunks().to_numpy()
    origin = table.as_paths.column("origin_as").combine_chunks().to_numpy().astype(np.int64)
    pieces = (path[i : i + _PIECE] for i in range(0, len(path), _PIECE))
    assert source.origin_as_sum == sum(int(origin[piece].sum()) for piece in pieces)
    if source.n_routes == source.whole["n_routes"]:
        assert source.whole["n_as_paths"] == table.as_paths.num_rows
        assert source.whole["n_attributes"] == table.attributes.num_rows


def _load(sizes: Sizes) -> Job:
    source, read = _dump("load", sizes), _public("read_mrt")
    return Job(lambda: read(source.path), lambda t: _check_table(t, source), source.n_routes)


def _ready(case: str, sizes: Sizes) -> Job:
    source, read = dump(case, sizes.scale), _public("read_mrt")
    asked = addresses4(sizes.scale, 1000)  # every prefix has a route, so ids are those of all

    def run() -> Any:
        table = read(source.path)
        return table, table.index, table.peers

    def check(answer: Any) -> None:
        table, index, peers = answer
        _check_table(table, source)
        assert asked.expected.tolist() == index.lookup_v4(asked.values).tolist()
        by_family = (peers.column(f"n_prefixes{f}").to_numpy() for f in (4, 6))
        assert source.whole["routes_by_peer"] == sum(by_family).tolist()

    return Job(run, check, source.n_routes)


def _memory(sizes: Sizes) -> Job:
    source = dump("memory", sizes.scale)
    bare = footprint(None)["peak_rss_bytes"]

    def check(found: dict[str, int]) -> None:
        assert source.n_routes == found["n_routes"]

    def figures(found: dict[str, int]) -> dict[str, float]:
        own, index = found["own_bytes"], found["index_bytes"]
        peak = found["peak_rss_bytes"]
        return {
            "baseline_rss_mb": bare / 2**20,
            "loaded_rss_mb": peak / 2**20,
            "own_bytes": own,
            "index_bytes": index,
            "rss_per_own_byte": (peak - bare - _INPUT_BUFFER) / own,
            "tables_bytes_per_route": own / source.n_routes,
            "bytes_per_route": (own + index) / source.n_routes,
        }

    return Job(
        lambda: footprint(source.path), check, source.n_routes, figures=figures, in_children=True
    )


# -- storage -------------------------------------------------------------------------------------

_STORES = "import sys, rib; rib.read_mrt(sys.argv[1]).write(sys.argv[2])"


def _read_rib(sizes: Sizes) -> Job:
    source, read = dump("read_rib", sizes.scale), _public("read_rib")
    path = source.path.with_suffix(".rib")
    # In a process of its own: the peak memory of this one is to be that of opening.
    subprocess.run([sys.executable, "-c", _STORES, source.path, path], check=True)
    asked = addresses4(sizes.scale, 1000)
    row = int(np.flatnonzero(asked.expected >= 0)[0])
    address = str(ipaddress.IPv4Address(int(asked.values[row])))

    def run() -> Any:
        table = read(path)
        return table, table.lookup(address)

    def check(answer: Any) -> None:
        table, match = answer
        assert source.n_routes == table.n_routes
        assert asked.expected[row] == match.prefix_id
        assert len(match.origin_as) == 1, "every prefix of the table has one origin"

    def proof() -> None:
        _check_table(read(path, verify=True), source)
        check(run())

    return Job(run, check, source.n_routes, proof=proof)


# -- lookups -------------------------------------------------------------------------------------


def _index(sizes: Sizes, form: Callable[[list[str]], Any] = list) -> Job:
    texts, prefix_table = indexed_prefixes(sizes.scale), _public("PrefixTable")
    given = form(texts)

    def check(index: Any) -> None:
        ids = index.lookup_ids([p.partition("/")[0] for p in texts[:100]])
        assert all(i >= 0 for i in ids.tolist())
        assert len(set(texts)) == len(index)

    return Job(lambda: prefix_table(given), check, len(texts))


def _on_one_processor() -> None:
    """Leave this process, which measures one case, a single processor."""
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})


def _lookups(sizes: Sizes, asked: Addresses, values: Any, *, one: bool = False) -> Job:
    index = _public("PrefixTable")(indexed_prefixes(sizes.scale))
    if one:
        _on_one_processor()

    def check(ids: Any) -> None:
        assert asked.expected.tolist() == ids[: len(asked.expected)].tolist()

    return Job(lambda: index.lookup_ids(values), check, len(values))


def _n_lookups(sizes: Sizes) -> int:
    return min(sizes.n_lookups, 500_000) if BACKEND == "fallback" else sizes.n_lookups


def _v4(sizes: Sizes, *, one: bool = False) -> Job:
    asked = uniform_ipv4(sizes.scale, _n_lookups(sizes))
    return _lookups(sizes, asked, asked.values, one=one)


def _v6(sizes: Sizes, *, one: bool = False) -> Job:
    asked = routed_ipv6(sizes.scale, _n_lookups(sizes))
    return _lookups(sizes, asked, asked.values, one=one)


def _ipv4_texts(values: Any) -> list[str]:
    return [socket.inet_ntop(socket.AF_INET, row) for row in values.astype(">u4").view("V4")]


def _text4(sizes: Sizes) -> Job:
    asked = uniform_ipv4(sizes.scale, _n_lookups(sizes))
    return _lookups(sizes, asked, pa.array(_ipv4_texts(asked.values)), one=True)


def _text6(sizes: Sizes) -> Job:
    asked = routed_ipv6(sizes.scale, _n_lookups(sizes))
    texts = pa.array(socket.inet_ntop(socket.AF_INET6, row) for row in asked.values)
    return _lookups(sizes, asked, texts, one=True)


_N_SINGLE = 500_000


def _single(sizes: Sizes) -> Job:
    prefixes = indexed_prefixes(sizes.scale)
    asked = uniform_ipv4(sizes.scale, min(sizes.n_lookups, _N_SINGLE))
    texts, index = _ipv4_texts(asked.values), _public("PrefixTable")(prefixes)

    def run() -> list[str | None]:
        lookup = index.lookup
        return [lookup(text) for text in texts]

    def check(found: list[str | None]) -> None:
        expected = [None if i < 0 else prefixes[i] for i in asked.expected.tolist()]
        assert expected == found[: len(expected)]

    return Job(run, check, len(texts))


def _match(sizes: Sizes) -> Job:
    table = _public("read_mrt")(dump("match_single", sizes.scale).path)
    asked = addresses4(sizes.scale, min(sizes.n_lookups, _N_SINGLE))
    texts = _ipv4_texts(asked.values)

    def run() -> list[Any]:
        lookup = table.lookup
        return [lookup(text) for text in texts]

    def check(found: list[Any]) -> None:
        ids = [-1 if match is None else match.prefix_id for match in found]
        assert asked.expected.tolist() == ids[: len(asked.expected)]

    return Job(run, check, len(texts))


def _many(sizes: Sizes) -> Job:
    table = _public("read_mrt")(dump("lookup_many", sizes.scale).path)
    asked = addresses4(sizes.scale, sizes.n_lookups)

    def check(frame: Any) -> None:
        ids = frame["prefix_id"].head(len(asked.expected)).fillna(-1)
        assert asked.expected.tolist() == ids.tolist()
        origins = table.select(prefixes=[frame["prefix"].dropna().iloc[0]]).as_paths
        assert frame["origin_as"].dropna().iloc[0] in origins.column("origin_as").to_pylist()

    return Job(lambda: table.lookup_many(asked.values), check, len(asked.values))


# -- analyses ------------------------------------------------------------------------------------


def _analysis(
    name: str, check: Callable[[Any, Dump], None], *, case: str = "", **options: Any
) -> Callable[[Sizes], Job]:
    def prepare(sizes: Sizes) -> Job:
        function, source = _public(name), _dump(case or name, sizes)
        table = _public("read_mrt")(source.path)

        def run() -> Any:
            return function(table, **options)

        return Job(run, lambda answer: check(answer, source), source.n_routes)

    return prepare


def _check_diversity(frame: Any, source: Dump) -> None:
    assert source.n_routes == int(frame["n_routes"].sum())


def _check_upstreams(frame: Any, source: Dump) -> None:
    shares = frame.groupby(["origin_as", "family"])["vp_share"].sum()
    assert float((shares - 1).abs().max()) < 1e-9
    if source.n_routes == source.whole["n_routes"]:
        assert source.whole["n_origins"] == frame["origin_as"].nunique()


def _check_hegemony(frame: Any, source: Dump) -> None:
    assert 0 < float(frame["hegemony"].min()) <= float(frame["hegemony"].max()) <= 1
    assert bool(frame["scope"].isna().any()), "the global scope"
    # Some origins have nothing but prefixes that more-specifics cover: no address to weigh.
    assert 0.98 <= frame["scope"].nunique() / source.whole["n_origins"] <= 1


def _check_moas(frame: Any, _: Dump) -> None:
    assert len(frame) == 0, "every prefix of the table has one origin"


def _check_graph(graph: Any, source: Dump) -> None:
    assert graph.number_of_nodes() > source.whole["n_peers"]
    assert graph.number_of_edges() > 0


def _validate(sizes: Sizes) -> Job:
    source, validate = _dump("validate_origins", sizes), _public("validate_origins")
    path, n_vrps = vrps(sizes.scale)
    table, payloads = _public("read_mrt")(source.path), _public("read_vrps")(path)

    def check(frame: Any) -> None:
        states = frame["rov_state"].value_counts()
        assert table.n_prefixes == len(frame)
        if source.n_routes == source.whole["n_routes"]:
            assert n_vrps == states["valid"]

    return Job(lambda: validate(table, vrps=payloads), check, source.n_routes)


# -- two tables ----------------------------------------------------------------------------------


def _routes_of(table: Any, name: str) -> Any:
    return table.routes.column(name).combine_chunks().to_numpy()


def _later(table: Any, routes: pa.Table, path_id: Any) -> Any:
    """Give a table with these routes and paths, whose ids of paths have nothing to do with the first's."""
    last = table.as_paths.num_rows - 1
    at = routes.schema.get_field_index("as_path_id")
    renumbered = pa.array((last - path_id).astype(np.uint32))
    tables = {name: getattr(table, name) for name in ("prefixes", "attributes", "peers")}
    tables["routes"] = routes.set_column(at, routes.schema.field(at), renumbered)
    tables["as_paths"] = table.as_paths.take(pa.array(np.arange(last, -1, -1)))
    return _public("Rib")(tables, table.receipt)


def _diff(sizes: Sizes) -> Job:
    source, compare = _dump("diff", sizes), _public("diff")
    table = _public("read_mrt")(source.path)
    path = _routes_of(table, "as_path_id")
    # By turns over all prefixes and peers: gone, new, of the path of the route before.
    turn = np.arange(len(path)) % 101
    after = np.where(turn == 2, np.roll(path, 1), path)
    kept, known = turn != 0, turn != 1
    tables = {
        name: getattr(table, name) for name in ("prefixes", "attributes", "peers", "as_paths")
    }
    tables["routes"] = table.routes.filter(pa.array(known))
    old = _public("Rib")(tables, table.receipt)
    new = _later(table, table.routes.filter(pa.array(kept)), after[kept])
    changed = np.flatnonzero(path != after)
    expected = {"announced": int((turn == 1).sum()), "withdrawn": int((turn == 0).sum())}
    names = ("origin_changed", "upstream_changed", "path_changed")
    ases = [table.as_paths.column(n).to_numpy() for n in ("origin_as", "upstream_as")]
    differ = [of[path[changed]] != of[after[changed]] for of in ases]
    of_kind = (differ[0], ~differ[0] & differ[1], ~differ[0] & ~differ[1])
    expected |= {n: int(rows.sum()) for n, rows in zip(names, of_kind, strict=True) if rows.any()}

    def check(frame: Any) -> None:
        assert expected == frame["change"].value_counts().to_dict()
        assert frame.attrs == {"peers_gone": [], "peers_new": []}

    return Job(lambda: compare(old, new), check, old.n_routes + new.n_routes)


JOBS = {
    "load": _load,
    **{c: partial(_ready, c) for c in ("ready", "load_gzip", "load_bzip2", "load_40_peers")},
    "memory": _memory,
    "read_rib": _read_rib,
    "index": _index,
    "index_arrow": partial(_index, form=pa.array),
    "lookup_v4": _v4,
    "lookup_v4_one": partial(_v4, one=True),
    "lookup_v6": _v6,
    "lookup_v6_one": partial(_v6, one=True),
    "lookup_text4": _text4,
    "lookup_text6": _text6,
    "lookup_single": _single,
    "match_single": _match,
    "lookup_many": _many,
    **diversity_cases.JOBS,
    **own_view_cases.JOBS,
    **registry_cases.JOBS,
    **validation_cases.JOBS,
    **suspect_cases.JOBS,
    **{
        case: _analysis("path_diversity", _check_diversity, case=case, by=by)
        for case, by in (
            ("path_diversity_prefix", "prefix"),
            ("path_diversity_origin", "origin_as"),
        )
    },
    "as_hegemony": _analysis("as_hegemony", _check_hegemony, scope="all"),
    **{
        case: _analysis("upstream_preference", _check_upstreams, case=case)
        for case in ("upstream_preference", "upstream_preference_40_peers")
    },
    "validate_origins": _validate,
    "moas": _analysis("moas", _check_moas),
    "as_graph": _analysis("as_graph", _check_graph),
    "diff": _diff,
}
