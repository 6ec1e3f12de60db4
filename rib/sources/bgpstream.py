"""pybgpstream streams to a `Rib` or `Updates`."""

import importlib
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, Literal, NamedTuple

import pyarrow as pa

from rib._backend import core
from rib.exceptions import ConfigError, MrtError
from rib.sources.bgpstream_dumps import Dump, dump_name
from rib.sources.elem_changes import Arrival, ChangeSpool
from rib.sources.elems import ElemError, RibSpool, moment
from rib.table.receipt import LoadReceipt
from rib.table.repeated import repeated_peers
from rib.table.rib import Rib
from rib.table.updates import Updates

__all__ = ["read_bgpstream"]

_INVALID = ("corrupted-record", "corrupted-source")
_EMPTY_DUMP = bytes(4) + b"\0\x0d\0\x01\0\0\0\x08" + bytes(8)
_HOW_TO_INSTALL = (
    "pybgpstream is not installed. It needs CAIDA's libbgpstream, which no package index carries: "
    "install that first (https://bgpstream.caida.org/docs/install), then rib[bgpstream]"
)


def read_bgpstream(
    stream: Any, *, on_error: Literal["collect", "raise"] = "collect"
) -> Rib | Updates:
    """Read a BGPStream: RIB dumps into one `Rib`, updates into one `Updates`.

    Parameters
    ----------
    stream : pybgpstream.BGPStream, mapping, or iterable of elems or records
        A configured stream, of any data interface and any number of collectors; it is started if it
        is not. A mapping of the arguments of ``pybgpstream.BGPStream``, which is then created (extra
        ``bgpstream``). Or any iterable of its elems or records, such as a generator that leaves some
        out or ends a live stream; not a list made beforehand, since pybgpstream reuses their memory.
    on_error : {"collect", "raise"}, default "collect"
        What an invalid record or elem does: become a row of ``receipt.issues``, or raise.

    Returns
    -------
    Rib or Updates
        `Updates` where no RIB elem came and what came is of updates, else a `Rib`; updates beside
        RIBs are the issue ``updates_left_out``. For both read a stream each
        (``record_type="ribs"`` and ``"updates"``), then ``table.apply(updates)``.

        As of `read_mrt` and `read_updates`, with what BGPStream tells. ``peers.collector`` is the
        record's collector, with its router after a slash where it names one; ``bgp_id``, ORIGIN, MED,
        LOCAL_PREF, large and extended communities and ADD-PATH ids are null and communities ascend.
        Of a `Rib`, ``originated_time`` is 0. Of `Updates`, ``message`` is the number of the record in
        the stream, changes of all collectors stand in order of arrival, a state that BGPStream does
        not know is null, and ``record_type`` is ``BGP4MP_ET`` where times of the collector have
        microseconds, else ``BGP4MP``; that a message was sent by the collector is not told.

        The receipt has one file per RIB dump (collector and dump time) and one for all updates of a
        collector, with its records as ``type/status``, the first and last of a dump as
        ``type/status/start`` and ``…/end``, and every elem as a route or change kept or lost;
        ``messages`` counts the records with announcements or withdrawals. Bytes are not known and 0.

    Raises
    ------
    MrtError
        With ``on_error="raise"``, an invalid record, a malformed elem, a dump without its end or
        updates beside RIBs; more than 65,535 peers.
    ConfigError
        A mapping was given and pybgpstream is not installed.
    TypeError
        What was given is none of these.

    Notes
    -----
    Some tens of thousands of elems a second: pybgpstream makes several Python objects for each. None
    is kept; elems go through a temporary file, of about 70 bytes for each route of a RIB and 105 for
    each change, so memory is that of the table. `read_mrt` and `read_updates` of the same files, or of
    `rib.archive.urls`, are tens of times as fast and have every attribute: prefer them unless you need
    BGPStream's broker, filters or live data.

    A dump whose last record does not come (the time window cuts it, or the stream was left early) is
    the issue ``rib_without_end``; a record that is corrupt, ``corrupted_record`` or
    ``corrupted_source``; an elem with a field that is missing or not as documented,
    ``malformed_elem``. An iterable of elems shows no records without elems, so there the end of
    dumps is not checked.

    References
    ----------
    C. Orsini et al., BGPStream: A Software Framework for Live and Historical BGP Data Analysis,
    IMC 2016.

    Examples
    --------
    >>> import rib
    >>> from types import SimpleNamespace as Elem
    >>> route = {"prefix": "192.0.2.0/24", "next-hop": "198.51.100.1", "as-path": "64500 64501",
    ...          "communities": {"64500:1"}}
    >>> elem = Elem(type="R", time=1737460800.0, collector="rrc00", peer_asn=64500,
    ...             peer_address="198.51.100.1", fields=route)
    >>> rib.read_bgpstream([elem]).lookup("192.0.2.1").origin_as
    (64501,)
    >>> later = Elem(type="W", time=1737460860.5, collector="rrc00", peer_asn=64500,
    ...              peer_address="198.51.100.1", fields={"prefix": "192.0.2.0/24"})
    >>> updates = rib.read_bgpstream([later])
    >>> updates.changes.num_rows, rib.read_bgpstream([elem]).apply(updates).n_routes
    (1, 0)
    """
    if on_error not in ("collect", "raise"):
        raise ValueError(f"on_error={on_error!r}: expected 'collect' or 'raise'")
    with tempfile.TemporaryDirectory(prefix="rib-") as folder:
        reader = _Reader(Path(folder), raises=on_error == "raise")
        reader.read(_opened(stream))
        return reader.table()


