"""What goes from task to task: some Arrow tables as one run of bytes."""

from typing import Any

import pyarrow as pa

__all__ = ["pack", "unpack"]

_OPTIONS = pa.ipc.IpcWriteOptions(compression="zstd")


def pack(*tables: pa.Table) -> pa.Buffer:
    """Write tables as Arrow IPC streams, one behind the other."""
    sink = pa.BufferOutputStream()
    for table in tables:
        with pa.ipc.new_stream(sink, table.schema, options=_OPTIONS) as writer:
            writer.write_table(table.combine_chunks())
    return sink.getvalue()


def unpack(piece: Any) -> list[pa.Table]:
    """Read what `pack` wrote; nothing of nothing."""
    reader = pa.BufferReader(piece)
    size, tables = reader.size(), []
    while reader.tell() < size:
        tables.append(pa.ipc.open_stream(reader).read_all().combine_chunks())
    return tables
