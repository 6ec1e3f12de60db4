"""`Rib.write_parquet`: a table as a folder of Parquet files, and the tables of such a folder."""

import errno
import json
import os
import secrets
import shutil
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from rib._backend import core
from rib.exceptions import StorageError, UnsupportedStorageError
from rib.schema import LABELS, PARQUET, PARQUET_IDS
from rib.table.receipt import LoadReceipt
from rib.table.store.rib_file import MANIFEST, RECEIPT, TABLES, as_json, facts

if TYPE_CHECKING:
    from rib.table.rib import Rib

__all__ = ["read_tables", "write_parquet"]

_FORMAT = "rib-parquet"
_VERSION = 1
#: Rows of a group: several million routes are some forty groups, of which a reader that asks for one
#: prefix reads one, and that keep all cores of one that asks for all busy.
_GROUP = 1 << 17
#: What the manifest has checksums of.
_FILES = (*(f"{name}.parquet" for name in TABLES), RECEIPT)
_SORTED = {
    "routes": ("prefix_id", "peer_id"),
    "prefixes": ("family", "network", "length"),
}


def write_parquet(table: "Rib", path: str | os.PathLike[str]) -> None:
    """Write the table as a folder of Parquet files, for DuckDB, Polars, pandas and Spark.

    ``routes.parquet``, ``prefixes.parquet``, ``as_paths.parquet``, ``attributes.parquet`` and
    ``peers.parquet`` with the columns of docs/schema.md; all but the first begin with the id that the
    others refer to, so that SQL joins them. ``receipt.json`` and ``manifest.json`` are beside them.

    Parameters
    ----------
    path : str or path-like
        The folder. One that is there is replaced if it is empty or was written by this function.

    Raises
    ------
    FileExistsError
        Something else is there, which is left alone.
    FileNotFoundError, PermissionError, …
        As the operating system says; the folder above is looked at before anything is written.

    Notes
    -----
    The folder appears under its name when it is complete and on the disk. Where one is replaced, there
    is none under the name between two renames; a process killed right there leaves the old one beside
    it as ``.NAME.….old``. Zstandard, row groups of 131,072 rows in the order of the tables with
    statistics and page checksums. O(bytes): 4.9 million routes take some seconds and 50 MB.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> import rib
    >>> table = rib.read_mrt("data/sample-mrt/collector.20250121.1200.mrt.bz2")
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = pathlib.Path(folder, "night")
    ...     table.write_parquet(path)
    ...     rib.read_parquet(path).routes.equals(table.routes)
    True
    """
    target = Path(path)
    if not target.absolute().parent.is_dir():
        raise FileNotFoundError(errno.ENOENT, "the directory does not exist", str(target.parent))
    with _replacing_folder(target) as folder:
        for name in TABLES:
            _write_table(name, getattr(table, name), folder / f"{name}.parquet")
        (folder / RECEIPT).write_bytes(as_json(table.receipt.to_dict()))
        manifest = {"format": _FORMAT, "format_version": _VERSION, **facts(table)}
        manifest["crc32"] = {f: zlib.crc32((folder / f).read_bytes()) for f in _FILES}
        manifest["manifest_crc32"] = zlib.crc32(as_json(manifest))
        (folder / MANIFEST).write_bytes(as_json(manifest))
        for file in folder.iterdir():
            with file.open("rb+") as stream:
                os.fsync(stream.fileno())


def _write_table(name: str, table: pa.Table, path: Path) -> None:
    schema = PARQUET[name]
    key = PARQUET_IDS.get(name)
    if key is not None:
        kind = schema.field(key).type
        ids = pa.array(np.arange(table.num_rows, dtype=kind.to_pandas_dtype()))
        table = pa.table([ids, *table.columns], schema=schema)
    counted = [n for n in (key, "prefix_id") if n is not None and n in schema.names]
    keys = [(field, "ascending") for field in _SORTED.get(name, (key,))]
    pq.write_table(
        table,
        path,
        row_group_size=_GROUP,
        compression="zstd",
        # What counts up is stored as differences; a dictionary of all different values is none.
        use_dictionary=[n for n in _leaves(schema) if n not in counted],
        column_encoding=dict.fromkeys(counted, "DELTA_BINARY_PACKED"),
        sorting_columns=pq.SortingColumn.from_ordering(schema, keys),
        write_page_checksum=True,
    )


def _leaves(schema: pa.Schema) -> list[str]:
    """Give the columns as Parquet names them: a list is a path to its elements."""
    empty = schema.empty_table()
    sink = pa.BufferOutputStream()
    pq.write_table(empty, sink)
    found = pq.ParquetFile(sink.getvalue()).schema
    return [found.column(i).path for i in range(len(found))]


