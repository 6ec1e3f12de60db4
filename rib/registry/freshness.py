"""What is wrong with registries as a whole: empty, or too old for the table they judge."""

import datetime as dt
from typing import TYPE_CHECKING

from rib.table.summary import time_span

if TYPE_CHECKING:
    from rib.registry.bogons import Bogons
    from rib.registry.organisations import Organisations
    from rib.registry.relationships import Relationships
    from rib.registry.vrps import Vrps
    from rib.table.rib import Rib

__all__ = ["MOST_DAYS_OF_BOGONS", "MOST_DAYS_OF_LINKS", "MOST_DAYS_OF_VRPS", "registry_warnings"]

#: Payloads older than this say little: manifests, and with them all that a validator may use, are
#: commonly issued anew every day, and a validator that works runs several times an hour.
MOST_DAYS_OF_VRPS = 2

#: Relationships and organisations are published monthly or quarterly; in a year many have changed.
MOST_DAYS_OF_LINKS = 365

#: Registries give out space every day: an older list accuses those who got it since.
MOST_DAYS_OF_BOGONS = 30


def registry_warnings(
    table: "Rib",
    *,
    vrps: "Vrps | None" = None,
    relationships: "Relationships | None" = None,
    organisations: "Organisations | None" = None,
    bogons: "Bogons | None" = None,
    aspas: bool = False,
) -> list[str]:
    """Say what to know before a result of these registries is trusted, one text each.

    Parameters
    ----------
    table : Rib
        What is judged; its last record is its date.
    vrps, relationships, organisations, bogons
        What it is judged by; an undated registry is taken as fresh.
    aspas : bool
        Whether of ``vrps`` the ASPA objects are used, not the payloads.
    """
    span = time_span(table)
    when = None if span is None else span[1].replace(tzinfo=None)
    found: list[str] = []
    if vrps is not None:
        found += _emptiness(vrps, aspas=aspas)
        found += _age("VRPs", vrps.source, vrps.date, when, MOST_DAYS_OF_VRPS)
    for name, given in (("relationships", relationships), ("organisations", organisations)):
        if given is not None:
            found += _age(f"AS {name}", given.source, given.date, when, MOST_DAYS_OF_LINKS)
    if bogons is not None:
        names = ", ".join(bogons.sources)
        found += _age("bogons", names, bogons.date, when, MOST_DAYS_OF_BOGONS)
    return found


def _emptiness(vrps: "Vrps", *, aspas: bool) -> list[str]:
    if aspas:
        if vrps.aspas.num_rows:
            return []
        return [f"{vrps.source} holds no ASPA object: no path can be found invalid for its hops"]
    if len(vrps):
        return []
    return [f"{vrps.source} holds no payload (VRP): every origin is not-found"]


def _age(
    what: str, source: str, date: dt.date | None, when: dt.datetime | None, most: int
) -> list[str]:
    if date is None or when is None:
        return []
    # A day without a time may be any moment of it, so that its end counts.
    written = date if isinstance(date, dt.datetime) else dt.datetime.combine(date, dt.time.max)
    days = (when - written) / dt.timedelta(days=1)
    if days <= most:
        return []
    text = f"{what} of {date:%Y-%m-%d} ({source}) are {days:,.0f} days older than the table"
    return [f"{text} of {when:%Y-%m-%d}: more than {most} days"]
