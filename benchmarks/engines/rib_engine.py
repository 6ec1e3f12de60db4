"""rib itself, on the back end that RIB_BACKEND names."""

import ipaddress
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
from datasets import Addresses, Dump, addresses4, addresses6, dump, dump_slice, prefix_texts, vrps
from definitions import FALLBACK, SLICES, Sizes

from engines import Absent, Job

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


def _dump(sizes: Sizes) -> Dump:
    if BACKEND == "fallback":
        return dump_slice(sizes.scale, SLICES[FALLBACK])
    return dump(sizes.scale)


# -- load ----------------------------------------------------------------------------------------


def _load(sizes: Sizes) -> Job:
    source, read = _dump(sizes), _public("read_mrt")

    def check(table: Any) -> None:
        assert table.receipt.ok
        assert source.n_routes == table.n_routes
        path = table.routes.column("as_path_id").combine_chunks().to_numpy()
        origin = table.as_paths.column("origin_as").combine_chunks().to_numpy()
        assert source.origin_as_sum == int(origin.astype(np.int64)[path].sum())
        if source.n_routes == source.whole["n_routes"]:
            assert source.whole["n_as_paths"] == table.as_paths.num_rows
            assert source.whole["n_attributes"] == table.attributes.num_rows

    return Job(lambda: read(source.path), check, source.n_routes)


# -- lookups -------------------------------------------------------------------------------------


def _index(sizes: Sizes) -> Job:
    texts, prefix_table = prefix_texts(sizes.scale), _public("PrefixTable")

    def check(index: Any) -> None:
        ids = index.lookup_ids([p.partition("/")[0] for p in texts[:100]])
        assert all(i >= 0 for i in ids.tolist())

    return Job(lambda: prefix_table(texts), check, len(texts))


def _lookups(sizes: Sizes, asked: Addresses, values: Any) -> Job:
    index = _public("PrefixTable")(prefix_texts(sizes.scale))

    def check(ids: Any) -> None:
        assert asked.expected.tolist() == ids[: len(asked.expected)].tolist()

    return Job(lambda: index.lookup_ids(values), check, len(values))


def _n_lookups(sizes: Sizes) -> int:
    return min(sizes.n_lookups, 500_000) if BACKEND == "fallback" else sizes.n_lookups


def _v4(sizes: Sizes) -> Job:
    asked = addresses4(sizes.scale, _n_lookups(sizes))
    return _lookups(sizes, asked, asked.values)


def _v6(sizes: Sizes) -> Job:
    asked = addresses6(sizes.scale, _n_lookups(sizes))
    return _lookups(sizes, asked, asked.values)


def _text(sizes: Sizes) -> Job:
    asked = addresses4(sizes.scale, max(_n_lookups(sizes) // 10, 20_000))
    return _lookups(sizes, asked, [str(ipaddress.IPv4Address(int(v))) for v in asked.values])


# -- analyses ------------------------------------------------------------------------------------


def _analysis(
    name: str, check: Callable[[Any, Dump], None], **options: Any
) -> Callable[[Sizes], Job]:
    def prepare(sizes: Sizes) -> Job:
        function, source = _public(name), _dump(sizes)
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


def _check_moas(frame: Any, _: Dump) -> None:
    assert len(frame) == 0, "every prefix of the table has one origin"


def _check_graph(graph: Any, source: Dump) -> None:
    assert graph.number_of_nodes() > source.whole["n_peers"]
    assert graph.number_of_edges() > 0


def _validate(sizes: Sizes) -> Job:
    source, validate = _dump(sizes), _public("validate_origins")
    path, n_vrps = vrps(sizes.scale)
    table, payloads = _public("read_mrt")(source.path), _public("read_vrps")(path)

    def check(frame: Any) -> None:
        states = frame["rov_state"].value_counts()
        assert table.n_prefixes == len(frame)
        if source.n_routes == source.whole["n_routes"]:
            assert n_vrps == states["valid"]

    return Job(lambda: validate(table, vrps=payloads), check, source.n_routes)


JOBS = {
    "load": _load,
    "index": _index,
    "lookup_v4": _v4,
    "lookup_v6": _v6,
    "lookup_text": _text,
    "path_diversity_prefix": _analysis("path_diversity", _check_diversity, by="prefix"),
    "path_diversity_origin": _analysis("path_diversity", _check_diversity, by="origin_as"),
    "upstream_preference": _analysis("upstream_preference", _check_upstreams),
    "validate_origins": _validate,
    "moas": _analysis("moas", _check_moas),
    "as_graph": _analysis("as_graph", _check_graph),
}
