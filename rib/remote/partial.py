"""A file that is arriving, and the note of which version it is a part of."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path

__all__ = ["Partial", "Version"]


@dataclass(frozen=True)
class Version:
    """What a server says about the version of a file."""

    etag: str = ""
    last_modified: str = ""
    size: int | None = None

    @property
    def validator(self) -> str:
        """What If-Range takes: no weak ETag (RFC 9110 §13.1.5). Empty where no version is named."""
        return self.last_modified if self.etag.startswith("W/") else self.etag or self.last_modified

    def is_same(self, other: "Version") -> bool:
        """Whether two answers were about the same bytes; False where nobody can say."""
        named = bool(self.etag or self.last_modified)
        same = (self.etag, self.last_modified) == (other.etag, other.last_modified)
        return named and same and (None in (self.size, other.size) or self.size == other.size)


class Partial:
    """The beginning of ``path``, kept beside it until it is whole.

    Only one download at a time may use it.
    """

    def __init__(self, path: Path) -> None:
        self._whole = path
        self.path = path.with_name(path.name + ".part")
        self._note = path.with_name(path.name + ".part.json")

    def state(self) -> tuple[int, Version]:
        """Give how many bytes are there and of what; nothing where no server could confirm it."""
        try:
            version = Version(**json.loads(self._note.read_text()))
            size = self.path.stat().st_size
        except (OSError, ValueError, TypeError):
            return 0, Version()
        return (size, version) if version.validator else (0, Version())

    def begin(self, version: Version) -> None:
        """Start over, with a version."""
        self.discard()
        self.path.write_bytes(b"")
        self._note.write_text(json.dumps(asdict(version)))

    def discard(self) -> None:
        """Forget what is there."""
        # The note goes first: bytes without one count as nothing.
        self._note.unlink(missing_ok=True)
        self.path.unlink(missing_ok=True)

    def finish(self) -> None:
        """Make it the whole file."""
        self._note.unlink(missing_ok=True)
        self.path.replace(self._whole)
