"""Where the move of a prefix from one origin AS to another stands, and what to do next."""

import html
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pandas as pd
import pyarrow as pa

from rib.analysis.moving.facts import Facts, Side, gather, parse_move
from rib.analysis.moving.steps import BREAKS, STEPS, break_rows, stage, status, step_rows
from rib.registry.arguments import check_given, check_required
from rib.table.arrays import to_frame
from rib.table.selection import as_number

if TYPE_CHECKING:
    from rib.registry.irr import Irr
    from rib.registry.vrps import Vrps
    from rib.table.rib import Rib

__all__ = ["Migration", "migration"]

_ASNS = pa.list_(pa.uint32())


def _side_fields(side: str) -> list[pa.Field]:
    return [
        pa.field(f"{side}_registered", pa.bool_()),
        pa.field(f"{side}_created", pa.date32()),
        pa.field(f"{side}_mnt_by", pa.list_(pa.utf8())),
        pa.field(f"{side}_source_class", pa.utf8()),
        pa.field(f"{side}_rov", pa.utf8()),
        pa.field(f"{side}_announced", pa.bool_(), nullable=False),
        pa.field(f"{side}_n_vps", pa.uint32(), nullable=False),
        pa.field(f"{side}_share", pa.float64()),
        pa.field(f"{side}_upstreams", _ASNS, nullable=False),
    ]


_SNAPSHOTS = pa.schema(
    [
        pa.field("time", pa.timestamp("s", tz="UTC")),
        pa.field("stage", pa.utf8(), nullable=False),
        pa.field("status", pa.utf8()),
        pa.field("n_vps", pa.uint32(), nullable=False),
        pa.field("n_full_feeds", pa.uint32(), nullable=False),
        *_side_fields("from"),
        *_side_fields("to"),
        pa.field("other_origins", _ASNS, nullable=False),
    ]
)


@dataclass(frozen=True, repr=False, eq=False)
class Migration:
    """What `rib.migration` finds.

    Parameters
    ----------
    prefix : str
        The prefix that moves.
    from_as, to_as : int
        The old and the new origin AS.
    snapshots : pandas.DataFrame
        Where the move stood at each snapshot.
    steps : pandas.DataFrame
        What to create, announce and remove, in a safe order, as of the last snapshot.
    breaks : pandas.DataFrame
        What breaks at once where a step is taken now.
    """

    prefix: str
    from_as: int
    to_as: int
    snapshots: pd.DataFrame
    steps: pd.DataFrame
    breaks: pd.DataFrame

    @property
    def stage(self) -> str:
        """Stage at the last snapshot."""
        return str(self.snapshots["stage"].iloc[-1])

    @property
    def status(self) -> str | None:
        """What is registered at the last snapshot; None without an IRR."""
        value = self.snapshots["status"].iloc[-1]
        return None if pd.isna(value) else str(value)

    @property
    def missing(self) -> list[str]:
        """Steps that are neither done nor needless nor unknown, in order."""
        left = self.steps["state"].isin(["to do", "blocked"])
        return [str(name) for name in self.steps["step"][left]]

    def to_dict(self) -> dict[str, Any]:
        """Give everything as values that JSON knows; times and days are ISO 8601 text."""
        head = {name: getattr(self, name) for name in ("prefix", "from_as", "to_as")}
        head |= {name: getattr(self, name) for name in ("stage", "status", "missing")}
        frames = {name: getattr(self, name) for name in ("snapshots", "steps", "breaks")}
        return head | {name: _records(frame) for name, frame in frames.items()}

    def __repr__(self) -> str:
        return "\n".join(_lines(self))

    def _repr_html_(self) -> str:
        frames = (self.snapshots, self.steps, self.breaks)
        title = html.escape(_title(self))
        return f"<p>{title}</p>" + "".join(f.to_html(index=False, escape=True) for f in frames)


def _records(frame: pd.DataFrame) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = pa.Table.from_pandas(frame, preserve_index=False).to_pylist()
    return [
        {k: v.isoformat() if hasattr(v, "isoformat") else v for k, v in row.items()} for row in rows
    ]


def _title(found: Migration) -> str:
    said = f" ({found.status})" if found.status else ""
    return f"{found.prefix}, AS{found.from_as} to AS{found.to_as}: {found.stage}{said}"


