"""Plots for notebooks, exported as `rib.plot`: each draws on one matplotlib axis and returns it.

matplotlib is optional (``pip install 'rib[plot]'``) and imported at the first plot.
"""

from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from rib.exceptions import ConfigError
from rib.registry.arguments import check_required
from rib.report.charts import INK, PALETTE
from rib.report.summaries import LENGTH_CAP, path_length_counts
from rib.table.arrays import analysis_routes, column

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from rib.table.rib import Rib

__all__ = ["as_neighbourhood", "diversity", "path_lengths", "upstreams"]

_FAMILY_COLOURS = {4: PALETTE["blue"], 6: PALETTE["orange"]}
#: Upstreams named in one plot; the others share a bar.
_N_UPSTREAMS = 8
#: Neighbours drawn per column.
_N_NEIGHBOURS = 8


def _axis(ax: "Axes | None", width: float, height: float) -> "Axes":
    try:
        from matplotlib import pyplot as plt
    except ImportError as error:
        raise ConfigError("plots need matplotlib: pip install 'rib[plot]'") from error
    if ax is not None:
        return ax
    _, made = plt.subplots(figsize=(width, height), layout="constrained")
    return made


def _plain(ax: "Axes") -> "Axes":
    ax.spines[["top", "right"]].set_visible(False)
    return ax


def path_lengths(table: "Rib", *, ax: "Axes | None" = None) -> "Axes":
    """Draw the share of routes by AS-path length, with and without prepends, per family.

    Parameters
    ----------
    table : Rib
        The routes; default routes are left out.
    ax : matplotlib.axes.Axes, optional
        Draw here. Default: a new figure.

    Returns
    -------
    matplotlib.axes.Axes
        The axis drawn on.

    Notes
    -----
    Length as RFC 4271 §9.1.2.2 counts it, the peer's own AS included. The last point holds every
    longer path. O(routes).

    Examples
    --------
    >>> import rib
    >>> table = rib.read_mrt("data/sample-mrt/collector.20250121.1200.mrt.bz2")
    >>> rib.plot.path_lengths(table).get_ylabel()
    'share of routes'
    """
    check_required(table=table)
    ax = _plain(_axis(ax, 6.4, 3.6))
    counts = path_length_counts(table)
    for key, group in counts.groupby(["family", "measure"]):
        family, measure = _key(key)
        shown = group[group["length"] > 0]
        ax.plot(
            shown["length"],
            shown["share"],
            color=_FAMILY_COLOURS[int(family)],
            linestyle="-" if measure == "with prepends" else ":",
            marker="o" if measure == "with prepends" else "s",
            markersize=4,
            label=f"IPv{family} {measure}",
        )
    ax.set_xlabel("ASes on the path, the peer's own included")
    ax.set_ylabel("share of routes")
    ax.yaxis.set_major_formatter(_percent())
    ticks = range(1, LENGTH_CAP + 1)
    ax.set_xticks(ticks, [str(n) if n < LENGTH_CAP else f"{n}+" for n in ticks])
    ax.set_ylim(bottom=0)
    if len(counts):
        ax.legend(frameon=False)
    return ax


def _percent() -> Any:
    from matplotlib.ticker import PercentFormatter

    return PercentFormatter(xmax=1, decimals=0)


def _whole_numbers() -> Any:
    from matplotlib.ticker import MaxNLocator

    return MaxNLocator(integer=True)


def _key(key: Any) -> tuple[Any, Any]:
    """Two levels of a group's key, which pandas types as any hashable."""
    first, second = key
    return first, second


