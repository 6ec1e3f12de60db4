"""Run every analysis of a report once and hold the results."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from numbers import Integral
from typing import Any, Literal

import numpy as np
import pandas as pd
import pyarrow as pa

from rib.analysis.diversity import path_diversity
from rib.analysis.diversity_change import diversity_change
from rib.analysis.origins import moas, validate_origins
from rib.analysis.suspects import hijack_suspects
from rib.analysis.upstreams import upstream_preference
from rib.report.exits import moved_exits
from rib.report.summaries import looks_like_own_view, watched_origins
from rib.table.arrays import to_frame
from rib.table.origins import origin_votes
from rib.table.policy import Policy
from rib.table.rib import Rib

__all__ = ["SUSPECT_SCORE", "Findings", "Registries", "find"]

#: An event of this score and more is a suspect; explained events score below.
SUSPECT_SCORE = 50

#: Origins looked at closely when none of our own were named.
_N_WATCHED = 8

View = Literal["collector", "own"]


@dataclass(frozen=True)
class Registries:
    """What the routes were judged against; None where it was not given."""

    vrps: Any = None
    irr: Any = None
    organisations: Any = None
    relationships: Any = None
    delegations: Any = None
    bogons: Any = None
    baseline: Rib | None = None


@dataclass(frozen=True)
class Findings:
    """Results of the analyses over one table, each in its documented order."""

    table: Rib
    registries: Registries
    own: list[int]
    view: View
    view_was_guessed: bool
    watched: list[int]
    diversity_prefix: pd.DataFrame
    diversity_origin: pd.DataFrame
    upstreams: pd.DataFrame
    origins: pd.DataFrame
    moas: pd.DataFrame
    events: pd.DataFrame
    changes: pd.DataFrame | None = None
    exits_moved: pd.DataFrame | None = None

    @property
    def is_compared(self) -> bool:
        """Whether there is a baseline with a session that the table has too."""
        return self.changes is not None and any(self.changes.attrs["n_peers"].values())

    @property
    def suspects(self) -> pd.DataFrame:
        """Events of `SUSPECT_SCORE` or more, highest score first, then in event order."""
        return self._by_score(self.events["score"] >= SUSPECT_SCORE)

    @property
    def explained(self) -> pd.DataFrame:
        """Events below `SUSPECT_SCORE`, highest score first, then in event order."""
        return self._by_score(self.events["score"] < SUSPECT_SCORE)

    @property
    def warnings(self) -> list[str]:
        """What the analyses warn of: a registry that is empty or old explains many a result."""
        told = [w for f in (self.events, self.origins) for w in f.attrs.get("warnings", ())]
        return list(dict.fromkeys(told))

    def _by_score(self, mask: pd.Series) -> pd.DataFrame:
        kept = self.events[mask.to_numpy(dtype=bool)]
        return kept.sort_values("score", ascending=False, kind="stable").reset_index(drop=True)

    @property
    def frames(self) -> dict[str, pd.DataFrame]:
        """Tables written beside the page, by file name without its ending."""
        frames = {
            "diversity_prefix": self.diversity_prefix,
            "diversity_origin": self.diversity_origin,
            "upstreams": self.upstreams,
            "origins": self.origins,
            "moas": self.moas,
            "suspects": self.events,
        }
        since = {"diversity_change": self.changes, "exits_moved": self.exits_moved}
        return frames | {name: frame for name, frame in since.items() if frame is not None}


def _asns(own: Any) -> list[int]:
    """Check and sort the ASNs of ``own``: a number, several, or the owner's declaration."""
    if own is None:
        return []
    given = own.get("origins", ()) if isinstance(own, Mapping) else own
    listed = list(given) if isinstance(given, Iterable) and not isinstance(given, str) else [given]
    for asn in listed:
        if isinstance(asn, bool) or not isinstance(asn, Integral) or not 0 < int(asn) < 2**32:
            raise ValueError(f"own={asn!r}: expected AS numbers from 1 to 4294967295")
    return sorted({int(asn) for asn in listed})


def _origins(table: Rib, vrps: Any, irr: Any) -> pd.DataFrame:
    """Validate origins; without a registry, list the pairs with empty states."""
    if vrps is not None or irr is not None:
        return validate_origins(table, vrps=vrps, irr=irr)
    pairs = origin_votes(table).pairs
    n = len(pairs.prefix_id)
    text = table.prefixes.column("text").combine_chunks()
    columns = {
        "prefix": text.take(pa.array(pairs.prefix_id)),
        "origin_as": pa.array(pairs.origin_as, mask=~pairs.has_origin),
        "n_vps": pa.array(pairs.n_vps.astype(np.uint32)),
        **{name: pa.nulls(n, pa.utf8()) for name in ("rov_state", "rov_reason", "irr_state")},
        "irr_sources": pa.nulls(n, pa.list_(pa.utf8())),
    }
    return to_frame(pa.table(columns))


def _changes(table: Rib, baseline: Rib | None) -> pd.DataFrame | None:
    """Compare with the baseline; None without one, or where it is of other collectors."""
    if baseline is None:
        return None
    try:
        return diversity_change(baseline, table, by="origin_as")
    except ValueError:
        # The arguments were checked, so what is left is that no collector is in both. The baseline
        # still says which origins are old, and the page says that it was not compared.
        return None


def _exits(
    table: Rib, baseline: Rib | None, changes: pd.DataFrame | None, policy: Policy | None
) -> pd.DataFrame | None:
    """Compare exits with the baseline's; None where no session is in both, since all would differ."""
    if baseline is None or changes is None or not any(changes.attrs["n_peers"].values()):
        return None
    return moved_exits(baseline, table, policy)


def find(
    table: Rib,
    registries: Registries,
    own: Any,
    view: Literal["auto", "collector", "own"],
    policy: Policy | None = None,
) -> Findings:
    """Run the analyses. ``view="auto"`` guesses from the peers (`looks_like_own_view`).

    ``policy`` is that of an own view, by which exits are chosen.
    """
    if view not in ("auto", "collector", "own"):
        raise ValueError(f"view={view!r}: expected 'auto', 'collector' or 'own'")
    ours = _asns(own)
    guessed: View = "own" if looks_like_own_view(table) else "collector"
    chosen = guessed if view == "auto" else view
    changes = _changes(table, registries.baseline)
    by_origin = path_diversity(table, by="origin_as")
    return Findings(
        table=table,
        registries=registries,
        own=ours,
        view=chosen,
        view_was_guessed=view == "auto",
        watched=watched_origins(by_origin, ours, _N_WATCHED),
        diversity_prefix=path_diversity(table, by="prefix"),
        diversity_origin=by_origin,
        upstreams=upstream_preference(table),
        origins=_origins(table, registries.vrps, registries.irr),
        moas=moas(table),
        events=hijack_suspects(
            table,
            **vars(registries),
            # ASNs alone say whom to watch; only a declaration says what is whose.
            own=dict(own) if isinstance(own, Mapping) else None,
        ),
        changes=changes,
        exits_moved=_exits(table, registries.baseline, changes, policy)
        if chosen == "own"
        else None,
    )
