"""A mapped ``.rib`` file: its tables, opened and checked when they are asked for."""

import json
import mmap
import os
import threading
import zlib
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from rib._backend import core
from rib.exceptions import StorageError, UnsupportedStorageError
from rib.table.receipt import LoadReceipt
from rib.table.store import rib_file
from rib.table.store.blocks import BLOCK, BlockChecks
from rib.table.store.column import StoredColumn
from rib.table.store.container import ContainerError, Member, check_frame, members_of

__all__ = ["Stored"]


class Stored:
    """A mapped ``.rib`` file: what is in it, each part checked before its first use.

    Parameters
    ----------
    path : pathlib.Path
        The file.

    Raises
    ------
    StorageError
        The file is no ``.rib`` file, or a part of it that is looked at now is damaged: all that is
        around the tables, the manifest and the checksums.
    UnsupportedStorageError
        It has another version of the format.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        with path.open("rb") as file:
            if not os.fstat(file.fileno()).st_size:
                raise self._error("it is empty")
            self._buffer = pa.py_buffer(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ))
        self._data = memoryview(self._buffer)
        self._lock = threading.RLock()
        self._opened: dict[str, pa.Table] = {}
        self._complete: set[str] = set()
        try:
            self._members = {m.name: m for m in members_of(self._data)}
            self.manifest = self._read_manifest()
            check_frame(self._data, list(self._members.values()))
        except ContainerError as error:
            raise self._error(str(error)) from None
        self._checks = self._split_sums()

    def _error(self, text: str) -> StorageError:
        return StorageError(f"{self.path}: not a whole .rib file: {text}", str(self.path))

    def _small(self, name: str) -> bytes:
        """Give a member that is read at once, checked."""
        member = self._members.get(name)
        if member is None:
            raise self._error(f"it has no {name}")
        content = self._data[member.offset : member.offset + member.size]
        if zlib.crc32(content) != member.crc:
            raise self._error(f"{name} is damaged")
        return bytes(content)

    def _read_manifest(self) -> dict[str, Any]:
        try:
            manifest = json.loads(self._small(rib_file.MANIFEST))
            form, version = manifest["format"], manifest["format_version"]
        except (ValueError, KeyError, TypeError) as error:
            if isinstance(error, StorageError):
                raise
            raise self._error(f"its {rib_file.MANIFEST} is not one of rib") from None
        if form != rib_file.FORMAT:
            raise self._error(f"it holds {form!r}")
        if version != rib_file.VERSION:
            by = manifest.get("rib_version", "unknown")
            what = "a newer rib reads it" if version > rib_file.VERSION else "write it again"
            raise UnsupportedStorageError(
                f"{self.path}: format version {version}, written by rib {by}; rib {core.__version__} "
                f"reads version {rib_file.VERSION}: {what}",
                str(self.path),
            )
        found: dict[str, Any] = manifest
        return found

    def _split_sums(self) -> dict[str, BlockChecks]:
        sums = np.frombuffer(self._small(rib_file.SUMS), dtype="<u4")
        checks, at = {}, 0
        for name in rib_file.TABLES:
            member = self._table_member(name)
            n = -(-member.size // BLOCK)
            content = self._data[member.offset : member.offset + member.size]
            checks[name] = BlockChecks(content, sums[at : at + n])
            at += n
        if at != len(sums):
            raise self._error(f"it has {len(sums)} checksums, expected {at}")
        return checks

    def _table_member(self, name: str) -> Member:
        member = self._members.get(f"{name}.arrow")
        if member is None:
            raise self._error(f"it has no {name}.arrow")
        return member

    def _refuse(self, name: str, block: int | None) -> None:
        if block is not None:
            start = self._table_member(name).offset + block * BLOCK
            raise self._error(
                f"{name}.arrow is damaged in the {BLOCK} bytes that begin at byte {start}"
            )

    def _open(self, name: str) -> pa.Table:
        """Give a table whose columns are not checked yet, only where they are."""
        with self._lock:
            if name not in self._opened:
                member = self._table_member(name)
                # The schema is at the beginning, where the columns lie follows it and is said again
                # at the end. What is in between is not read here.
                self._refuse(name, self._checks[name].damage(0, BLOCK))
                self._refuse(
                    name, self._checks[name].damage(max(member.size - BLOCK, 0), member.size)
                )
                content = self._buffer.slice(member.offset, member.size)
                self._opened[name] = pa.ipc.open_file(pa.BufferReader(content)).read_all()
            return self._opened[name]

    def table(self, name: str) -> pa.Table:
        """Give a table, all of it checked."""
        if name not in self._complete:
            self._refuse(name, self._checks[name].damage_anywhere())
            self._complete.add(name)
        return self._open(name)

    def column(self, table: str, name: str) -> StoredColumn:
        """Give a column that is checked where it is looked at.

        Only of tables without large dictionaries, which are read when a table is opened.
        """
        base = self._buffer.address + self._table_member(table).offset

        def check(start: int, stop: int) -> None:
            self._refuse(table, self._checks[table].damage(start - base, stop - base))

        return StoredColumn(self._open(table).column(name), check)

    def verify(self) -> None:
        """Check everything that opening the file does not."""
        for name in rib_file.TABLES:
            self.table(name)
        self._small(rib_file.RECEIPT)

    @cached_property
    def receipt(self) -> LoadReceipt:
        """The receipt of the load."""
        return LoadReceipt.from_dict(json.loads(self._small(rib_file.RECEIPT)))
