"""A small table and hand-made results, with hostile text wherever text comes from outside."""

import datetime as dt
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pytest

from rib.analysis.diversity_change import diversity_change
from rib.report.findings import Findings, Registries
from rib.schema import AS_PATHS, ATTRIBUTES, ISSUES, LOADED, PREFIXES, ROUTES
from rib.table.arrays import to_frame
from rib.table.receipt import FileReceipt, LoadReceipt, SkippedRange
from rib.table.rib import Rib

HOSTILE = (
    "<script>owned=document.title='owned'</script>"
    "<img src=http://example.invalid/x onerror=alert(1)>\"'><svg onload=owned=1>{{7*7}}"
)

_PATHS = [
    [29075, 213394],
    [3257, 174, 213394],
    [3356, 213394, 213394, 213394],
    [43424, 213394],
    [29075, 43424],
    [3257, 43424],
    [3356, 174, 64500],
]
_PREFIXES = [
    (4, bytes([91, 208, 207, 0]), 24, "91.208.207.0/24"),
    (4, bytes([192, 0, 2, 0]), 24, "192.0.2.0/24"),
    (4, bytes([203, 0, 113, 0]), 24, "203.0.113.0/24"),
    (6, bytes([0x2A, 0x0F, 0xD0, 0xC0]), 29, "2a0f:d0c0::/29"),
]
#: (prefix, peer, path)
_ROUTES = [
    (0, 0, 0), (0, 1, 1), (0, 2, 2), (0, 3, 3),
    (1, 0, 4), (1, 1, 5),
    (2, 2, 6),
    (3, 0, 0), (3, 1, 1),
]  # fmt: skip


def receipt(*, damaged: bool) -> LoadReceipt:
    """Account of a load that went well, or lost its tail."""
    lost = 17 if damaged else 0
    skipped = (SkippedRange(f"{HOSTILE}.bz2", 983, 17, "truncated"),) if damaged else ()
    issues = ISSUES.empty_table()
    if damaged:
        issue = {
            "file": f"{HOSTILE}.bz2",
            "offset": 983,
            "record": 5,
            "kind": "truncated",
            "detail": f"expected 200 bytes, found 17 {HOSTILE}",
        }
        issues = pa.Table.from_pylist([issue], schema=ISSUES)
    file = FileReceipt(
        name=f"{HOSTILE}.bz2",
        collector=HOSTILE,
        compression="bzip2",
        bytes_in=400,
        bytes_uncompressed=1000,
        records={"TABLE_DUMP_V2/RIB_IPV4_UNICAST": 3},
        record_bytes={"TABLE_DUMP_V2/RIB_IPV4_UNICAST": 1000 - lost},
        routes_read=9,
        routes_kept=9,
        routes_lost=0,
        skipped=skipped,
        n_issues=int(damaged),
    )
    return LoadReceipt((file,), issues, {"some_quirk": 2})