def upstreams(df: pd.DataFrame, *, ax: "Axes | None" = None) -> "Axes":
    """Draw which upstreams carry how much of the world's routes to each origin AS.

    Parameters
    ----------
    df : pandas.DataFrame
        Result of `rib.upstream_preference`, for a handful of origins.
    ax : matplotlib.axes.Axes, optional
        Draw here. Default: a new figure.

    Returns
    -------
    matplotlib.axes.Axes
        One bar of 100 % per origin and family, cut by upstream.

    Notes
    -----
    The eight largest upstreams of the frame have their own colour; the others share grey.

    Examples
    --------
    >>> import rib
    >>> table = rib.read_mrt("data/sample-mrt/collector.20250121.1200.mrt.bz2")
    >>> ax = rib.plot.upstreams(rib.upstream_preference(table, origin_as=[213394]))
    >>> ax.get_xlabel()
    'share of (vantage point AS, prefix) pairs'
    """
    groups = list(df.groupby(["origin_as", "family"], sort=False))
    ax = _plain(_axis(ax, 7.2, 1.5 + 0.45 * max(len(groups), 1)))
    total = df.groupby("upstream_as", dropna=True)["vp_share"].sum()
    asn = total.index.to_numpy(dtype=np.int64)
    largest = asn[np.lexsort((asn, -total.to_numpy(dtype=float)))][:_N_UPSTREAMS]
    colours = {int(a): f"C{n}" for n, a in enumerate(largest)}
    seen: set[str] = set()
    for y, (_, group) in enumerate(groups):
        left = 0.0
        named = [
            (None if pd.isna(up) else int(up), float(share))
            for up, share in zip(group["upstream_as"], group["vp_share"], strict=True)
        ]
        parts = [(f"AS{up}", share, colours[up]) for up, share in named if up in colours]
        rest = sum(share for up, share in named if up not in colours)
        if rest:
            parts.append(("others", rest, "#b8c0c8"))
        for label, share, colour in parts:
            shown = label if label not in seen else "_nolegend_"
            seen.add(label)
            ax.barh(y, share, left=left, height=0.7, color=colour, edgecolor="white", label=shown)
            left += share
    names = [_key(key) for key, _ in groups]
    ax.set_yticks(range(len(groups)), [f"AS{int(o)} IPv{int(f)}" for o, f in names])
    ax.invert_yaxis()
    ax.set_xlim(0, 1)
    ax.xaxis.set_major_formatter(_percent())
    ax.set_xlabel("share of (vantage point AS, prefix) pairs")
    if seen:
        ax.legend(frameon=False, loc="center left", bbox_to_anchor=(1.0, 0.5))
    return ax


def diversity(df: pd.DataFrame, *, ax: "Axes | None" = None) -> "Axes":
    """Draw how many upstreams prefixes or origins have: counted, and effective.

    Parameters
    ----------
    df : pandas.DataFrame
        Result of `rib.path_diversity`, by prefix or by origin AS.
    ax : matplotlib.axes.Axes, optional
        Draw here. Default: a new figure.

    Returns
    -------
    matplotlib.axes.Axes
        Cumulative shares per family: the line's height at x is the share of groups with at most
        x upstreams.

    Notes
    -----
    The effective number (2 to the entropy of the shares) lies at or left of the count; the gap is
    diversity that exists and is hardly used.

    Examples
    --------
    >>> import rib
    >>> table = rib.read_mrt("data/sample-mrt/collector.20250121.1200.mrt.bz2")
    >>> rib.plot.diversity(rib.path_diversity(table, by="origin_as")).get_xlabel()
    'upstreams'
    """
    ax = _plain(_axis(ax, 6.4, 3.6))
    what = "origin ASes" if "origin_as" in df.columns else "prefixes"
    right = 2.0
    for family, group in df.groupby("family"):
        colour = _FAMILY_COLOURS[int(str(family))]
        for name, label, style in (
            ("n_upstreams", "counted", "-"),
            ("upstream_effective", "effective", ":"),
        ):
            values = np.sort(group[name].to_numpy(dtype=float, na_value=np.nan))
            values = values[~np.isnan(values)]
            if not len(values):
                continue
            at, last = np.unique(values, return_index=True)
            shares = np.append(last[1:], len(values)) / len(values)
            right = max(right, float(np.quantile(values, 0.995)) + 1)
            ax.step(
                [0.0, *at, 1e9],
                [0.0, *shares, 1.0],
                where="post",
                color=colour,
                linestyle=style,
                label=f"IPv{family} {label}",
            )
    ax.set_xlim(0.5, right)
    ax.set_ylim(0, 1.02)
    ax.yaxis.set_major_formatter(_percent())
    ax.xaxis.set_major_locator(_whole_numbers())
    ax.set_xlabel("upstreams")
    ax.set_ylabel(f"share of {what} with at most so many")
    if len(df):
        ax.legend(frameon=False, loc="lower right")
    return ax


def _edges(table: "Rib", asn: int) -> dict[tuple[int, int], int]:
    """Links up to two hops before and one hop after an AS, with the prefixes seen on each."""
    features = table.path_features
    lists = features.column("hops").combine_chunks()
    offsets = lists.offsets.to_numpy().astype(np.int64)
    hops = lists.values.to_numpy()
    path = np.repeat(np.arange(len(lists)), np.diff(offsets))
    usable = ~(column(features, "has_set") | column(features, "has_loop"))
    at = np.flatnonzero((hops == asn) & usable[path])
    pairs = []
    for step in (-2, -1, 0):
        left, right = at + step, at + step + 1
        inside = (left >= offsets[path[at]]) & (right < offsets[path[at] + 1])
        pairs.append(np.stack([hops[left[inside]], hops[right[inside]], path[at[inside]]]))
    left_as, right_as, path_id = np.concatenate(pairs, axis=1).astype(np.int64)
    routes = analysis_routes(table)
    return _count_prefixes(left_as, right_as, path_id, routes.prefix_id, routes.as_path_id)


