"""What changed in path diversity since the baseline: the first section after what was loaded."""

from typing import Any

import numpy as np
import pandas as pd

from rib.report.findings import Findings
from rib.report.routing import Section
from rib.report.wording import DASH, Grid, Names, count, decimal, listed, many, records

__all__ = ["changed"]

_N_ROWS = 20
_NAMED = 8


def changed(found: Findings, names: Names) -> list[Section]:
    """Build the section; there is none without a baseline."""
    frame = found.diversity_change
    if frame is None and not found.not_compared:
        return []
    lead, grids = [f"Not compared with the baseline: {found.not_compared}."], []
    if frame is not None:
        lead = [*_own(frame, found.own, names), *_counts(frame), _compared(frame)]
        grids = [_grid(frame, found.own, names)] if len(frame) else []
    return [Section("What changed in path diversity", "diversity-change", lead, [], grids)]


def _own(frame: pd.DataFrame, own: list[int], names: Names) -> list[str]:
    """Say every change of our own origins in words."""
    rows = {(r["origin_as"], r["family"]): r for r in records(frame) if r["origin_as"] in own}
    sentences = [_sentence(row, names) for row in rows.values()]
    silent = [asn for asn in own if not any(asn == changed_as for changed_as, _ in rows)]
    if silent:
        text = listed(silent, _NAMED, names.long)
        sentences.append(f"{text}: no change of upstreams, chokepoints or their use.")
    return sentences


def _sentence(row: dict[str, Any], names: Names) -> str:
    who = f"{names.long(row['origin_as'])} IPv{row['family']}"
    if row["state"] == "appeared":
        return f"{who} is new, with {many(row['n_upstreams_after'] or 0, 'upstream')}."
    if row["state"] == "gone":
        return f"{who} is gone; it had {many(row['n_upstreams_before'] or 0, 'upstream')}."
    before, after = count(row["n_upstreams_before"]), count(row["n_upstreams_after"])
    parts = [f"upstreams {before} before, {after} now" if before != after else f"upstreams {after}"]
    for name, text in (("gained_upstreams", "gained"), ("lost_upstreams", "lost")):
        if row[name]:
            parts.append(f"{text} {listed(row[name], _NAMED, names.asn)}")
    if row["newly_single_homed"]:
        parts.append("now single-homed")
    if row["no_longer_single_homed"]:
        parts.append("no longer single-homed")
    for name, text in (("new_chokepoints", "now"), ("gone_chokepoints", "no longer")):
        if row[name]:
            parts.append(f"{text} on every path: {listed(row[name], _NAMED, names.asn)}")
    entropy = decimal(row["upstream_entropy_change"])
    if entropy not in (DASH, "0.00", "-0.00"):
        parts.append(f"entropy of upstreams {entropy} bits")
    return f"{who}: {'; '.join(parts)}."


def _flags(frame: pd.DataFrame) -> dict[str, pd.Series]:
    """Rows with each kind of change."""
    lists = ("gained_upstreams", "lost_upstreams", "new_chokepoints", "gone_chokepoints")
    flags = {name: frame[name].list.len().fillna(0) > 0 for name in lists}
    for name in ("newly_single_homed", "no_longer_single_homed"):
        flags[name] = frame[name].fillna(value=False).astype(bool)
    return flags


def _counts(frame: pd.DataFrame) -> list[str]:
    """Say how many origins changed in which way."""
    if not len(frame):
        return ["No origin AS changed its upstreams, chokepoints or how evenly upstreams are used."]
    flags = _flags(frame)
    what = {
        "newly_single_homed": "newly single-homed",
        "no_longer_single_homed": "no longer single-homed",
        "gained_upstreams": "with an upstream gained",
        "lost_upstreams": "with an upstream lost",
        "new_chokepoints": "with a new AS on every path",
        "gone_chokepoints": "with one that is no longer on every path",
    }
    sentences = []
    for family in (4, 6):
        of = frame["family"] == family
        state = frame["state"][of]
        if len(state):
            parts = [f"{count(flags[name][of].sum())} {text}" for name, text in what.items()]
            parts += [f"{count((state == s).sum())} {s}" for s in ("appeared", "gone")]
            who = "1 origin AS" if len(state) == 1 else f"{count(len(state))} origin ASes"
            sentences.append(f"IPv{family}: {who} changed: {', '.join(parts)}.")
    return sentences


def _compared(frame: pd.DataFrame) -> str:
    """Say which sessions the comparison is over."""
    n_peers = frame.attrs["n_peers"]
    text = " and ".join(f"{count(n)} sessions with IPv{family}" for family, n in n_peers.items())
    left_out = [*frame.attrs["peers_gone"], *frame.attrs["peers_new"]]
    rest = (
        f"left out: {many(len(left_out), 'session')} that only one table has, "
        + listed(left_out, _NAMED, lambda p: f"AS{p['peer_as']} {p['peer_ip']}")
        if left_out
        else "none was left out"
    )
    return f"Compared over {text} that both tables have; {rest}."


def _grid(frame: pd.DataFrame, own: list[int], names: Names) -> Grid:
    flags = _flags(frame)
    asn = frame["origin_as"].to_numpy(dtype=np.int64, na_value=-1)
    order = np.lexsort(
        (
            frame["family"].to_numpy(),
            asn,
            *(
                ~flags[name].to_numpy()
                for name in (
                    "gained_upstreams",
                    "no_longer_single_homed",
                    "lost_upstreams",
                    "new_chokepoints",
                    "newly_single_homed",
                )
            ),
            ~np.isin(asn, own),
        )
    )
    rows = [
        [
            names.long(r["origin_as"]),
            f"IPv{r['family']}",
            str(r["state"]),
            f"{count(r['n_upstreams_before'])} / {count(r['n_upstreams_after'])}",
            listed(r["gained_upstreams"], 4, names.asn),
            listed(r["lost_upstreams"], 4, names.asn),
            _homing(r),
            listed(r["new_chokepoints"], 3, names.asn),
            listed(r["gone_chokepoints"], 3, names.asn),
        ]
        for r in records(frame.iloc[order[:_N_ROWS]])
    ]
    return Grid(
        ("Own origins first, then those" if own else "Origins") + " that changed most",
        [
            "Origin",
            "Family",
            "State",
            "Upstreams before / now",
            "Gained",
            "Lost",
            "Single-homed",
            "Now on every path",
            "No longer on every path",
        ],
        rows,
        note="Newly single-homed first. Every change is in diversity_change.parquet.",
    )


def _homing(row: dict[str, Any]) -> str:
    if row["newly_single_homed"]:
        return "now"
    return "no longer" if row["no_longer_single_homed"] else DASH