def _lines(found: Migration) -> list[str]:
    lines = [_title(found), "", "snapshots"]
    for row in _records(found.snapshots):
        when = "time not told" if row["time"] is None else row["time"][:16].replace("T", " ")
        parts = [f"  {when}  {row['stage']}"]
        for side, asn in (("from", found.from_as), ("to", found.to_as)):
            n, ups = row[f"{side}_n_vps"], row[f"{side}_upstreams"]
            through = f" through {', '.join(f'AS{a}' for a in ups)}" if ups else ""
            parts.append(f"AS{asn} {n} of {row['n_vps']} VP ASes{through}")
        if row["other_origins"]:
            parts.append("also " + ", ".join(f"AS{a}" for a in row["other_origins"]))
        lines.append("; ".join(parts))
    lines += ["", "steps"]
    for row in _records(found.steps):
        waits = f" (after {', '.join(row['waits_for'])})" if row["waits_for"] else ""
        lines.append(f"  {row['state']:<10}  {row['step']:<16}  {row['do']}{waits}")
    lines += ["", "breaks if done now"]
    for row in _records(found.breaks):
        seen = "" if row["n_vps"] is None else f" at {row['n_vps']} VP ASes"
        what = f"{row['prefix']} of AS{row['origin_as']} {row['breaks']}{seen}"
        lines.append(f"  {row['step']:<16}  {what}: {row['why']}")
    return lines if len(found.breaks) else [*lines, "  nothing"]


def migration(
    prefix: str,
    from_as: int,
    to_as: int,
    snapshots: "Rib | Iterable[Rib]",
    irr: "Irr | Iterable[Irr] | None" = None,
    vrps: "Vrps | Iterable[Vrps] | None" = None,
) -> Migration:
    """Follow a prefix from its old origin AS to its new one, and say what to do next.

    Parameters
    ----------
    prefix : str
        The prefix, canonical, of either family.
    from_as, to_as : int
        The old and the new origin AS, 0 to 4294967295, not the same.
    snapshots : Rib, or iterable of Rib
        Tables of collectors in order of time.
    irr : Irr or iterable of Irr, optional
        Route objects, aut-nums and as-sets: one for all snapshots, or one for each. Default: what is
        registered is not judged.
    vrps : Vrps or iterable of Vrps, optional
        VRPs, likewise.

    Returns
    -------
    Migration
        ``.stage``, ``.status`` and ``.missing`` of the last snapshot; ``.to_dict()`` for JSON;
        ``.snapshots``, one row each, in the order given:

        ================= ============ ======== =======================================================
        column            dtype        nullable meaning
        ================= ============ ======== =======================================================
        time              timestamp    yes      of its last record, UTC; null where it does not tell
        stage             str          no       see below
        status            str          yes      what is registered; null without ``irr``
        n_vps             uint32       no       VP ASes that see the prefix, from whomever
        n_full_feeds      uint32       no       VP ASes with a full feed of the family
        from_registered   bool         yes      a route object has exactly the prefix and the old
                                                origin; null without ``irr``
        from_created      date32       yes      day the oldest of these was created
        from_mnt_by       list[str]    yes      their maintainers, sorted
        from_source_class str          yes      best class of their sources; null where there is none
        from_rov          str          yes      ``valid``, ``invalid`` or ``not-found``; null without
                                                ``vrps``
        from_announced    bool         no       a VP AS sees the prefix with the old origin
        from_n_vps        uint32       no       VP ASes that do
        from_share        float64      yes      of ``n_vps``; null where nobody sees the prefix
        from_upstreams    list[uint32] no       ASes left of the old origin, ascending
        to_…                                    the same nine of the new origin
        other_origins     list[uint32] no       further origins of the prefix, ascending
        ================= ============ ======== =======================================================

        ``.steps``, in the order in which they are safe, judged at the last snapshot:

        ========= ========= ======== ==================================================================
        column    dtype     nullable meaning
        ========= ========= ======== ==================================================================
        step      str       no       ``roa-old``, ``roa-new``, ``route-new``, ``as-set-new``,
                                     ``as-set-old``, ``announce-new``, ``withdraw-old``,
                                     ``transits-new``, ``remove-route-old``, ``remove-roa-old``
        state     str       no       ``done``, ``to do``, ``blocked``, ``not needed``, ``unknown``
        do        str       no       what to do
        waits_for list[str] no       earlier steps that block it
        why       str       no       the reason for the step, or for its place
        done_at   timestamp yes      first of the snapshots since which it has been done
        ========= ========= ======== ==================================================================

        and ``.breaks``, what breaks at once where a step is taken now, in the same order:

        ========= ====== ======== =====================================================================
        column    dtype  nullable meaning
        ========= ====== ======== =====================================================================
        step      str    no       a step, or ``end-transit-old``: the old origin ends transit for the
                                  new one
        breaks    str    no       ``invalid`` (RPKI), ``filtered`` (by the IRR) or ``unreachable``
        prefix    str    no       what breaks: the prefix, or one inside it
        origin_as uint32 no       its origin
        n_vps     uint32 yes      VP ASes that see it now; null where it is not announced yet
        why       str    no       the reason
        ========= ====== ======== =====================================================================

    Raises
    ------
    PrefixError
        ``prefix`` is no canonical prefix.
    TypeError, ValueError
        An argument is something else; the ASes are the same; no snapshot, or not in order of time; as
        many registries as snapshots were expected.

    Notes
    -----
    ``stage`` is ``in progress`` where both origins announce; where only the new one does, ``single
    transit`` with fewer than two upstreams, else ``cleanup`` while a route object or matching VRP of the
    old origin is left, else ``done``. Where the new one does not announce, it is ``withdrawn`` if nobody
    does and either did before, else ``registered`` if a route object (without ``irr``: a valid ROA) has
    the new origin, else ``not started``.

    ``status`` is ``registered multi-origin, transfer in progress`` where both origins have a route
    object for exactly the prefix: two registered origins are the normal look of a move, no conflict.

    Registries are taken as they are given: an object that was created after the snapshot counts, so give
    one registry per snapshot to follow the past. A VP AS that sees both origins counts for both. Routes
    with an AS_SET origin count in ``n_vps`` only; upstreams hidden in an AS_SET are left out. Collectors
    show best paths: more upstreams may exist. O(routes) per snapshot.

    References
    ----------
    RFC 6811, RFC 7115 (ROAs before announcements), RFC 2622; docs/methods.md for the rules of each step.

    Examples
    --------
    >>> import rib
    >>> days = ["20250114.0000", "20250117.0000", "20250121.1200"]
    >>> tables = [rib.read_mrt(f"data/sample-mrt/collector.{day}.mrt.bz2") for day in days]
    >>> irr = rib.read_irr("data/sample-mrt/irr.20250121.db.gz")
    >>> move = rib.migration("91.208.207.0/24", 43424, 213394, tables, irr=irr)
    >>> move.snapshots["stage"].tolist()
    ['registered', 'single transit', 'cleanup']
    >>> move.status, move.missing
    ('registered multi-origin, transfer in progress', ['remove-route-old'])
    """
    from_as, to_as = as_number("from_as", from_as), as_number("to_as", to_as)
    if from_as == to_as:
        raise ValueError(f"to_as={to_as}: expected another AS than from_as")
    move = parse_move(prefix, from_as, to_as)
    tables = _listed(snapshots)
    if not tables:
        raise ValueError("snapshots=[]: expected at least one Rib")
    for table in tables:
        check_required(table=table)
    irrs, payloads = _one_each("irr", irr, len(tables)), _one_each("vrps", vrps, len(tables))
    facts = [gather(move, *given) for given in zip(tables, irrs, payloads, strict=True)]
    times = [f.time for f in facts if f.time is not None]
    if times != sorted(times):
        raise ValueError(f"snapshots of {', '.join(map(str, times))}: expected order of time")
    rows = [_row(f, facts[:n]) for n, f in enumerate(facts)]
    return Migration(
        move.prefix,
        from_as,
        to_as,
        to_frame(pa.Table.from_pylist(rows, schema=_SNAPSHOTS)),
        to_frame(pa.Table.from_pylist(step_rows(move, facts), schema=STEPS)),
        to_frame(pa.Table.from_pylist(break_rows(move, facts[-1]), schema=BREAKS)),
    )


