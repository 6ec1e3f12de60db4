"""Addresses and prefixes as octets and as text.

A prefix is a *key* of 18 octets, family(1) network(16) length(1): keys compare as prefixes do (by
family, network, length) when compared as bytes.
"""

import json
import socket
import struct
from functools import lru_cache

import numpy as np
import pyarrow as pa

from rib.exceptions import PrefixError

__all__ = [
    "ADDRESS_BITS",
    "address_text",
    "format_prefixes",
    "host_bits_cleared",
    "keys_of",
    "network_text",
    "parse_address",
    "parse_keys",
    "parse_prefix",
    "parse_prefixes",
    "prefix_key",
    "prefix_text",
]

ADDRESS_BITS = {4: 32, 6: 128}
_WORDS = struct.Struct("!8H")
_V4_MAPPED = b"\0" * 10 + b"\xff\xff"
_EXPECTED = "expected an address and a length"
_EXAMPLES = "like 192.0.2.0/24 or 2001:db8::/32"
_EXPECTED_ADDRESS = "expected an address, IPv4 like 192.0.2.1 or IPv6 like 2001:db8::1"


@lru_cache(maxsize=1 << 16)
def address_text(packed: bytes) -> str:
    """Write 4 or 16 octets as text: RFC 5952, and ``::ffff:192.0.2.1`` for IPv4-mapped addresses.

    Not `socket.inet_ntop`: systems differ about IPv4 inside of IPv6.
    """
    if len(packed) == 4:
        return ".".join(map(str, packed))
    if packed.startswith(_V4_MAPPED):
        return "::ffff:" + address_text(packed[12:])
    words = _WORDS.unpack(packed)
    start, size = _longest_zero_run(words)
    if size < 2:
        return ":".join(f"{w:x}" for w in words)
    head = ":".join(f"{w:x}" for w in words[:start])
    tail = ":".join(f"{w:x}" for w in words[start + size :])
    return f"{head}::{tail}"


def _longest_zero_run(words: tuple[int, ...]) -> tuple[int, int]:
    """Start and size of the first longest run of zeros."""
    best, size, start = 0, 0, None
    for i, word in enumerate((*words, 1)):
        if word:
            if start is not None and i - start > size:
                best, size = start, i - start
            start = None
        elif start is None:
            start = i
    return best, size


def _packed(text: str) -> tuple[int, bytes] | None:
    """Family and octets of an address: strict dotted quads, no zone; None where it is none."""
    family = 6 if ":" in text else 4
    try:
        return family, socket.inet_pton(socket.AF_INET6 if family == 6 else socket.AF_INET, text)
    except (OSError, ValueError):
        return None


def parse_address(text: str, where: str = "") -> tuple[int, bytes]:
    """Give the family and the octets of an address.

    Raises
    ------
    PrefixError
        Where the text is no address; ``where`` goes before it in the message.
    """
    packed = _packed(text)
    if packed is None:
        raise PrefixError(f"{where}{_quoted(text)} is not an address: {_EXPECTED_ADDRESS}")
    return packed


def host_bits_cleared(packed: bytes, length: int) -> bytes:
    """Keep the first ``length`` bits and as many octets."""
    size = len(packed)
    shift = size * 8 - length
    return (int.from_bytes(packed, "big") >> shift << shift).to_bytes(size, "big")


def prefix_key(family: int, packed: bytes, length: int) -> bytes:
    """Make the key of a prefix without host bits."""
    return bytes((family,)) + packed.ljust(16, b"\0") + bytes((length,))


def prefix_text(key: bytes) -> str:
    """Write the prefix of a key."""
    if key[0] == 4:  # written out, for there are a million of them
        return f"{key[1]}.{key[2]}.{key[3]}.{key[4]}/{key[17]}"
    return f"{address_text(key[1:17])}/{key[17]}"


def parse_prefix(text: str, where: str = "") -> bytes:
    """Give the key of a prefix.

    Raises
    ------
    PrefixError
        Where the text is no prefix or has host bits set; ``where`` goes before it in the message.
    """
    key, octets = _parsed(text, where)
    if not key.startswith(octets, 1):
        raise PrefixError(f"{where}{_quoted(text)} has host bits set: expected {prefix_text(key)}")
    return key


def network_text(text: str) -> str:
    """Write a prefix, or an address as its host prefix, canonically: host bits are cleared."""
    if "/" in text:
        return prefix_text(_parsed(text, "")[0])
    family, octets = parse_address(text)
    return prefix_text(prefix_key(family, octets, ADDRESS_BITS[family]))


def _parsed(text: str, where: str) -> tuple[bytes, bytes]:
    """Give the key of a prefix and the octets of its address, in which host bits may be set."""
    address, slash, digits = text.partition("/")
    packed = _packed(address) if slash else None
    if packed is None or not _is_length(digits):
        raise PrefixError(f"{where}{_quoted(text)} is not a prefix: {_EXPECTED}, {_EXAMPLES}")
    family, octets = packed
    if int(digits) > ADDRESS_BITS[family]:
        raise PrefixError(
            f"{where}{_quoted(text)} is not a prefix: {_EXPECTED} of at most {ADDRESS_BITS[family]}"
        )
    return prefix_key(family, host_bits_cleared(octets, int(digits)), int(digits)), octets


def _quoted(text: str) -> str:
    """Write a value into a message, in quotes whatever it holds."""
    return json.dumps(text, ensure_ascii=False)


def _is_length(digits: str) -> bool:
    """Whether this is a number of up to three digits without leading zeros."""
    return (
        digits.isascii()
        and digits.isdigit()
        and len(digits) <= 3
        and (digits == "0" or digits[0] != "0")
    )


def parse_prefixes(text: pa.Array) -> tuple[pa.Array, pa.Array, pa.Array]:
    """Parse prefixes to (family u8, network binary[16], length u8).

    Raises
    ------
    PrefixError
        At the first row that is null, no prefix, or has host bits set; the message names the row
        and the value, and what was expected.
    """
    return key_columns(parse_keys(text))


def parse_keys(text: pa.Array) -> list[bytes]:
    """Parse prefixes to keys; raises as `parse_prefixes` does."""
    keys = []
    for row, value in enumerate(text.to_pylist()):
        if value is None:
            raise PrefixError(f"row {row}: null is not a prefix: {_EXPECTED}")
        keys.append(parse_prefix(value, f"row {row}: "))
    return keys


def key_columns(keys: list[bytes]) -> tuple[pa.Array, pa.Array, pa.Array]:
    """Give keys as the Arrow arrays family, network and length."""
    octets = np.frombuffer(b"".join(keys) or b"", dtype=np.uint8).reshape(len(keys), 18)
    network = np.ascontiguousarray(octets[:, 1:17])
    return (
        pa.array(octets[:, 0].copy()),
        pa.FixedSizeBinaryArray.from_buffers(
            pa.binary(16), len(keys), [None, pa.py_buffer(network)]
        ),
        pa.array(octets[:, 17].copy()),
    )


def keys_of(family: pa.Array, network: pa.Array, length: pa.Array) -> list[bytes]:
    """Give the keys of prefixes in Arrow arrays."""
    return [
        bytes((f,)) + n + bytes((size,))
        for f, n, size in zip(
            family.to_pylist(), network.to_pylist(), length.to_pylist(), strict=True
        )
    ]


def format_prefixes(family: pa.Array, network: pa.Array, length: pa.Array) -> pa.Array:
    """Write prefixes as text, the inverse of `parse_prefixes`."""
    return pa.array(map(prefix_text, keys_of(family, network, length)), pa.utf8())
