"""Records of BGP updates to changes."""

from collections import Counter
from collections.abc import Callable
from typing import Any

from rib.fallback.attributes import RawAttribute, split_whole
from rib.fallback.changes import UpdatesLoad
from rib.fallback.columns import BlockIds
from rib.fallback.families import family_name
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
    LEGACY_MESSAGES,
    MESSAGES,
    Content,
    MalformedError,
    Multiprotocol,
    block_of,
    has_unmarked_path_ids,
    multiprotocol,
    read_legacy,
    read_nlri,
    read_record,
    read_update,
)
from rib.fallback.prefixes import prefix_text
from rib.fallback.sessions import Session, Sessions
from rib.fallback.streams import Damage

__all__ = ["UpdateRecords"]

_UPDATE = 2
#: Of prefixes that `has_unmarked_path_ids` where these are not looked for.
_UNMARKED = (
    "the prefixes close with ADD-PATH ids alone, which the record does not announce: "
    "unmarked_add_path=True reads them"
)


class UpdateRecords:
    """Reads the records of updates of one input.

    Parameters
    ----------
    load : UpdatesLoad
        Where changes go.
    collector : str or None
        Name given by the caller.
    safi : int
        1 reads unicast routes, 2 multicast ones.
    report : callable
        Called as ``report(damage)`` for each loss, while its record is being read.
    unmarked_add_path : bool, default False
        Whether path ids are looked for in messages that do not announce them.
    """

    row_bytes = 33

    def __init__(
        self,
        load: UpdatesLoad,
        collector: str | None,
        safi: int,
        report: Callable[[Damage], None],
        *,
        unmarked_add_path: bool = False,
    ) -> None:
        self._unmarked_add_path = unmarked_add_path
        self._load = load
        self.collector = collector or ""
        self._safi = safi
        self._report = report
        self.other_families = Counter[str]()
        self.messages = Counter[str]()
        self.changes_read = self.changes_kept = self.changes_lost = 0
        #: Octets of the record just read that what it holds does not reach.
        self.trailing = 0
        self._damage: Damage | None = None
        self._is_whole = True
        self._sessions = Sessions(load)

    @property
    def quirks(self) -> Counter[str]:
        """Where deviations are counted."""
        return self._load.quirks

    @property
    def kept(self) -> int:
        """Number of rows this input gave."""
        return self.changes_kept

    def end(self) -> None:
        """Say that the input has ended."""
        self._sessions.correct()

    def account(self) -> dict[str, Any]:
        """Give what the receipt says of rows and messages."""
        return {
            "changes_read": self.changes_read,
            "changes_kept": self.changes_kept,
            "changes_lost": self.changes_lost,
            "messages": dict(sorted(self.messages.items())),
            "other_families": dict(sorted(self.other_families.items())),
        }

    def nothing(
        self,
        names: set[tuple[int, int]],
        found: str,
        *,
        is_whole: bool,  # noqa: ARG002 - no matter here
    ) -> tuple[Damage | None, bool]:
        """Say what is wrong with an input without changes, and whether it is of another kind.

        Hours without a change are no damage.
        """
        kinds = {kind for kind, _ in names}
        if kinds & {BGP, BGP4MP, BGP4MP_ET}:
            return None, False
        if kinds & {TABLE_DUMP, TABLE_DUMP_V2}:
            return Damage("no_updates", f"expected BGP updates, found a RIB dump ({found})"), True
        return Damage("no_updates", f"expected BGP updates, found only {found}"), False

    def pass_over(self, octets: bytes) -> None:  # noqa: ARG002 - whatever they are
        """Count a record that goes on after its message."""
        self.quirks["trailing_bytes_in_record"] += 1

    def read(self, record: Record) -> None:
        """Read a record of any kind; those that are not of updates are left alone."""
        self.trailing = 0
        number = self._load.n_records
        self._load.n_records += 1
        kind, subtype = record.kind, record.subtype
        if kind in (BGP4MP, BGP4MP_ET) and subtype in (2, 3):
            return  # entries of a RIB, and the name of a file with some
        if kind == BGP and subtype in (0, 4):
            return
        if kind not in (BGP, 9, 10, BGP4MP, BGP4MP_ET):
            return
        try:
            self._one(record, number)
        except MalformedError as found:
            self._report(Damage("malformed_record", str(found)))

    def _one(self, record: Record, number: int) -> None:
        time, body, fraction = record.timestamp * 1_000_000, record.body, 0
        if record.kind == BGP and (record.subtype == 3 or record.subtype in LEGACY_MESSAGES):
            content = read_legacy(body, LEGACY_MESSAGES.get(record.subtype))
            as_octets, add_path, record_type = 2, False, "BGP"
        elif record.kind >= BGP4MP and record.subtype in FORMS:
            form = FORMS[record.subtype]
            record_type = "BGP4MP"
            if record.kind == BGP4MP_ET:
                if len(body) < 4:
                    raise MalformedError("the record ends inside its head")
                fraction = int.from_bytes(body[:4], "big")
                body, record_type = body[4:], "BGP4MP_ET"
            content = read_record(body, form)
            if form.is_local:  # does not tell which end is which: implementations differ
                content = content._replace(local=None)
            as_octets, add_path = form.as_octets, form.add_path
            record_type += "_LOCAL" if form.is_local else ""
        else:
            name = record_name(record.kind, record.subtype)
            detail = f"what a record of {name} changes is not read"
            self._report(Damage("unsupported_record", detail))
            return
        if fraction < 1_000_000:
            time += fraction
        else:
            self.quirks["microseconds_out_of_range"] += 1
        session = content.local and Session((content.peer_as, content.peer_ip), content.local)
        if content.states is None:
            name = MESSAGES.get(content.message, f"TYPE_{content.message}")
            self.messages[name] += 1
            self.trailing = content.trailing
            self._sessions.saw(session)
            if content.message != _UPDATE:
                return
        peer = self._load.peers.intern(
            self.collector, content.peer_as, content.peer_ip, None, record_type
        )
        at = (time, min(number, 0xFFFFFFFF), peer)
        if content.states is not None:
            self._sessions.changed(session)
            self._load.push_state(at, content.states)
            self.changes_read += 1
            self.changes_kept += 1
            return
        self._sessions.speaks(peer)
        self._damage, self._is_whole = None, not content.missing
        self._update(content, at, 0 if as_octets == 2 else 1, add_path=add_path)
        self._report_damage()

    # -- UPDATE ----------------------------------------------------------------------------------

    def _report_damage(self) -> None:
        if self._damage is not None:
            self._report(self._damage)

    def _malformed(self, detail: str) -> None:
        """Keep the first thing that is wrong with a message."""
        self._damage = self._damage or Damage("malformed_message", detail)

    def _update(
        self, content: Content, at: tuple[int, int, int], kind: int, *, add_path: bool
    ) -> None:
        """Withdrawals first: a prefix in both lists is announced (RFC 4271 section 4.3)."""
        if content.missing:
            self._malformed(
                f"the BGP message declares {content.missing} octets more than the record holds"
            )
        update = read_update(content.body, is_cut=not self._is_whole)
        classic = Multiprotocol(1, 1, b"", update.withdrawn)
        self._prefixes(classic, at, None, add_path=add_path)
        if update.attributes is None:
            self._malformed("the UPDATE ends inside its withdrawn routes or attributes")
            return
        attributes, closes = split_whole(update.attributes)

        def ids(next_hop: bytes | None) -> Callable[[], BlockIds | Damage]:
            return lambda: self._ids(attributes, next_hop, kind, closes=closes)

        self._multiprotocol(attributes, at, None, add_path=add_path)
        announced = Multiprotocol(1, 1, b"", update.announced)
        self._prefixes(announced, at, ids(None), add_path=add_path)
        self._multiprotocol(attributes, at, ids, add_path=add_path)

    def _ids(
        self, attributes: list[RawAttribute], next_hop: bytes | None, kind: int, *, closes: bool
    ) -> BlockIds | Damage:
        if not closes:
            return Damage("malformed_attributes", ": attribute lengths do not close")
        blocks = self._load.blocks
        known = blocks.of_table_dump_v2() if kind else blocks.of_table_dump()
        block = block_of(attributes, next_hop)
        return known.get(block) or blocks.add(block, kind)

    def _multiprotocol(
        self,
        attributes: list[RawAttribute],
        at: tuple[int, int, int],
        ids: Callable[[bytes], Callable[[], BlockIds | Damage]] | None,
        *,
        add_path: bool,
    ) -> None:
        for part in multiprotocol(attributes, announcements=ids is not None):
            if part is None:
                self._malformed("the lengths in MP_REACH_NLRI or MP_UNREACH_NLRI do not close")
            else:
                self._prefixes(part, at, ids and ids(part.next_hop), add_path=add_path)

    def _wants(self, afi: int, safi: int) -> bool:
        wants = afi in (1, 2) and safi == self._safi
        if not wants:
            self.other_families[family_name(afi, safi)] += 1
        return wants

    def _prefixes(
        self,
        part: Multiprotocol,
        at: tuple[int, int, int],
        ids: Callable[[], BlockIds | Damage] | None,
        *,
        add_path: bool,
    ) -> None:
        """Add a change for each prefix: announcements where there are ids, else withdrawals."""
        if not part.nlri or not self._wants(part.afi, part.safi):
            return
        found = ids and ids()
        family = 4 if part.afi == 1 else 6
        if not add_path and self._is_whole and has_unmarked_path_ids(part.nlri, family):
            if not self._unmarked_add_path:
                # What stands before the damage would be octets of path ids, not prefixes.
                self.changes_read += 1
                self.changes_lost += 1
                self._malformed(_UNMARKED)
                return
            self._load.quirks["add_path_unmarked"] += 1
            add_path = True
        try:
            for key, had_host_bits, path_id in read_nlri(part.nlri, family, add_path=add_path):
                self.changes_read += 1
                if isinstance(found, Damage):
                    self.changes_lost += 1
                    detail = f"announcement of {prefix_text(key)}{found.detail}"
                    self._damage = self._damage or found._replace(detail=detail)
                    continue
                self._load.push(at, key, path_id, found)
                self.changes_kept += 1
                self._load.quirks["nlri_host_bits"] += had_host_bits
        except MalformedError as error:
            self.changes_read += 1
            self.changes_lost += 1
            self._malformed(str(error))