@contextmanager
def _replacing_folder(path: Path) -> Iterator[Path]:
    """Give a new folder, and put it in the place of ``path`` if the block succeeds."""
    target = path.resolve()
    _check_replaceable(target)
    name = f".{target.name}.{secrets.token_hex(4)}"
    temporary, old = target.with_name(f"{name}.tmp"), target.with_name(f"{name}.old")
    temporary.mkdir()
    try:
        yield temporary
        if target.exists():
            _check_replaceable(target)
            target.rename(old)
        try:
            temporary.rename(target)
        except OSError:
            if old.exists():
                old.rename(target)
            raise
    finally:
        shutil.rmtree(temporary, ignore_errors=True)
        shutil.rmtree(old, ignore_errors=True)


def _check_replaceable(path: Path) -> None:
    if not path.exists():
        return
    if not path.is_dir():
        raise FileExistsError(errno.EEXIST, "expected a folder, found a file", str(path))
    if any(path.iterdir()):
        try:
            _read_manifest(path)
        except UnsupportedStorageError:
            return  # of another version, and still one of ours
        except StorageError:
            raise FileExistsError(
                errno.EEXIST, "the folder holds something else than a table of rib", str(path)
            ) from None


# -- reading --------------------------------------------------------------------------------------


def read_tables(path: Path) -> tuple[dict[str, pa.Table], LoadReceipt]:
    """Give the tables and the receipt of a folder.

    Raises
    ------
    StorageError
        The folder is none that `write_parquet` wrote, or a file in it is damaged or missing.
    UnsupportedStorageError
        It has another version of the format.
    """
    manifest = _checked_manifest(path)
    content = {file: _content(path, file, manifest) for file in _FILES}
    tables = {}
    for name in TABLES:
        try:
            tables[name] = _read_table(name, content[f"{name}.parquet"])
        except (OSError, pa.ArrowException, KeyError) as error:
            raise _error(path, f"{name}.parquet cannot be read: {error}") from None
    return tables, LoadReceipt.from_dict(json.loads(content[RECEIPT]))


def _content(path: Path, file: str, manifest: dict[str, Any]) -> bytes:
    """Read a file and compare it with its checksum: Parquet has some of its pages only."""
    try:
        octets = (path / file).read_bytes()
    except OSError as error:
        raise _error(path, f"{file} cannot be read: {error}") from None
    if zlib.crc32(octets) != manifest["crc32"][file]:
        raise _error(path, f"{file} was changed or cut")
    return octets


def _error(path: Path, text: str) -> StorageError:
    return StorageError(f"{path}: not a whole folder of rib's Parquet files: {text}", str(path))


def _read_manifest(path: Path) -> dict[str, Any]:
    try:
        manifest: dict[str, Any] = json.loads((path / MANIFEST).read_bytes())
        form, version = manifest["format"], manifest["format_version"]
    except (FileNotFoundError, ValueError, KeyError, TypeError) as error:
        raise _error(path, f"no {MANIFEST} of rib ({error})") from None
    if form != _FORMAT or not isinstance(version, int):
        raise _error(path, f"its {MANIFEST} is of {form!r}, version {version!r}")
    if version != _VERSION:
        by = manifest.get("rib_version", "unknown")
        raise UnsupportedStorageError(
            f"{path}: format version {version}, written by rib {by}; rib {core.__version__} reads "
            f"version {_VERSION}",
            str(path),
        )
    return manifest


def _checked_manifest(path: Path) -> dict[str, Any]:
    """Read the manifest, every octet of which must be as it was written."""
    manifest = _read_manifest(path)
    told = {key: value for key, value in manifest.items() if key != "manifest_crc32"}
    is_same = manifest.get("manifest_crc32") == zlib.crc32(as_json(told))
    if not is_same or (path / MANIFEST).read_bytes() != as_json(manifest):
        raise _error(path, f"{MANIFEST} was changed")
    return manifest


def _read_table(name: str, octets: bytes) -> pa.Table:
    schema = PARQUET[name]
    found = pq.read_table(pa.BufferReader(octets), page_checksum_verification=True)
    if found.column_names != schema.names:
        raise KeyError(f"columns {found.column_names}, expected {schema.names}")
    columns = [_as_declared(found.column(f.name), f) for f in schema]
    key = PARQUET_IDS.get(name)
    table = pa.table(columns, schema=schema)
    return table if key is None else table.drop_columns([key])


def _as_declared(column: pa.ChunkedArray, field: pa.Field) -> pa.Array:
    """Give a column in one piece and of its type: Parquet has no dictionaries of a given order."""
    array = column.combine_chunks()
    if isinstance(array, pa.ChunkedArray):
        array = pa.concat_arrays(array.unify_dictionaries().chunks)
    if field.name in LABELS:
        if pa.types.is_dictionary(array.type):
            array = array.dictionary_decode()
        labels = pa.array(LABELS[field.name], pa.utf8())
        codes = pa.compute.index_in(array, value_set=labels).cast(pa.int8())
        return pa.DictionaryArray.from_arrays(codes, labels)
    return array if array.type == field.type else array.cast(field.type)
