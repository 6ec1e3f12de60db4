"""RPSL text (RFC 2622) as columns: lines and objects found by array operations, not line by line.

A block of text is one array of octets. Line starts follow from the line feeds, objects from blank
lines, and what a line is from its first eight octets, read as one integer::

    r o u t e :      →  code ROUTE       first line of an object gives its class
    o r i g i n :    →  code ORIGIN
    ␣ … or + …       →  continuation     (RFC 2622 §2)
"""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from rib.exceptions import RegistryError
from rib.registry.files import PathLike, read_blocks

__all__ = ["ATTRIBUTES", "CONTINUED", "Field", "RpslBlock", "read_rpsl_blocks"]

ATTRIBUTES = (
    "route",
    "route6",
    "origin",
    "source",
    "mnt-by",
    "created",
    "last-modified",
    "changed",
    "aut-num",
    "as-set",
)
#: Code of a line that continues the one above, of a comment, of a blank line.
CONTINUED, COMMENT, BLANK, OTHER = 100, 101, 102, 103

_FOLD = np.uint64(0x2020202020202020)  # lower case; leaves digits, '-' and ':' as they are


def _pattern(name: str) -> tuple[np.uint64, np.uint64]:
    octets = f"{name}:".encode()[:8]
    value = int.from_bytes(octets, "little")
    mask = (1 << (8 * len(octets))) - 1
    return np.uint64(value | (int(_FOLD) & mask)), np.uint64(mask)


_PATTERNS = [_pattern(name) for name in ATTRIBUTES]


class Field(NamedTuple):
    """An attribute of an object: name in lower case, value, and its line in the file, from 1."""

    name: str
    value: str
    line: int