def _opened(stream: Any) -> Iterator[Any]:
    """Give the records, or the elems, of what the caller gave."""
    if isinstance(stream, Mapping):
        try:
            module = importlib.import_module("pybgpstream")
        except ImportError as error:
            raise ConfigError(f"{_HOW_TO_INSTALL} ({error})") from error
        stream = module.BGPStream(**stream)
    if isinstance(stream, str | bytes) or stream is None:
        raise TypeError(
            f"stream={stream!r}: expected a pybgpstream.BGPStream or its elems or records"
        )
    if callable(getattr(stream, "records", None)):
        return iter(stream.records())
    if callable(getattr(stream, "get_next_record", None)):
        return iter(stream.get_next_record, None)
    if isinstance(stream, Iterable):
        return iter(stream)
    raise TypeError(f"stream={stream!r}: expected a pybgpstream.BGPStream or its elems or records")


class _Place(NamedTuple):
    """The record whose elems are read."""

    dump: Dump
    at: Arrival


class _Reader:
    """Reads a stream into dumps, and dumps into a table."""

    def __init__(self, folder: Path, *, raises: bool) -> None:
        self._folder = folder
        self._raises = raises
        self._dumps: dict[tuple[str, str, str, int | None], Dump] = {}
        self._changes = ChangeSpool(folder / "updates.mrt")
        self._has_ribs = False
        self._n_records = 0
        self._record: Any = None
        self._place: _Place | None = None

    def read(self, items: Iterator[Any]) -> None:
        """Read records or elems, told apart by what they have."""
        for item in items:
            # A BGPElem answers for its record too, so what only elems have is asked for first; not
            # their fields, which can fail.
            if hasattr(item, "peer_asn"):
                self._loose_elem(item)
            elif hasattr(item, "status") or hasattr(item, "get_next_elem"):
                self._whole_record(item)
            else:
                raise TypeError(
                    f"stream holds {item!r}: expected BGPStream records (with status and elems) or "
                    "elems (with type, peer_asn, peer_address and fields)"
                )
        for dump in self._dumps.values():
            if dump.position in ("start", "middle"):
                detail = "the RIB dump ends before its last record: routes may be missing"
                self._issue(dump, "rib_without_end", detail, None)
            if dump.n_updates and self._has_ribs:
                detail = (
                    f"{dump.n_updates} elems of updates beside RIBs are not in this table: read RIBs "
                    "and updates as a stream each, then table.apply(updates)"
                )
                self._issue(dump, "updates_left_out", detail, None)

    # -- records and elems -----------------------------------------------------------------------

    def _whole_record(self, record: Any) -> None:
        """Read a record with all its elems, through the low-level object where there is one."""
        low = getattr(record, "rec", record)
        place = self._enter(low)
        if getattr(low, "type", "") == "rib":
            place.dump.position = getattr(low, "dump_position", "")
        is_low = hasattr(low, "get_next_elem")
        for elem in iter(low.get_next_elem, None) if is_low else record:
            self._elem(place, elem)

    def _loose_elem(self, elem: Any) -> None:
        """Read an elem that came without its record; the record is looked at when it is another."""
        record = getattr(elem, "record", elem)
        if self._place is None or record is not self._record:
            self._place = self._enter(record)
            self._record = record
        self._elem(self._place, elem)

    def _enter(self, record: Any) -> _Place:
        """Count a record and say where it stands."""
        collector, router = getattr(record, "collector", None), getattr(record, "router", None)
        dump_time = getattr(record, "dump_time", None)
        kind, status = getattr(record, "type", ""), getattr(record, "status", "valid")
        is_rib = kind in ("rib", "R")
        # Updates of all times are one part of the receipt per collector, each RIB is one.
        key = (
            getattr(record, "project", None) or "",
            collector or "",
            router or "",
            dump_time if is_rib else None,
        )
        dump = self._dumps.get(key)
        if dump is None:
            number = len(self._dumps)
            path = self._folder / f"{number}.mrt"
            dump = Dump(number, dump_name(*key), "/".join(filter(None, key[1:3])), path)
            self._dumps[key] = dump
        position = getattr(record, "dump_position", "")
        ends = f"/{position}" if position in ("start", "end") and status == "valid" else ""
        dump.records[f"{kind}/{status}{ends}"] += 1
        number = self._n_records
        self._n_records += 1
        if status != "valid":
            self._not_valid(dump, kind, status)
        time: Any = getattr(record, "time", None)
        return _Place(dump, Arrival(dump.number, dump.collector, number, time))

    def _not_valid(self, dump: Dump, kind: str, status: str) -> None:
        if status in _INVALID:
            what = "record" if status == "corrupted-record" else "dump file"
            detail = f"BGPStream could not read a {what} of {kind} data"
            self._issue(dump, status.replace("-", "_"), detail, self._n_records - 1)
        elif status == "empty-source" and kind == "rib":
            self._issue(dump, "empty_source", "a RIB dump holds nothing", self._n_records - 1)

    def _elem(self, place: _Place, elem: Any) -> None:
        dump = place.dump
        kind = getattr(elem, "type", None)
        is_route = kind == "R"
        if is_route:
            self._has_ribs = True
        else:
            dump.n_updates += 1
            if self._has_ribs:
                return
        try:
            if is_route:
                _add_route(place, elem)
            else:
                self._add_change(place, elem)
        except (ElemError, KeyError, SystemError, TypeError, AttributeError) as error:
            if is_route:
                dump.routes_lost += 1
            else:
                dump.changes_lost += 1
            self._issue(dump, "malformed_elem", _in_words(error), place.at.record)

    def _add_change(self, place: _Place, elem: Any) -> None:
        dump, at = place
        kind = getattr(elem, "type", None)
        if kind in ("A", "W") and dump.last_message != at.record:
            dump.last_message = at.record
            dump.n_messages += 1
        fields = elem.fields
        peer = (elem.peer_asn, elem.peer_address)
        if kind == "A":
            self._changes.announce(at, peer, fields["prefix"], _route(fields))
        elif kind == "W":
            self._changes.withdraw(at, peer, fields["prefix"])
        elif kind == "S":
            self._changes.change_state(at, peer, fields["old-state"], fields["new-state"])
        elif kind is None:
            raise ElemError("no type: expected 'R', 'A', 'W' or 'S'")
        else:
            raise ElemError(f"type {kind!r}: expected 'R', 'A', 'W' or 'S'")

    def _issue(self, dump: Dump, kind: str, detail: str, record: int | None) -> None:
        if self._raises:
            raise MrtError(f"{dump.name}: {detail}", dump.name, None, record)
        dump.add_issue(kind, detail, record)

    # -- the tables ------------------------------------------------------------------------------

    def table(self) -> Rib | Updates:
        """Build the table of what was read: of changes where all that came is updates."""
        dumps = list(self._dumps.values())
        kinds = {key.partition("/")[0] for dump in dumps for key in dump.records}
        has_updates = any(dump.n_updates for dump in dumps)
        # Hours without a change are updates too.
        is_quiet = "update" in kinds and "rib" not in kinds
        if not self._has_ribs and (has_updates or is_quiet):
            return self._updates(dumps)
        return _rib(dumps)

    def _updates(self, dumps: list[Dump]) -> Updates:
        loaded = self._changes.load(len(dumps))
        for number, record, kind, detail in loaded.issues:
            self._issue(dumps[number], kind, detail, record)
        receipt = {
            "files": [dump.of_changes(loaded.kept[dump.number]) for dump in dumps],
            "issues": [row for dump in dumps for row in dump.issues()],
            "quirks": loaded.quirks,
        }
        return Updates(loaded.tables, LoadReceipt.from_dict(receipt))


