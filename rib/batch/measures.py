"""The tables of one night: what the history keeps of every view, and under which names."""

from typing import Any

import pandas as pd
import pyarrow as pa

from rib.analysis.exits import exit_preference
from rib.analysis.failures import transit_failures
from rib.batch.columns import COLUMNS, FROM_REPORT, shaped
from rib.batch.inputs import Fetched, RegistryFile
from rib.batch.parts import Parts
from rib.batch.plan import COLLECTORS
from rib.registry.policies import read_policy
from rib.report.findings import Findings, Registries, find
from rib.table.policy import Policy
from rib.table.rib import Rib

__all__ = ["View", "gathered", "measure", "receipts", "registry_rows"]


class View:
    """A table of a night with its name: the collectors, or one of our own."""

    def __init__(self, name: str, table: Rib, policy: Policy | None = None) -> None:
        self.name = name
        self.table = table
        self.policy = policy

    @property
    def is_own(self) -> bool:
        """Whether the peers are our own transit sessions."""
        return self.name != COLLECTORS


def policy_of(path: str | None) -> Policy | None:
    """Read the policy of an own view."""
    return None if path is None else read_policy(path)


def _named(view: str, table: pa.Table) -> pa.Table:
    """Put the name of the view before the columns."""
    names = pa.array([view] * table.num_rows, pa.utf8())
    return table.add_column(0, "view", names)


def measure(
    view: View, before: Rib | None, registries: dict[str, Any], own: Any
) -> tuple[Findings, dict[str, pa.Table]]:
    """Run the analyses of a view; give those of its report, and what the history keeps of all."""
    found = find(
        view.table,
        Registries(**registries, baseline=before),
        own,
        "own" if view.is_own else "collector",
        view.policy,
    )
    frames = found.frames
    tables = {
        name: _named(view.name, _arrow(frames[name])) for name in FROM_REPORT if name in frames
    }
    if view.is_own:
        # Upstreams of origins, as vantage points see them, are a question to collectors.
        tables.pop("upstreams", None)
        tables |= {name: _named(view.name, table) for name, table in _own_view(view).items()}
    return found, tables


def _own_view(view: View) -> dict[str, pa.Table]:
    exits = exit_preference(view.table, view.policy)
    failures = transit_failures(view.table, policy=view.policy)
    failed = failures["failed"].map(lambda names: " ".join(map(str, names))).astype("str")
    return {
        "exits": _arrow(exits.routes),
        "exit_shares": _arrow(exits.summary),
        "failures": _arrow(failures.assign(failed=failed)),
    }


def _arrow(frame: pd.DataFrame) -> pa.Table:
    return pa.Table.from_pandas(pd.DataFrame(frame), preserve_index=False)


def gathered(parts: list[dict[str, pa.Table]]) -> dict[str, pa.Table]:
    """Put the tables of the views of a night below each other, in the columns of the history."""
    return {
        name: pa.concat_tables(
            [shaped(name, part[name]) for part in parts if name in part] or [shaped(name, None)]
        )
        for name in COLUMNS
        if name not in ("receipts", "registries", "assertions")
    }


def receipts(
    fetched: list[Fetched], tables: dict[str, Rib], parts: Parts | None, lost: dict[str, str]
) -> pa.Table:
    """Give a row per dump: what came of it. ``lost`` has what is wrong with some."""
    apart = {} if parts is None else parts.dumps
    read = {
        (view, file.name): file for view, table in tables.items() for file in table.receipt.files
    }
    rows = []
    for each in fetched:
        dump = each.dump
        file = read.get((dump.view, dump.label))
        rows.append(
            {
                "view": dump.view,
                "source": dump.source,
                "file": dump.label,
                "sha256": each.sha256,
                "dump_time": dump.time,
                "problem": lost.get(dump.label),
                **_of_parts(apart.get(dump.label)),
                **(
                    {}
                    if file is None
                    else {
                        "collector": file.collector,
                        "bytes_in": file.bytes_in,
                        "bytes_uncompressed": file.bytes_uncompressed,
                        "routes_kept": file.routes_kept,
                        "routes_lost": file.routes_lost,
                        "n_issues": file.n_issues,
                    }
                ),
            }
        )
    return pa.Table.from_pylist(rows, COLUMNS["receipts"])


def _of_parts(row: dict[str, object] | None) -> dict[str, object]:
    if row is None or row["error"] is not None:
        return {}
    names = {"bytes_in": "bytes_in", "n_routes": "routes_kept"}
    names |= {name: name for name in ("routes_lost", "n_issues")}
    return {kept: row[name] for name, kept in names.items()}


def registry_rows(files: list[RegistryFile]) -> pa.Table:
    """Give a row per file of a registry."""
    rows = [
        {
            "kind": each.kind,
            "file": each.file,
            "sha256": each.sha256,
            "date": each.date,
            "rows": each.rows,
            "ignored": each.ignored,
            "problem": None if each.problem is None else each.problem.text,
        }
        for each in files
    ]
    return pa.Table.from_pylist(rows, COLUMNS["registries"])