def build_table(*, damaged: bool = False) -> Rib:
    """Four peers, four prefixes, nine routes."""
    prefix, peer, path = (list(c) for c in zip(*_ROUTES, strict=True))
    n = len(_ROUTES)
    length = [len(h) for h in _PATHS]
    tables = {
        "routes": {
            "prefix_id": prefix,
            "peer_id": peer,
            "as_path_id": path,
            "attributes_id": [0] * n,
            "add_path_id": [None] * n,
            "originated_time": [1737460000] * n,
            "record_time": [1737460800] * n,
        },
        "prefixes": {
            "family": [f for f, *_ in _PREFIXES],
            "network": [a.ljust(16, b"\0") for _, a, *_ in _PREFIXES],
            "length": [n for *_, n, _ in _PREFIXES],
            "text": [t for *_, t in _PREFIXES],
        },
        "as_paths": {
            "hops": _PATHS,
            "segments": [[{"kind": 2, "count": n}] for n in length],
            "origin_as": [h[-1] for h in _PATHS],
            "origin_kind": ["single"] * len(_PATHS),
            "upstream_as": [h[-2] if h[-2] != h[-1] else h[0] for h in _PATHS],
            "length": length,
        },
        "peers": {
            "collector": [HOSTILE] * 4,
            "peer_as": [29075, 3257, 3356, 43424],
            "peer_ip": [f"192.0.2.{i}" for i in range(4)],
            "bgp_id": ["192.0.2.9"] * 4,
            "record_type": ["TABLE_DUMP_V2"] * 4,
        },
    }
    schemas = {
        "routes": ROUTES,
        "prefixes": PREFIXES,
        "as_paths": AS_PATHS,
        "peers": LOADED["peers"],
    }
    made = {
        name: pa.table(
            {
                f.name: pa.array(columns[f.name]).cast(f.type)
                if f.name == "origin_kind"
                else pa.array(
                    columns.get(f.name, [None] * len(next(iter(columns.values())))), f.type
                )
                for f in schemas[name]
            },
            schema=schemas[name],
        )
        for name, columns in tables.items()
    }
    plain: dict[str, Any] = {f.name: [None] for f in ATTRIBUTES}
    plain["atomic_aggregate"] = [False]
    made["attributes"] = pa.table(
        {
            f.name: pa.nulls(1, f.type) if f.nullable else pa.array(plain[f.name], f.type)
            for f in ATTRIBUTES
        },
        schema=ATTRIBUTES,
    )
    return Rib(made, receipt(damaged=damaged))


class Organisations:
    """Stands for a registry: a source, a date, entries, names."""

    source = f"/somewhere/{HOSTILE.replace('/', '')}.gz"
    date = dt.date(2025, 1, 14)
    ignored = {"line": 2}  # noqa: RUF012 - a stand-in

    def __len__(self) -> int:
        return 3

    def name(self, asn: int) -> str | None:
        """Give a name that tries to be markup, reversed text and a table cell."""
        return {213394: f"Evil | \u202e{HOSTILE}"}.get(asn)


def _diversity(key: str, values: list[Any], families: list[int]) -> pd.DataFrame:
    n = len(values)
    columns = {
        key: pa.array(values, pa.uint32() if key == "origin_as" else pa.utf8()),
        "family": pa.array(families, pa.uint8()),
        **{
            name: pa.array([2] * n, pa.uint32())
            for name in ("n_vps", "n_routes", "n_prefixes", "n_paths", "n_next_hops", "n_upstreams")
        },
        "upstream_effective": pa.array([1.5] * n),
        "vertex_disjoint": pa.array([1] * n, pa.uint32()),
        "chokepoints": pa.array([[174], None, [], [174, 3356]][:n], pa.list_(pa.uint32())),
        "length_median": pa.array([2.0] * n),
        "hops_median": pa.array([2.0] * n),
        "single_homed": pa.array([False] * n),
    }
    return to_frame(pa.table(columns))


def _event(number: int, score: float, *, explained: bool) -> dict[str, Any]:
    return {
        "event_id": f"moas-{number} {HOSTILE}",
        "kind": "moas",
        "prefixes": ["203.0.113.0/24", HOSTILE],
        "incumbents": [213394],
        "newcomers": [64500],
        "n_vps": 1,
        "score": score,
        "confidence": 0.5,
        "tags": ["rov-invalid", HOSTILE],
        "explained_by": ["siblings", HOSTILE] if explained else [],
        "would_clear": [f"a ROA {HOSTILE}"],
        "evidence": [
            {
                "rule": "rov",
                "value": HOSTILE,
                "weight": 40.0,
                "source": HOSTILE,
                "date": "2025-01-21",
            },
            {"rule": "irr", "value": "object", "weight": -10.0, "source": "RIPE", "date": None},
        ],
    }


def _events(scores: list[float]) -> pd.DataFrame:
    kind = pa.struct(
        [
            ("rule", pa.utf8()),
            ("value", pa.utf8()),
            ("weight", pa.float64()),
            ("source", pa.utf8()),
            ("date", pa.utf8()),
        ]
    )
    schema = pa.schema(
        [
            ("event_id", pa.utf8()),
            ("kind", pa.utf8()),
            ("prefixes", pa.list_(pa.utf8())),
            ("incumbents", pa.list_(pa.uint32())),
            ("newcomers", pa.list_(pa.uint32())),
            ("n_vps", pa.uint32()),
            ("score", pa.float64()),
            ("confidence", pa.float64()),
            ("tags", pa.list_(pa.utf8())),
            ("explained_by", pa.list_(pa.utf8())),
            ("would_clear", pa.list_(pa.utf8())),
            ("evidence", pa.list_(kind)),
        ]
    )
    rows = [_event(n, s, explained=s < 50) for n, s in enumerate(scores)]
    return to_frame(pa.Table.from_pylist(rows, schema=schema))


