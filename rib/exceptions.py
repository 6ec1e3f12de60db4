"""The errors rib raises.

::

    RibError
    ├── MrtError (ValueError)          .path .offset .record
    │   ├── TruncatedMrtError          the input ends inside a record
    │   └── UnsupportedMrtError        readable, but not what was asked for
    ├── ViewError (ValueError)         .path .line: a text view that cannot be read
    ├── PrefixError (ValueError)       a prefix or address that is not one
    ├── StorageError (ValueError)      .path: a stored table that is damaged or is not one
    │   └── UnsupportedStorageError    one of another version of the format
    ├── RegistryError (ValueError)     a VRP, IRR, organisation … file that is not one
    ├── FlowsError (ValueError)        a file of flow records that cannot be read to its end
    ├── WorkerError (RuntimeError)     .task: part of a job over several processes that failed
    └── ConfigError                    a setting or an optional part that is missing

``OSError`` passes through untouched (a missing file is ``FileNotFoundError``), and "not found"
is ``None``, never an exception.
"""

__all__ = [
    "ConfigError",
    "FlowsError",
    "MrtError",
    "PrefixError",
    "RegistryError",
    "RibError",
    "StorageError",
    "TruncatedMrtError",
    "UnsupportedMrtError",
    "UnsupportedStorageError",
    "ViewError",
    "WorkerError",
]


class RibError(Exception):
    """Base class of every error that rib itself raises."""


class MrtError(RibError, ValueError):
    """An MRT input is damaged or is not MRT at all.

    Parameters
    ----------
    message : str
        What was expected, what was found, and where.
    path : str, optional
        Name of the input, as given by the caller (``"<bytes>"`` for bytes).
    offset : int, optional
        Byte offset in the uncompressed stream.
    record : int, optional
        Number of the record in the file, counted from 0.
    """

    def __init__(
        self,
        message: str,
        path: str | None = None,
        offset: int | None = None,
        record: int | None = None,
    ) -> None:
        super().__init__(message)
        self.path = path
        self.offset = offset
        self.record = record


class TruncatedMrtError(MrtError):
    """The input ends inside a record or inside its compressed stream."""


class UnsupportedMrtError(MrtError):
    """The input is readable but holds something else than routes of a RIB."""


class ViewError(RibError, ValueError):
    """A text view is damaged, or is of no format that is read.

    Parameters
    ----------
    message : str
        What was expected, what was found, and where.
    path : str, optional
        Name of the input, as given by the caller (``"<bytes>"`` for bytes).
    line : int, optional
        Number of the line, counted from 1.
    """

    def __init__(self, message: str, path: str | None = None, line: int | None = None) -> None:
        super().__init__(message)
        self.path = path
        self.line = line


class PrefixError(RibError, ValueError):
    """A prefix or address that does not parse, has host bits set, or is of the wrong family."""


class StorageError(RibError, ValueError):
    """A file or folder of a stored table is damaged, or is no stored table.

    Parameters
    ----------
    message : str
        What was expected, what was found, and where.
    path : str, optional
        The file or folder, as given by the caller.
    """

    def __init__(self, message: str, path: str | None = None) -> None:
        super().__init__(message)
        self.path = path


class UnsupportedStorageError(StorageError):
    """A stored table is of another version of the format than this rib reads."""


class RegistryError(RibError, ValueError):
    """A registry file (VRPs, IRR, organisations, …) that is not of its kind."""


class FlowsError(RibError, ValueError):
    """A file of flow records that cannot be read, or not to its end."""


class ConfigError(RibError):
    """A setting is wrong, or an optional part that was asked for is not installed."""


class WorkerError(RibError, RuntimeError):
    """Part of a job that is spread over processes or a cluster has failed.

    Parameters
    ----------
    message : str
        What failed, and what to do.
    task : str, optional
        The part: the name of the dump, or the share of the prefixes or origins.
    """

    def __init__(self, message: str, task: str | None = None) -> None:
        super().__init__(message)
        self.task = task
