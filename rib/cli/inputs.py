"""Arguments that several commands share, and how the files of registries are read."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from rib.cli.outcome import say
from rib.cli.reading import load
from rib.registry.bogons import read_bogons
from rib.registry.delegations import read_delegations
from rib.registry.irr import read_irr
from rib.registry.organisations import read_organisations
from rib.registry.relationships import read_relationships
from rib.registry.vrps import read_vrps

if TYPE_CHECKING:
    from rib.registry.registry import Registry
    from rib.registry.relationships import Relationships as LinkKinds
    from rib.sources.held import Reading

__all__ = [
    "Asns",
    "Baseline",
    "Bogons",
    "Ci",
    "Delegations",
    "FailOn",
    "Irr",
    "Organisations",
    "Own",
    "OwnPrefixes",
    "OwnUpstreams",
    "Paths",
    "Prefixes",
    "Relationships",
    "Slurm",
    "Vrps",
    "declared",
    "parse_asn",
    "registries",
    "relationships_of",
    "say_ignored",
]


def parse_asn(text: str | int) -> int:
    """Read ``213394`` or ``AS213394``."""
    digits = str(text).upper().removeprefix("AS")
    if not digits.isascii() or not digits.isdigit() or int(digits) >= 2**32:
        raise typer.BadParameter(f"{text!r}: expected an AS number, like 64500 or AS64500")
    return int(digits)


def _own_asn(text: str | int) -> int:
    asn = parse_asn(text)
    if not asn:
        raise typer.BadParameter("0: AS 0 is nobody's (RFC 7607)")
    return asn


Paths = Annotated[
    list[str],
    typer.Argument(
        metavar="PATH...",
        help="MRT dumps: files, directories, globs or URLs, compressed ones too; or one .rib file; or text views of routers",
    ),
]
Vrps = Annotated[
    str | None, typer.Option(metavar="FILE", help="validated ROA payloads, JSON or CSV")
]
Slurm = Annotated[
    str | None, typer.Option(metavar="FILE", help="local exceptions to --vrps (RFC 8416)")
]
Irr = Annotated[
    list[str] | None,
    typer.Option(metavar="FILE", help="IRR database (RPSL); may be repeated"),
]
Organisations = Annotated[
    str | None, typer.Option(metavar="FILE", help="AS to organisation (CAIDA as-org2info)")
]
Relationships = Annotated[
    str | None, typer.Option(metavar="FILE", help="AS relationships (CAIDA serial-1 or -2)")
]
Delegations = Annotated[
    str | None, typer.Option(metavar="FILE", help="RIR delegated-extended statistics")
]
Bogons = Annotated[
    list[str] | None,
    typer.Option(metavar="FILE", help="list of bogons, a prefix on each line; may be repeated"),
]
Baseline = Annotated[
    list[str] | None,
    typer.Option(metavar="FILE", help="an earlier dump to tell new from old; may be repeated"),
]
Own = Annotated[
    list[int] | None,
    typer.Option(
        "--own", "--asn", metavar="ASN", parser=_own_asn, help="an AS that is ours; may be repeated"
    ),
]
OwnPrefixes = Annotated[
    list[str] | None,
    typer.Option(
        "--own-prefix",
        metavar="PREFIX",
        help="a prefix that only --own may originate; may be repeated",
    ),
]
OwnUpstreams = Annotated[
    list[int] | None,
    typer.Option(
        "--own-upstream",
        metavar="ASN",
        parser=_own_asn,
        help="an upstream of --own (default: any); may be repeated",
    ),
]
Ci = Annotated[
    float | None,
    typer.Option(
        metavar="SHARE",
        help="add bootstrap intervals over vantage points that cover so much, like 0.95",
    ),
]
Asns = Annotated[
    list[int] | None,
    typer.Option(
        "--origin-as",
        "-O",
        metavar="ASN",
        parser=parse_asn,
        help="only this origin AS; may be repeated",
    ),
]
Prefixes = Annotated[
    list[str] | None,
    typer.Option(
        "--prefix",
        "-p",
        metavar="PREFIX",
        help="only this prefix and those inside it; may be repeated",
    ),
]
FailOn = Annotated[
    float | None,
    typer.Option(
        metavar="SCORE", min=1, max=100, help="exit with 1 if an event scores this much or more"
    ),
]


def declared(
    own: list[int] | None, prefixes: list[str] | None, upstreams: list[int] | None
) -> dict[str, Any] | None:
    """Give what the owner declares as `rib.hijack_suspects` takes it; None without prefixes."""
    if not prefixes:
        if upstreams:
            raise typer.BadParameter("--own-upstream needs --own and --own-prefix")
        return None
    if not own:
        raise typer.BadParameter("--own-prefix needs --own: whose prefix is it?")
    return {"prefixes": prefixes, "origins": own, "upstreams": upstreams or []}


def relationships_of(path: str | None) -> "LinkKinds | None":
    """Read a file of relationships, where one is named; what was left out is said on stderr."""
    if path is None:
        return None
    found = read_relationships(path)
    say_ignored(path, found)
    return found


def say_ignored(name: str, registry: "Registry | None") -> None:
    """Say on stderr what the reader of a registry left out, if anything."""
    if registry is not None and registry.ignored:
        left_out = (f"{n:,} {reason}" for reason, n in sorted(registry.ignored.items()))
        say(f"{name}: left out {', '.join(left_out)}")


def registries(
    *,
    vrps: str | None = None,
    slurm: str | None = None,
    irr: list[str] | None = None,
    organisations: str | None = None,
    relationships: str | None = None,
    delegations: str | None = None,
    bogons: list[str] | None = None,
    baseline: list[str] | None = None,
    how: "Reading",
) -> dict[str, Any]:
    """Read what was named, as keyword arguments of `rib.hijack_suspects` and `rib.write_report`.

    What a registry's reader left out is said on stderr, one line per registry.
    """
    if slurm and not vrps:
        raise typer.BadParameter("--slurm needs --vrps: exceptions to what?")
    given: dict[str, Registry | None] = {
        "vrps": read_vrps(vrps, slurm) if vrps else None,
        "irr": read_irr(irr) if irr else None,
        "organisations": read_organisations(organisations) if organisations else None,
        "relationships": read_relationships(relationships) if relationships else None,
        "delegations": read_delegations(delegations) if delegations else None,
        "bogons": read_bogons(bogons) if bogons else None,
    }
    names = [vrps, ", ".join(irr or ()), organisations, relationships, delegations]
    names.append(", ".join(bogons or ()))
    for name, registry in zip(names, given.values(), strict=True):
        say_ignored(name or "", registry)
    before = load(baseline, how, "reading the baseline") if baseline else None
    return {**given, "baseline": before}