def build_findings(
    *,
    damaged: bool = False,
    view: str = "collector",
    own: tuple[int, ...] = (213394,),
    scores: tuple[float, ...] = (95.0, 60.0, 5.0),
    given: bool = True,
    baseline: bool = False,
) -> Findings:
    """Results as the analyses would give them, for the table above.

    The baseline lacks AS213394 and, with it, one session and two of IPv6.
    """
    table = build_table(damaged=damaged)
    before = table.select(origin_as=[43424, 64500]) if baseline else None
    registry = Organisations() if given else None
    upstreams = pa.table(
        {
            "origin_as": pa.array([213394, 213394, 64500], pa.uint32()),
            "family": pa.array([4, 4, 4], pa.uint8()),
            "upstream_as": pa.array([29075, None, 174], pa.uint32()),
            "vp_share": [0.75, 0.25, 1.0],
            "prefix_share": [1.0, 1.0, 1.0],
            "n_vps": pa.array([3, 1, 1], pa.uint32()),
            "n_prefixes": pa.array([1, 1, 1], pa.uint32()),
            "prepend_median": [0.0, 2.0, 0.0],
            "prepend_delta": [0.0, 2.0, 0.0],
            "flip_count": pa.array([0, 0, 0], pa.uint32()),
            "role": ["primary", "occasional", "primary"],
        }
    )
    origins = pa.table(
        {
            "prefix": ["91.208.207.0/24", "203.0.113.0/24"],
            "origin_as": pa.array([213394, 64500], pa.uint32()),
            "n_vps": pa.array([4, 1], pa.uint32()),
            "rov_state": pa.array(["valid", "invalid"] if given else [None, None], pa.utf8()),
            "irr_state": pa.array(["valid", "not-found"] if given else [None, None], pa.utf8()),
        }
    )
    moas = pa.table(
        {"prefix": ["203.0.113.0/24"], "origins": pa.array([[1, 2]], pa.list_(pa.uint32()))}
    )
    return Findings(
        table=table,
        registries=Registries(registry, registry, registry, registry, registry, None, before),
        own=list(own),
        view=view,  # type: ignore[arg-type]
        view_was_guessed=True,
        watched=list(own) or [213394, 64500],
        diversity_prefix=_diversity("prefix", [p[3] for p in _PREFIXES], [p[0] for p in _PREFIXES]),
        diversity_origin=_diversity("origin_as", [43424, 64500, 213394, 213394], [4, 4, 4, 6]),
        upstreams=to_frame(upstreams),
        origins=to_frame(origins),
        moas=to_frame(moas),
        events=_events(list(scores)),
        changes=diversity_change(before, table, by="origin_as") if before else None,
    )


@pytest.fixture(autouse=True)
def _closed_figures() -> Iterator[None]:
    """Draw without a display and leave no figure open, where a test draws."""
    plt = sys.modules.get("matplotlib.pyplot")  # tests of pictures import it
    if plt is None:
        yield
        return
    plt.switch_backend("agg")
    yield
    plt.close("all")


@pytest.fixture
def hostile() -> str:
    """Text that would run or load something if it were not escaped."""
    return HOSTILE


@pytest.fixture
def made_table() -> Rib:
    """Table of four peers, four prefixes, nine routes."""
    return build_table()


@pytest.fixture(scope="session")
def made_findings() -> Callable[..., Findings]:
    """Build results, see `build_findings`."""
    return build_findings


@pytest.fixture
def styles() -> str:
    """Text of the style sheet."""
    import rib.report

    return (Path(rib.report.__file__).parent / "templates" / "report.css").read_text("utf-8")
