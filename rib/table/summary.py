"""What a `Rib` says of itself at a prompt and in a notebook."""

import html
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pyarrow.compute as pc

from rib.table.arrays import column

if TYPE_CHECKING:
    from rib.table.rib import Rib

__all__ = ["summary", "summary_html", "summary_text", "time_span"]


def time_span(table: "Rib") -> tuple[datetime, datetime] | None:
    """First and last record time, UTC; None for an empty table, and where a text view tells none."""
    if not table.n_routes:
        return None
    bounds = pc.min_max(table.routes.column("record_time"))
    if not bounds["max"].as_py():
        return None
    first, last = (datetime.fromtimestamp(bounds[k].as_py(), UTC) for k in ("min", "max"))
    return first, last


def summary(table: "Rib") -> dict[str, str]:
    """Label and value of each line of the summary."""
    family = column(table.prefixes, "family")
    n6 = int((family == 6).sum())
    span = time_span(table)
    collectors = sorted(set(table.peers.column("collector").to_pylist()) - {""})
    with_routes = int(
        ((column(table.peers, "n_prefixes4") > 0) | (column(table.peers, "n_prefixes6") > 0)).sum()
    )
    full = int(column(table.peers, "is_full_feed").sum())
    receipt = table.receipt
    problems = "none" if receipt.ok else f"{receipt.issues.num_rows:,} (see .receipt)"
    quirks = ", ".join(f"{n:,} {name}" for name, n in sorted(receipt.quirks.items()))
    others = ", ".join(f"{n:,} records of {name}" for name, n in receipt.other_families.items())
    return {
        "time": ("not told" if table.n_routes else "no routes")
        if span is None
        else f"{span[0]:%Y-%m-%d %H:%M:%S} to {span[1]:%H:%M:%S} UTC",
        "collectors": ", ".join(collectors) or "not named",
        "peers": f"{table.n_peers:,} ({with_routes:,} with routes, {full:,} full feeds)",
        "prefixes": f"{table.n_prefixes - n6:,} IPv4, {n6:,} IPv6",
        "routes": f"{table.n_routes:,}",
        "AS paths": f"{table.as_paths.num_rows:,} distinct",
        "memory": _memory(table),
        "issues": problems,
        **({"quirks": quirks} if quirks else {}),
        **({"not read": others} if others else {}),
    }


def _memory(table: "Rib") -> str:
    """Bytes all in; a lookup index that was not asked for yet has none."""
    index = int(table.index.nbytes) if "index" in vars(table) else 0
    total = table.nbytes + index
    per_route = f" ({total / table.n_routes:.0f} bytes per route)" if table.n_routes else ""
    having = f", {index / 1e6:,.1f} MB of it the lookup index" if index else ""
    return f"{total / 1e6:,.1f} MB{per_route}{having}"


def summary_text(table: "Rib") -> str:
    """Give the summary as lines of text."""
    lines = summary(table)
    width = max(map(len, lines))
    return "\n".join(["<Rib", *(f"  {k:<{width}}  {v}" for k, v in lines.items()), ">"])


def summary_html(table: "Rib") -> str:
    """Give the summary as an HTML table; every value is escaped."""
    rows = "".join(
        f'<tr><th style="text-align:left">{html.escape(k)}</th>'
        f'<td style="text-align:left">{html.escape(v)}</td></tr>'
        for k, v in summary(table).items()
    )
    return f"<table><caption>Rib</caption><tbody>{rows}</tbody></table>"
