"""ASPA objects: the providers that customers name, as validators write them."""

import datetime as dt
from collections.abc import Iterable
from typing import Any

import pyarrow as pa

from rib.registry.columns import Ignored

__all__ = ["as_number", "aspa_table", "merge_aspas", "read_aspas"]

Aspas = dict[int, set[int]]


def as_number(given: Any) -> int | None:
    """Give an AS number written ``1``, ``"1"`` or ``"AS1"``; None for anything else."""
    if isinstance(given, str):
        bare = given.strip()
        bare = bare[2:] if bare[:2].upper() == "AS" else bare
        given = int(bare) if bare.isascii() and bare.isdigit() and len(bare) <= 10 else None
    return given if type(given) is int and 0 <= given < 2**32 else None


def read_aspas(entries: Any, date: dt.datetime | None, ignored: Ignored) -> Aspas:
    """Give the providers of each customer from the list ``aspas`` of a validator's JSON.

    Notes
    -----
    Customers are few, hence a loop. Several objects of one customer count as one with the union of
    their providers. An object without a provider is none: the profile asks for one at least, and
    who has none names AS 0.
    """
    found: Aspas = {}
    bad, expired, again = [], [], []
    for place, entry in enumerate(entries if isinstance(entries, list) else [], 1):
        read = _customer_and_providers(entry)
        if read is None:
            bad.append(place)
        elif date is not None and _expired(entry, date):
            expired.append(place)
        else:
            customer, providers = read
            if customer in found:
                again.append(place)
            found.setdefault(customer, set()).update(providers)
    for reason, places in (
        ("aspa", bad),
        ("aspa_expired", expired),
        ("aspa_duplicate", again),
    ):
        ignored.add(reason, places)
    return found


def _customer_and_providers(entry: Any) -> tuple[int, list[int]] | None:
    if not isinstance(entry, dict):
        return None
    customer = as_number(entry.get("customer_asid", entry.get("customer")))
    listed = entry.get("providers")
    if not customer or not isinstance(listed, list) or not listed:
        return None
    providers = [p for p in map(as_number, listed) if p is not None]
    # A provider left out would make its routes invalid, so that a broken list counts for nothing.
    return (customer, providers) if len(providers) == len(listed) else None


def _expired(entry: dict[str, Any], date: dt.datetime) -> bool:
    """Say whether an object ended before the file was written; one without an end did not."""
    expires = entry.get("expires")
    if type(expires) is int:
        return expires < date.replace(tzinfo=dt.UTC).timestamp()
    source = entry.get("source")  # jsonext: the objects a payload comes from
    ends = [_not_after(s) for s in source] if isinstance(source, list) else []
    return bool(ends) and all(end is not None and end < date for end in ends)


def _not_after(source: Any) -> dt.datetime | None:
    validity = source.get("validity") if isinstance(source, dict) else None
    text = validity.get("notAfter") if isinstance(validity, dict) else None
    try:
        end = dt.datetime.fromisoformat(text)  # type: ignore[arg-type]
    except (TypeError, ValueError):
        return None
    return end.astimezone(dt.UTC).replace(tzinfo=None) if end.tzinfo else end


def merge_aspas(
    aspas: Aspas, filtered: Iterable[int], asserted: Iterable[tuple[int, Iterable[int]]]
) -> Aspas:
    """Remove the objects of some customers, then add providers of some (SLURM version 2)."""
    gone = set(filtered)
    merged = {customer: set(of) for customer, of in aspas.items() if customer not in gone}
    for customer, providers in asserted:
        merged.setdefault(customer, set()).update(providers)
    return merged


def aspa_table(aspas: Aspas) -> pa.Table:
    """Give one row per customer: ``customer_as``, ``provider_as`` (list), both ascending."""
    kind = pa.list_(pa.field("item", pa.uint32(), nullable=False))
    customers = sorted(aspas)
    return pa.table(
        [
            pa.array(customers, pa.uint32()),
            pa.array([sorted(aspas[c]) for c in customers], kind),
        ],
        names=["customer_as", "provider_as"],
    )