def _listed(given: Any) -> list[Any]:
    """Give what was given one of, or several."""
    several = isinstance(given, Iterable) and not isinstance(given, str)
    return list(given) if several else [given]


def _one_each(name: str, given: Any, n: int) -> list[Any]:
    values = _listed(given)
    if len(values) not in (1, n):
        raise ValueError(f"{name} holds {len(values)}: expected one, or one per snapshot ({n})")
    for value in values:
        check_given(**{name: value})
    return values * n if len(values) == 1 else values


def _row(facts: Facts, before: list[Facts]) -> dict[str, Any]:
    row: dict[str, Any] = {
        "time": facts.time,
        "stage": stage(facts, before),
        "status": status(facts),
        "n_vps": facts.n_vps,
        "n_full_feeds": facts.n_full,
        "other_origins": facts.others,
    }
    return row | _columns("from", facts.old, facts.n_vps) | _columns("to", facts.new, facts.n_vps)


def _columns(name: str, side: Side, n_vps: int) -> dict[str, Any]:
    values = {
        "registered": side.registered,
        "created": side.created,
        "mnt_by": None if side.registered is None else side.mnt_by,
        "source_class": side.source_class,
        "rov": side.rov,
        "announced": side.announced,
        "n_vps": side.n_vps,
        "share": side.n_vps / n_vps if n_vps else None,
        "upstreams": side.upstreams,
    }
    return {f"{name}_{key}": value for key, value in values.items()}