class RpslBlock(NamedTuple):
    """Whole objects of RPSL text.

    ``code`` says what each line is (position in `ATTRIBUTES` or a constant above), ``owner`` which
    object it is in, ``klass`` the code of each object's first line, ``head`` that line.
    """

    data: bytes
    start: npt.NDArray[np.int64]
    stop: npt.NDArray[np.int64]
    code: npt.NDArray[np.uint8]
    owner: npt.NDArray[np.int64]
    klass: npt.NDArray[np.uint8]
    head: npt.NDArray[np.int64]
    first_line: int

    def values(self, lines: npt.NDArray[np.int64]) -> pa.Array:
        """Give the values of attribute lines, without comments; null where a line is -1."""
        name = np.array([len(n) + 1 for n in ATTRIBUTES] + [0] * 156, dtype=np.int64)
        begin = np.minimum(self.start + name[self.code], self.stop)
        # Values and what lies between them, as one array over the text: every second one is a value.
        offsets = np.empty(2 * len(begin), dtype=np.int32)
        offsets[0::2], offsets[1::2] = begin, self.stop
        buffers = [None, pa.py_buffer(offsets), pa.py_buffer(self.data)]
        spans = pa.Array.from_buffers(pa.utf8(), len(offsets) - 1, buffers)
        text = spans.take(pa.array(2 * lines, mask=lines < 0))
        if pc.any(pc.match_substring(text, pattern="#")).as_py():
            at = pc.find_substring(text, pattern="#")
            cut = pc.binary_join_element_wise(text, "", "")
            text = pc.if_else(
                pc.greater_equal(at, 0), pc.list_element(pc.split_pattern(cut, "#"), 0), text
            )
        return pc.ascii_trim(text, characters=" \t\r")

    def attribute(self, name: str, objects: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
        """Give the first line of this attribute in each of the objects, -1 where there is none."""
        lines = np.flatnonzero(self.code == ATTRIBUTES.index(name))
        first = np.full(len(self.klass), -1, dtype=np.int64)
        first[self.owner[lines[::-1]]] = lines[::-1]
        return first[objects]

    def objects(self, *names: str) -> npt.NDArray[np.int64]:
        """Give the objects of these classes, in order."""
        codes = [ATTRIBUTES.index(name) for name in names]
        return np.flatnonzero(np.isin(self.klass, codes))

    def broken_lines(self, objects: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
        """Give the lines, numbered from 1 in the file, of these objects that are no attribute at all."""
        wanted = np.zeros(len(self.klass) + 1, dtype=bool)  # one more: what is before any object
        wanted[objects] = True
        lines = np.flatnonzero((self.code == OTHER) & wanted[self.owner])
        colons = np.flatnonzero(np.frombuffer(self.data, dtype=np.uint8) == 58)
        colons = np.append(colons, len(self.data))
        after = colons[np.searchsorted(colons, self.start[lines])]
        return lines[after >= self.stop[lines]] + self.first_line + 1

    def fields(self, objects: npt.NDArray[np.int64]) -> Iterator[list[Field]]:
        """Yield the attributes of objects in order: comments cut, continuation lines folded in.

        What is neither an attribute nor a continuation has an empty name.
        """
        last = np.searchsorted(self.owner, objects, side="right") - 1
        for line, end in zip(self.head[objects].tolist(), last.tolist(), strict=True):
            text = self.data[self.start[line] : self.stop[end]].decode("utf-8", "replace")
            fields: list[Field] = []
            for number, row in enumerate(text.split("\n"), self.first_line + line + 1):
                bare = row.partition("#")[0].rstrip()
                if row[:1] in (" ", "\t", "+") and fields:
                    name, value, first = fields[-1]
                    fields[-1] = Field(name, f"{value} {bare[1:].strip()}", first)
                elif bare and row[:1] != "%":
                    name, colon, value = bare.partition(":")
                    known = colon and " " not in name and "\t" not in name
                    fields.append(
                        Field(name.lower(), value.strip(), number)
                        if known
                        else Field("", bare, number)
                    )
            yield fields


def read_rpsl_blocks(path: PathLike) -> Iterator[RpslBlock]:
    """Yield the objects of a file, some 32 MB of text at a time."""
    rest, line = b"", 0
    for data in read_blocks(path, "an IRR database (RPSL route, route6, aut-num, as-set objects)"):
        text = rest + data
        cut = max(text.rfind(b"\n\n"), text.rfind(b"\n\r\n"))
        if cut < 0:
            rest = text
            continue
        cut = text.index(b"\n", cut + 1) + 1
        rest = text[cut:]
        block = _block(text[:cut], line)
        line += len(block.start)
        yield block
    if rest.strip():
        block = _block(rest if rest.endswith(b"\n") else rest + b"\n", line)
        if not rest.endswith(b"\n"):
            _check_end(path, block)
        yield block


def _check_end(path: PathLike, block: RpslBlock) -> None:
    """Raise where the text ends inside an object: without a line feed, and before its source."""
    last = np.arange(len(block.klass))[-1:]
    known = block.klass[last] < CONTINUED
    if known.any() and (block.attribute("source", last) < 0).all():
        line = int(block.head[-1]) + block.first_line + 1
        raise RegistryError(
            f"{path}: cut in the object at line {line:,}: expected its source, found the end of the file"
        )


def _block(data: bytes, first_line: int) -> RpslBlock:
    octets = np.frombuffer(data + b"\0" * 8, dtype=np.uint8)
    stop = np.flatnonzero(octets == 10).astype(np.int64)
    start = np.empty_like(stop)
    start[0], start[1:] = 0, stop[:-1] + 1
    head = np.ndarray((len(data),), "<u8", octets.data, strides=(1,))[start] | _FOLD
    code = np.full(len(start), OTHER, dtype=np.uint8)
    for number, (value, mask) in enumerate(_PATTERNS):
        code[head & mask == value] = number
    lead = octets[start]
    code[(lead == 32) | (lead == 9) | (lead == 43)] = CONTINUED
    code[(lead == 35) | (lead == 37)] = COMMENT
    code[(stop == start) | ((lead == 13) & (stop == start + 1))] = BLANK
    # An object starts at the first line of content after a blank line.
    content = (code < CONTINUED) | (code == OTHER)
    blanks = np.cumsum(code == BLANK)
    lines = np.flatnonzero(content)
    new = np.ones(len(lines), dtype=bool)
    new[1:] = blanks[lines[1:]] != blanks[lines[:-1]]
    heads = lines[new]
    owner = np.searchsorted(heads, np.arange(len(start)), side="right") - 1
    return RpslBlock(data, start, stop, code, owner, code[heads], heads, first_line)