def _count_prefixes(
    left_as: npt.NDArray[np.int64],
    right_as: npt.NDArray[np.int64],
    path_id: npt.NDArray[np.int64],
    prefix_id: npt.NDArray[np.uint32],
    as_path_id: npt.NDArray[np.uint32],
) -> dict[tuple[int, int], int]:
    """Distinct prefixes per link, given the links of each path."""
    links = pd.DataFrame({"left": left_as, "right": right_as, "path": path_id})
    kept = np.isin(as_path_id, path_id)
    routes = pd.DataFrame({"path": as_path_id[kept].astype(np.int64), "prefix": prefix_id[kept]})
    joined = links.merge(routes.drop_duplicates(), on="path")
    counted = joined.groupby(["left", "right"])["prefix"].nunique()
    lefts, rights = (counted.index.get_level_values(n) for n in ("left", "right"))
    rows = zip(lefts.tolist(), rights.tolist(), counted.tolist(), strict=True)
    return {(a, b): n for a, b, n in rows}


def _largest(links: dict[tuple[int, int], int], side: int) -> list[int]:
    """ASes on one side of links with the most prefixes, ties to the lower ASN."""
    best: dict[int, int] = {}
    for link, n in links.items():
        best[link[side]] = best.get(link[side], 0) + n
    return sorted(sorted(best, key=lambda a: (-best[a], a))[:_N_NEIGHBOURS])


def as_neighbourhood(table: "Rib", asn: int, *, ax: "Axes | None" = None) -> "Axes":
    """Draw the ASes next to one AS on the paths seen: two hops towards the peers, one beyond.

    Parameters
    ----------
    table : Rib
        The routes.
    asn : int
        The AS in the middle.
    ax : matplotlib.axes.Axes, optional
        Draw here. Default: a new figure.

    Returns
    -------
    matplotlib.axes.Axes
        Columns from the peers' side (left) to the origins' side (right); the wider a line, the
        more prefixes were seen on it.

    Notes
    -----
    The eight neighbours with the most prefixes per column. Paths with an AS_SET or a loop are left
    out. Links nobody uses for a best path are invisible. O(routes).

    Examples
    --------
    >>> import rib
    >>> table = rib.read_mrt("data/sample-mrt/collector.20250121.1200.mrt.bz2")
    >>> rib.plot.as_neighbourhood(table, 213394).get_title()
    'Around AS213394'
    """
    check_required(table=table)
    edges = _edges(table, asn)
    into = {link: n for link, n in edges.items() if link[1] == asn}
    beyond = {link: n for link, n in edges.items() if link[0] == asn}
    near, after = _largest(into, 0), _largest(beyond, 1)
    outer = {k: n for k, n in edges.items() if k[1] in near and k[0] != asn and k[0] not in near}
    columns = [_largest(outer, 0), near, [asn], after]
    tall = max(len(c) for c in columns)
    ax = _axis(ax, 7.5, 1.4 + 0.42 * tall)
    place: dict[tuple[int, int], tuple[float, float]] = {
        (x, a): (float(x), (len(names) - 1) / 2 - y)
        for x, names in enumerate(columns)
        for y, a in enumerate(names)
    }
    drawn = [((0, a), (1, b), n) for (a, b), n in outer.items()]
    drawn += [((1, a), (2, b), n) for (a, b), n in into.items()]
    drawn += [((2, a), (3, b), n) for (a, b), n in beyond.items()]
    most = max((n for _, _, n in drawn), default=1)
    for start, end, n in drawn:
        if start in place and end in place:
            (x0, y0), (x1, y1) = place[start], place[end]
            width = 0.6 + 3.4 * float(np.log1p(n) / np.log1p(most))
            ax.plot([x0, x1], [y0, y1], color=PALETTE["grey"], linewidth=width, alpha=0.6, zorder=1)
    for (x, name), (_, y) in place.items():
        colour = PALETTE["orange"] if name == asn else PALETTE["blue"]
        box = {"boxstyle": "round,pad=0.3", "facecolor": "white", "edgecolor": colour}
        ax.text(x, y, f"AS{name}", ha="center", va="center", bbox=box, color=INK, fontsize=9)
    ax.set_xlim(-0.5, 3.5 if after else 2.5)
    ax.set_ylim(-tall / 2 - 0.3, tall / 2 + 0.3)
    ax.set_axis_off()
    ax.set_title(f"Around AS{asn}")
    return ax
