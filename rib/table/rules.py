"""The rules of a policy, matched with all routes at once."""

import ipaddress
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from rib.table.arrays import column
from rib.table.policy import Policy, PolicyRule, community, prefix_range

if TYPE_CHECKING:
    from rib.table.rib import Rib

__all__ = ["address_key", "local_preference"]

_Mask = npt.NDArray[np.bool_]


def local_preference(
    view: "Rib", policy: Policy, asked: _Mask
) -> tuple[npt.NDArray[np.uint32], _Mask]:
    """Give the LOCAL_PREF of every route of a view, and which of those asked about are not rejected.

    Notes
    -----
    LOCAL_PREF that is missing is that of the policy's default, as routers have it of a session with
    another AS (RFC 4271 §5.1.5). Where there is none but 0, a collector has filled it in, and it is missing.
    O(routes) for each rule.
    """
    attributes_id = column(view.routes, "attributes_id")
    own = view.attributes.column("local_pref").combine_chunks()
    used = np.zeros(len(own), bool)
    used[attributes_id if asked.all() else attributes_id[asked]] = True
    default = np.uint32(policy.default_local_pref)
    if pa.compute.max(own.filter(pa.array(used))).as_py():
        preference = own.fill_null(default.item()).to_numpy()[attributes_id]
    else:
        preference = np.full(len(attributes_id), default)
    left, taken = asked.copy(), asked.copy()
    for rule in policy.rules:
        matched = left & _matching(view, rule)
        left &= ~matched
        if rule.local_pref is None:
            taken &= ~matched
        else:
            preference[matched] = rule.local_pref
    return preference, taken


def _matching(view: "Rib", rule: PolicyRule) -> _Mask:
    """Mark the routes that meet every condition of a rule."""
    matched = np.ones(view.n_routes, bool)
    if rule.session:
        matched &= _sessions(view, rule.session)[column(view.routes, "peer_id")]
    if rule.community:
        matched &= _communities(view, rule.community)[column(view.routes, "attributes_id")]
    if rule.prefix:
        matched &= _prefixes(view, rule.prefix)[column(view.routes, "prefix_id")]
    if rule.origin_as:
        matched &= _origins(view, rule.origin_as)[column(view.routes, "as_path_id")]
    return matched


def address_key(text: str) -> tuple[int, int, str]:
    """Give what addresses sort by, IPv4 before IPv6; a peer without an address, by its name, comes last."""
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return 9, 0, text
    return address.version, int(address), ""


def _sessions(view: "Rib", wanted: tuple[str | int, ...]) -> _Mask:
    asns = {w for w in wanted if isinstance(w, int)}
    addresses = {address_key(w) for w in wanted if isinstance(w, str)}
    names = zip(*(view.peers.column(n).to_pylist() for n in ("peer_ip", "peer_as")), strict=True)
    return np.array([address_key(ip) in addresses or asn in asns for ip, asn in names], bool)


def _communities(view: "Rib", wanted: tuple[str, ...]) -> _Mask:
    marked = np.zeros(view.attributes.num_rows, bool)
    numbers = [community(text) for text in wanted]
    lists = view.attributes.column("communities").combine_chunks()
    standard = np.array([n[0] << 16 | n[1] for n in numbers if len(n) == 2], np.uint32)
    marked[_owners(lists)[np.isin(lists.flatten().to_numpy(), standard)]] = True
    lists = view.attributes.column("large_communities").combine_chunks()
    parts = lists.flatten().flatten().to_numpy().reshape(-1, 3)
    for number in numbers:
        if len(number) == 3:
            marked[_owners(lists)[(parts == np.array(number, np.uint32)).all(axis=1)]] = True
    return marked


def _owners(lists: pa.ListArray) -> npt.NDArray[np.int64]:
    """Row of each item of the lists."""
    lengths = lists.value_lengths().fill_null(0).to_numpy()
    return np.repeat(np.arange(len(lists)), lengths)


def _prefixes(view: "Rib", wanted: tuple[str, ...]) -> _Mask:
    marked = np.zeros(view.n_prefixes, bool)
    length = column(view.prefixes, "length")
    for text in wanted:
        network, least, most = prefix_range(text)
        start, stop = view.index.more_specifics(network)
        inside = slice(start, stop)
        marked[inside] |= (least <= length[inside]) & (length[inside] <= most)
        exact = view.index.get(network)
        if exact >= 0 and least <= length[exact]:
            marked[exact] = True
    return marked


def _origins(view: "Rib", wanted: tuple[int, ...]) -> _Mask:
    origins = view.as_paths.column("origin_as").combine_chunks()
    # A null origin (AS_SET) is in no list of numbers.
    found: _Mask = pa.compute.is_in(origins, value_set=pa.array(wanted, pa.uint32())).to_numpy(
        zero_copy_only=False
    )
    return found
