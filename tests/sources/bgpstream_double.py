"""pybgpstream 2.0.2 as its source shows it, over files that mrtparse reads.

The objects have exactly the attributes of the real ones, no more: a low-level elem has type,
peer_address, peer_asn and fields; what else a high-level elem answers, it forwards to its record. Like
the real ones, low-level objects live in memory that the next call reuses: here they refuse to answer
then. Texts are those of libbgpstream: sets ``{1,2}``, confederations ``(1 2)`` and ``[1,2]``,
communities a set of ``a:b``, states in capitals, one that is not known as no text. AS4_PATH is merged
into AS_PATH, times have microseconds where records do.
"""

from mrtparse import Reader

_BRACKETS = {1: "{%s}", 3: "(%s)", 4: "[%s]"}
_STATES = dict(
    enumerate(
        (
            "IDLE",
            "CONNECT",
            "ACTIVE",
            "OPENSENT",
            "OPENCONFIRM",
            "ESTABLISHED",
            "CLEARING",
            "DELETED",
        ),
        1,
    )
)


def code(value):
    """Give the number of a code as mrtparse writes them, ``{number: name}``."""
    return int(next(iter(value)))


# -- _pybgpstream ---------------------------------------------------------------------------------


class _Borrowed:
    """An object whose memory is reused: after that it answers nothing."""

    _names = ()

    def __init__(self, **values):
        self.__dict__["_values"] = values

    def __getattr__(self, name):
        if name not in self._names:
            raise AttributeError(name)
        if self._values is None:
            raise RuntimeError(f"{name} of memory that was reused")
        return self._values[name]

    def __setattr__(self, name, value):
        raise AttributeError(name)

    def reuse(self):
        self.__dict__["_values"] = None


class LowElem(_Borrowed):
    """``_pybgpstream.BGPElem``."""

    _names = ("type", "peer_address", "peer_asn", "fields")


class LowRecord(_Borrowed):
    """``_pybgpstream.BGPRecord``."""

    _names = (
        "project", "collector", "router", "router_ip", "type", "dump_time", "time", "status",
        "dump_position",
    )  # fmt: skip

    def __init__(self, elems, **values):
        super().__init__(router=None, router_ip=None, **values)
        self.__dict__["_elems"] = iter(elems)
        self.__dict__["_last"] = None

    def get_next_elem(self):
        """Give the next elem, or None."""
        if self._last is not None:
            self._last.reuse()
        found = next(self._elems, None)
        self.__dict__["_last"] = found if found is None else LowElem(**found)
        return self._last


class LowStream:
    """``_pybgpstream.BGPStream`` over dumps: (path, record values) each, one after the other.

    ``stop_after``: records of each dump that its time window holds.
    """

    def __init__(self, dumps=(), stop_after=None):
        self.dumps = list(dumps)
        self._stop_after = stop_after
        self._records = None
        self._last = None
        self.interface = None

    def add_interval_filter(self, start, end):
        """Take a time window; `stop_after` is what it does here."""

    def set_data_interface(self, name):
        """Name where dumps come from."""
        self.interface = name

    def set_data_interface_option(self, interface, name, value):
        """Add a file of the ``singlefile`` interface."""
        kind = {"rib-file": "rib", "upd-file": "update"}[name]
        self.dumps.append((value, {"type": kind, "project": interface, "collector": interface}))

    def start(self):
        """Begin."""
        self._records = self._all()

    def get_next_record(self):
        """Give the next record, or None."""
        if self._records is None:
            raise RuntimeError("Could not get next record (is the stream started?)")
        if self._last is not None:
            self._last.reuse()
        self._last = next(self._records, None)
        return self._last

    def _all(self):
        for path, values in self.dumps:
            given = {"dump_time": 0, **values}
            status = given.pop("status", "valid")
            if status != "valid":
                yield LowRecord([], **given, time=0.0, status=status, dump_position="end")
                continue
            found = list(_parsed(path))
            for n, (time, elems) in enumerate(found[: self._stop_after]):
                position = "end" if n == len(found) - 1 else "middle" if n else "start"
                yield LowRecord(elems, **given, time=time, status="valid", dump_position=position)