def _in_words(error: Exception) -> str:
    """Say what is wrong with an elem."""
    match error:
        case KeyError():
            return f"field {error} is missing"
        case SystemError():  # at an AS path of 4096 characters or more
            return f"pybgpstream could not give a field ({error})"
        case TypeError() | AttributeError():
            return f"a field is of another type than documented ({error})"
    return str(error)


def _route(fields: Mapping[str, Any]) -> tuple[str, str, frozenset[str]]:
    """Give AS path, next hop and communities."""
    communities = frozenset(fields.get("communities") or ())
    return fields["as-path"] or "", fields.get("next-hop") or "", communities


def _add_route(place: _Place, elem: Any) -> None:
    dump = place.dump
    if dump.spool is None:
        dump.spool = RibSpool(dump.path)
    time, _ = moment(place.at.time)
    fields = elem.fields
    peer = (elem.peer_asn, elem.peer_address)
    dump.spool.add(time, peer, fields["prefix"], _route(fields))


def _rib(dumps: list[Dump]) -> Rib:
    ribs = [dump for dump in dumps if dump.spool is not None]
    inputs: list[tuple[str, str | None, str | bytes]] = []
    for dump in ribs:
        if dump.spool is not None:
            dump.spool.close()
        inputs.append((dump.name, dump.collector, str(dump.path)))
    tables, found = core.read_mrt(inputs or [("stream", "", _EMPTY_DUMP)], "collect", None)
    read = dict(zip(map(id, ribs), found["files"], strict=bool(ribs)))
    files = [dump.of_routes(read.get(id(dump))) for dump in dumps]
    issues = [row for dump in dumps for row in dump.issues()]
    if ribs:
        issues += [{**row, "offset": None, "record": None} for row in found["issues"]]
    else:  # what the core says is of the empty table that stands for none
        detail = "expected a stream with elems of RIBs or updates, found none"
        row = {"file": "stream", "offset": None, "record": None}
        issues.append({**row, "kind": "no_routes", "detail": detail})
    quirks = dict(found["quirks"])
    if repeated := repeated_peers(tables, files):
        quirks["peer_in_several_files"] = repeated
    receipt = {"files": files, "issues": issues, "quirks": quirks}
    tables["peers"] = _without_bgp_ids(tables["peers"])
    return Rib(tables, LoadReceipt.from_dict(receipt))


def _without_bgp_ids(peers: pa.Table) -> pa.Table:
    at = peers.schema.get_field_index("bgp_id")
    return peers.set_column(at, peers.schema.field(at), pa.nulls(len(peers), pa.utf8()))
