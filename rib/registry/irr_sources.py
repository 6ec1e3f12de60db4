"""Sources of IRR objects, by who checks what they hold."""

__all__ = ["AUTHORITATIVE", "SOURCE_CLASSES", "source_class", "source_rank"]

#: Registries run by the Regional Internet Registries: the holder of the addresses authorises.
AUTHORITATIVE = ("RIPE", "ARIN", "APNIC", "AFRINIC", "LACNIC")

#: Best first.
SOURCE_CLASSES = ("rpki", "rir", "other", "nonauth")


def source_class(source: str) -> str:
    """Class of an IRR source: ``rpki``, ``rir``, ``other`` or ``nonauth``, best first.

    ``rpki`` objects are made from ROAs; ``rir`` sources (`AUTHORITATIVE`) check that the holder of
    the addresses agreed; ``other`` ones (RADB, ALTDB, NTTCOM …) take what their members register;
    ``nonauth`` ones (RIPE-NONAUTH) keep what could not be checked.
    """
    name = source.upper()
    if name.startswith("RPKI"):
        return "rpki"
    if name in AUTHORITATIVE:
        return "rir"
    return "nonauth" if name.endswith("NONAUTH") else "other"


def source_rank(source: str) -> tuple[int, str]:
    """Sort key of sources: by class, then by name."""
    return SOURCE_CLASSES.index(source_class(source)), source