def _parsed(path):
    """Give (time, elems) of each record of a dump that carries elems."""
    peers = []
    for message in Reader(str(path)):
        data = message.data
        time = code(data["timestamp"]) + data.get("microsecond_timestamp", 0) / 1_000_000.0
        if "peer_entries" in data:
            peers = data["peer_entries"]
        elif "rib_entries" in data:
            prefix = f"{data['prefix']}/{data['length']}"
            yield time, [_of_entry(prefix, peers, entry) for entry in data["rib_entries"]]
        elif "bgp_message" in data and code(data["bgp_message"]["type"]) == 2:
            yield time, list(_of_update(data))
        elif "old_state" in data:
            states = {
                k: _STATES.get(code(data[k.replace("-", "_")]), "")
                for k in ("old-state", "new-state")
            }
            yield time, [{"type": "S", **_peer(data), "fields": states}]


def _of_entry(prefix, peers, entry):
    fields = {**_fields(entry["path_attributes"]), "prefix": prefix}
    return {"type": "R", **_peer(peers[entry["peer_index"]]), "fields": fields}


def _peer(given):
    return {"peer_asn": int(given["peer_as"]), "peer_address": given["peer_ip"]}


def _of_update(data):
    message = data["bgp_message"]
    attributes = {code(a["type"]): a["value"] for a in message["path_attributes"]}
    fields, peer = _fields(message["path_attributes"]), _peer(data)
    gone = [*message["withdrawn_routes"], *_unicast(attributes, 15).get("withdrawn_routes", [])]
    for nlri in gone:
        yield {"type": "W", **peer, "fields": {"prefix": f"{nlri['prefix']}/{nlri['length']}"}}
    for nlri in [*message["nlri"], *_unicast(attributes, 14).get("nlri", [])]:
        prefix = f"{nlri['prefix']}/{nlri['length']}"
        yield {"type": "A", **peer, "fields": {**fields, "prefix": prefix}}


def _unicast(attributes, kind):
    """Give MP_REACH_NLRI or MP_UNREACH_NLRI where it is of unicast routes."""
    value = attributes.get(kind, {})
    return value if value and code(value["safi"]) == 1 else {}


def _fields(attributes):
    values = {code(a["type"]): a["value"] for a in attributes}
    hop = values[14]["next_hop"][0] if 14 in values else values.get(3, "")
    parts = []
    for kind, asns in _path(values):
        separator = "," if kind in (1, 4) else " "
        parts.append(_BRACKETS.get(kind, "%s") % separator.join(asns))
    return {"next-hop": hop, "as-path": " ".join(parts), "communities": set(values.get(8, []))}


def _path(values):
    """Give (kind, ASNs) of the segments, an AS4_PATH in the place of as many ASNs at the end."""
    path, path4 = (
        [(code(segment["type"]), segment["value"]) for segment in values.get(kind, [])]
        for kind in (2, 17)
    )
    n_ahead = sum(len(asns) for _, asns in path) - sum(len(asns) for _, asns in path4)
    if not path4 or n_ahead < 0:
        return path
    ahead = []
    for kind, asns in path:
        ahead.append((kind, asns[:n_ahead]))
        n_ahead -= len(asns[:n_ahead])
    return [(kind, asns) for kind, asns in ahead + path4 if asns]


# -- pybgpstream ----------------------------------------------------------------------------------


class BGPStream:
    """``pybgpstream.BGPStream``."""

    def __init__(self, from_time=None, until_time=None, data_interface=None, low=None):
        self.stream = LowStream() if low is None else low
        self.stream.add_interval_filter(from_time or 0, until_time or 0)
        if data_interface is not None:
            self.stream.set_data_interface(data_interface)
        self.started = False

    def __iter__(self):
        for record in self.records():
            yield from record

    def __getattr__(self, attribute):
        return getattr(self.stream, attribute)

    def records(self):
        """Give the records, starting the stream if need be."""
        if not self.started:
            self.stream.start()
            self.started = True
        while (record := self.stream.get_next_record()) is not None:
            yield BGPRecord(record)


class BGPRecord:
    """``pybgpstream.BGPRecord``."""

    def __init__(self, rec):
        self.rec = rec

    def __iter__(self):
        while (elem := self.rec.get_next_elem()) is not None:
            yield BGPElem(self, elem)

    def __getattr__(self, attribute):
        return getattr(self.rec, attribute)


class BGPElem:
    """``pybgpstream.BGPElem``."""

    def __init__(self, rec, elem):
        self.record = rec
        self._elem = elem

    def __getattr__(self, attribute):
        try:
            return getattr(self._elem, attribute)
        except AttributeError:
            return getattr(self.record, "type" if attribute == "record_type" else attribute)
