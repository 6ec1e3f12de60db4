"""The first records of a file, without those that other programs are known not to read.

What is left out is counted with the reason, so that nothing is passed over in silence.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from rib.fallback.attributes import split
from rib.fallback.entries import ADD_PATH_ENTRY, ENTRY, names_family
from rib.fallback.framing import (
    BGP,
    BGP4MP,
    BGP4MP_ET,
    TABLE_DUMP,
    TABLE_DUMP_V2,
    Record,
    record_name,
)
from rib.fallback.messages import (
    FORMS,
    MalformedError,
    multiprotocol,
    read_record,
    read_update,
)
from rib.sources.raw import raw_records, with_header

__all__ = ["Portion", "copy_records"]

#: Address family by subtype of TABLE_DUMP_V2.
_RIB = {2: (1, 1), 3: (1, 2), 4: (2, 1), 5: (2, 2), 8: (1, 1), 9: (1, 2), 10: (2, 1), 11: (2, 2)}
_GENERIC = (6, 12)
_BGP4MP_ENTRY, _UPDATE = 2, 2
_FIRST_ADD_PATH = 8

_NOT_READ = "no other reader reads them"
_MIXED = "some other readers mix unicast and multicast routes, or leave some out"
_NAMES_FAMILY = (
    "AFI and SAFI stand before the prefix, as GoBGP wrote it, and no other reader knows that form"
)
_ONLY_BGPDUMP = "of the other readers bgpdump alone knows them, and not all of their fields"
_UPDATES = "BGP updates beside RIB records, which are read as RIB records here"


@dataclass
class Portion:
    """What was copied.

    ``left_out`` is the number of records by name and reason, ``is_partial`` whether the file goes on.
    """

    n_records: int = 0
    n_copied: int = 0
    is_partial: bool = False
    left_out: dict[tuple[str, str], int] = field(default_factory=dict)


def copy_records(
    path: str, to: Path, n: int, *, safi: int, is_rib: bool, max_bytes: int | None
) -> Portion:
    """Copy the first ``n`` records as they are, or all for 0, as far as they can be compared.

    ``is_rib`` says whether the RIB records of the file are compared or its updates.
    """
    found, part, n_bytes = raw_records(path), Portion(), 0
    with to.open("wb") as stream:
        for record in found:
            n_bytes += len(record.body)
            if (n and part.n_records == n) or (max_bytes is not None and n_bytes > max_bytes):
                part.is_partial = True
                break
            part.n_records += 1
            why = _reason(record, safi, is_rib=is_rib)
            if why:
                key = record_name(record.kind, record.subtype), why
                part.left_out[key] = part.left_out.get(key, 0) + 1
            else:
                part.n_copied += 1
                stream.write(with_header(record))
    return part


def _reason(record: Record, safi: int, *, is_rib: bool) -> str:
    """Say why a record is left out; empty where it is compared."""
    kind, subtype = record.kind, record.subtype
    if kind == TABLE_DUMP_V2:
        return _of_rib(record, safi)
    if kind == TABLE_DUMP:
        return _MIXED if safi != 1 else ""
    if kind == BGP:
        return _UPDATES if is_rib else _ONLY_BGPDUMP
    if kind == BGP4MP and subtype == _BGP4MP_ENTRY:
        return _NOT_READ
    if kind in (BGP4MP, BGP4MP_ET):
        if is_rib:
            return _UPDATES
        return _MIXED if any(s != safi for s in _families_announced(record)) else ""
    return ""


def _of_rib(record: Record, safi: int) -> str:
    if record.subtype in _GENERIC:
        return _NOT_READ
    if record.subtype not in _RIB:
        return ""
    afi, its_safi = _RIB[record.subtype]
    if its_safi != safi:
        return _MIXED
    entry = ADD_PATH_ENTRY if record.subtype >= _FIRST_ADD_PATH else ENTRY
    return _NAMES_FAMILY if names_family(record.body, afi, its_safi, entry) else ""


def _families_announced(record: Record) -> Iterator[int]:
    """Give the SAFI of all that an UPDATE says; nothing where it is damaged, or no UPDATE."""
    form = FORMS.get(record.subtype)
    if form is None or form.is_state_change:
        return
    try:
        content = read_record(record.body[4 * (record.kind == BGP4MP_ET) :], form)
    except MalformedError:
        return
    if content.message != _UPDATE:
        return
    update = read_update(content.body, is_cut=False)
    if update.withdrawn or update.announced:
        yield 1
    attributes = split(update.attributes or b"") or []
    for announcements in (True, False):
        for found in multiprotocol(attributes, announcements=announcements):
            if found is not None and found.nlri:
                yield found.safi
