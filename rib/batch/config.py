"""`nightly.toml`: what may stand in it, and errors that name the line and what was expected."""

import ipaddress
import os
import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any, Literal, get_args

from rib.batch.toml_lines import line_of
from rib.exceptions import ConfigError
from rib.sources import archive

try:
    from pydantic import (
        AfterValidator,
        BaseModel,
        ConfigDict,
        Field,
        ValidationError,
        model_validator,
    )
    from pydantic_core import PydanticCustomError
except ImportError as error:
    raise ConfigError("the nightly job needs pydantic: pip install 'rib[report]'") from error

__all__ = ["Config", "OwnView", "Rule", "Scale", "Source", "example", "load_config"]


def _prefix(text: str) -> str:
    try:
        return str(ipaddress.ip_network(text))
    except ValueError as error:
        raise ValueError(f"expected a prefix without host bits: {error}") from None


def _clock(text: str) -> str:
    hours, _, minutes = text.partition(":")
    if not (hours.isdecimal() and minutes.isdecimal() and int(hours) < 24 and int(minutes) < 60):
        raise ValueError("expected a time of day in UTC, like '00:00'")
    return text


Asn = Annotated[int, Field(ge=1, le=4294967295)]
Prefix = Annotated[str, AfterValidator(_prefix)]
Name = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$")]
Share = Annotated[float, Field(ge=0, le=1)]
Days = Annotated[int, Field(ge=1, le=100_000)]
Paths = Annotated[list[str], Field(min_length=1)]
Family = Literal[4, 6]


class _Part(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)


class Source(_Part):
    """Dumps of collectors: paths, globs, directories and URLs, or a collector of a public archive."""

    name: Name
    paths: list[str] = []
    archive: str | None = None
    at: Annotated[str, AfterValidator(_clock)] = "00:00"

    @model_validator(mode="after")
    def _has_one_kind(self) -> "Source":
        if bool(self.paths) == (self.archive is not None):
            raise ValueError("expected paths or archive, one of the two")
        if self.archive is not None:
            archive.urls(self.archive, 0)  # says which collectors there are
        return self


class OwnView(_Part):
    """Dumps of our own transit sessions, and the policy of the router."""

    name: Name
    paths: Paths
    policy: str | None = None


class Registries(_Part):
    """Outside truth. Dates in a path (``%Y%m%d``) are those of the night."""

    vrps: str | None = None
    slurm: str | None = None
    irr: list[str] = []
    organisations: str | None = None
    relationships: str | None = None
    delegations: str | None = None
    bogons: list[str] = []

    @model_validator(mode="after")
    def _slurm_has_vrps(self) -> "Registries":
        if self.slurm is not None and self.vrps is None:
            raise ValueError("expected vrps beside slurm, which edits them")
        return self


class Watch(_Part):
    """What is ours: origin ASes, prefixes that only they originate, upstreams that are theirs."""

    origins: list[Asn] = []
    prefixes: list[Prefix] = []
    upstreams: list[Asn] = []

    @model_validator(mode="after")
    def _has_origins(self) -> "Watch":
        if (self.prefixes or self.upstreams) and not self.origins:
            raise ValueError("expected origins: whose prefixes and upstreams are these?")
        if self.upstreams and not self.prefixes:
            raise ValueError("expected prefixes beside upstreams")
        return self


class Nights(_Part):
    """How many nights a run looks at, and how old the newest may be."""

    last: Days = 7
    max_age_days: Days | None = None


class Scale(_Part):
    """Measure collectors in parts, in processes of this machine or on a Dask cluster (docs/scale.md)."""

    cluster: Annotated[str, Field(min_length=1)] | None = None
    processes: Annotated[int, Field(ge=1)] | None = None
    memory_gb: Annotated[float, Field(gt=0)] | None = None
    spool: Annotated[str, Field(min_length=1)] | None = None

    @model_validator(mode="after")
    def _has_one_place(self) -> "Scale":
        if self.cluster is not None and (self.processes, self.memory_gb, self.spool) != (
            None,
            None,
            None,
        ):
            raise ValueError("expected cluster alone: its workers have processes and memory")
        return self


class Thresholds(_Part):
    """What makes a run end with exit code 1, failed assertions apart."""

    suspect_score: Annotated[int, Field(ge=1, le=100)] | None = None


class Retention(_Part):
    """Days that are kept, counted back from the newest night; by default all."""

    history_days: Days | None = None
    report_days: Days | None = None


class Notify(_Part):
    """Where the words of a new night are sent (Apprise URLs), and when."""

    urls: list[str] = []
    when: Literal["always", "findings"] = "findings"


class _Rule(_Part):
    name: str | None = None


class _OfGroup(_Rule):
    """A rule about one prefix, or about all prefixes of one origin AS."""

    prefix: Prefix | None = None
    origin_as: Asn | None = None

    @model_validator(mode="after")
    def _has_one_group(self) -> "_OfGroup":
        if (self.prefix is None) == (self.origin_as is None):
            raise ValueError("expected prefix or origin_as, one of the two")
        return self


class OriginRule(_Rule):
    """The prefix is originated, and by these ASes only."""

    check: Literal["origin"]
    prefix: Prefix
    origins: Annotated[list[Asn], Field(min_length=1)]


class UpstreamsRule(_OfGroup):
    """At least so many distinct upstreams."""

    check: Literal["upstreams"]
    at_least: Days
    family: Family | None = None


class VantagePointsRule(_OfGroup):
    """At least so many VP ASes reach it."""

    check: Literal["vantage_points"]
    at_least: Days
    family: Family | None = None


class UpstreamShareRule(_Rule):
    """No upstream of the origin AS has more than this share of the votes."""

    check: Literal["upstream_share"]
    origin_as: Asn
    at_most: Share
    family: Family | None = None


class HegemonyRule(_Rule):
    """The hegemony of an AS, over all or over the prefixes of an origin AS, stays below this."""

    check: Literal["hegemony"]
    asn: Asn
    origin_as: Asn | None = None
    below: Share


class RovRule(_OfGroup):
    """Every (prefix, origin AS) pair has this state of route origin validation."""

    check: Literal["rov"]
    state: Literal["valid", "not-found"] = "valid"


class ExitShareRule(_Rule):
    """No transit of an own view wins more than this share of the prefixes of a family."""

    check: Literal["exit_share"]
    view: Name
    at_most: Share
    family: Family | None = None


class SurvivesRule(_Rule):
    """Whichever transit of an own view fails, at most this share of the prefixes is lost."""

    check: Literal["survives"]
    view: Name
    lost_at_most: Share
    family: Family | None = None


Rule = (
    OriginRule
    | UpstreamsRule
    | VantagePointsRule
    | UpstreamShareRule
    | HegemonyRule
    | RovRule
    | ExitShareRule
    | SurvivesRule
)


def _in_rule(number: int, key: str, text: str) -> PydanticCustomError:
    """Give an error of the whole file that says which rule it is about, so that its line is told."""
    return PydanticCustomError(
        "value_error", "{text}", {"text": text, "place": ("assert", number, key)}
    )


class Config(_Part):
    """The whole file. ``base`` is the folder that relative paths begin at: that of the file."""

    output: str
    source: list[Source] = []
    own_view: list[OwnView] = []
    nights: Nights = Nights()
    scale: Scale | None = None
    registries: Registries = Registries()
    watch: Watch = Watch()
    thresholds: Thresholds = Thresholds()
    retention: Retention = Retention()
    notify: Notify = Notify()
    rules: list[Annotated[Rule, Field(discriminator="check")]] = Field(default=[], alias="assert")
    base: str = Field(default="", exclude=True)

    @model_validator(mode="after")
    def _is_whole(self) -> "Config":
        if not self.source and not self.own_view:
            raise ValueError("expected at least one [[source]] or [[own_view]]")
        names = [each.name for each in self.source] + [each.name for each in self.own_view]
        for name in names:
            if names.count(name) > 1:
                raise ValueError(f"{name!r}: expected names that differ, found it twice")
        views = {view.name for view in self.own_view}
        if "collectors" in views:
            raise ValueError(
                "own_view 'collectors': expected another name, all [[source]] have this"
            )
        if self.scale is not None and self.thresholds.suspect_score and not self.own_view:
            raise ValueError(
                "thresholds.suspect_score: [scale] makes no table of the collectors to find suspects in"
            )
        for number, rule in enumerate(self.rules):
            if isinstance(rule, ExitShareRule | SurvivesRule) and rule.view not in views:
                accepted = ", ".join(sorted(views)) or "there is none"
                raise _in_rule(number, "view", f"expected an own_view ({accepted})")
            if isinstance(rule, RovRule) and self.registries.vrps is None:
                raise _in_rule(number, "check", "'rov' needs vrps in [registries]")
            is_whole = isinstance(rule, HegemonyRule) and rule.origin_as is None
            if self.scale is not None and (is_whole or isinstance(rule, OriginRule | RovRule)):
                less = " without origin_as" if is_whole else ""
                raise _in_rule(
                    number,
                    "check",
                    f"{rule.check!r}{less} needs one table of the collectors, which [scale] does not make",
                )
        return self

    def located(self, path: str) -> str:
        """Give a path of the file as one from here; a URL as it is."""
        is_url = path.lower().startswith(("http://", "https://"))
        return path if is_url or not self.base else os.path.join(self.base, path)  # noqa: PTH118


_PARTS: dict[str, type[_Part]] = {
    "source": Source,
    "own_view": OwnView,
    "nights": Nights,
    "scale": Scale,
    "registries": Registries,
    "watch": Watch,
    "thresholds": Thresholds,
    "retention": Retention,
    "notify": Notify,
}
_RULES: dict[str, type[_Part]] = {
    get_args(kind.model_fields["check"].annotation)[0]: kind for kind in get_args(Rule)
}


def _accepted(place: Sequence[str | int]) -> str:
    """List the keys of the table that a key stands in."""
    kind: type[_Part] = Config
    if len(place) > 1:
        kind = _PARTS.get(str(place[0]), Config)
        if place[0] == "assert" and len(place) > 2:
            kind = _RULES.get(str(place[2]), Config)
    names = (field.alias or name for name, field in kind.model_fields.items() if name != "base")
    return ", ".join(sorted(names))


def _told(path: str, text: str, error: ValidationError) -> str:
    """Give one line per mistake: file, line, key, what was expected."""
    lines = []
    for each in error.errors(include_url=False):
        place = each["loc"] or each.get("ctx", {}).get("place", ())
        is_kind = each["type"].startswith("union_tag")
        at = line_of(text, (*place, "check") if is_kind else place)
        where = path if at is None else f"{path}:{at}"
        kinds = set(_RULES) if place[:1] == ("assert",) else set()
        key = ".".join(str(p) for p in place if p not in kinds)
        message = each["msg"].removeprefix("Value error, ")
        if each["type"] == "extra_forbidden":
            message = f"no such key; accepted: {_accepted(place)}"
        elif each["type"] == "missing":
            message = "is missing"
        elif is_kind:
            key, message = f"{key}.check", f"expected one of {', '.join(sorted(_RULES))}"
        elif each["type"] != "value_error":
            message += f", found {each['input']!r}"
        lines.append(f"{where}: {key}: {message}" if key else f"{where}: {message}")
    return "\n".join(lines)


def parse_config(text: str, path: str) -> Config:
    """Read the text of a config; ``path`` is its name in errors, its folder the base of paths."""
    try:
        given: dict[str, Any] = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{path}: {error}") from None
    if "base" in given or "rules" in given:
        key = "base" if "base" in given else "rules"
        at = line_of(text, [key])
        raise ConfigError(f"{path}:{at}: {key}: no such key; accepted: {_accepted([key])}")
    try:
        return Config(**given, base=os.path.dirname(path))  # noqa: PTH120 - "" stays ""
    except ValidationError as error:
        raise ConfigError(_told(path, text, error)) from None


def load_config(path: str) -> Config:
    """Read and check a config.

    Parameters
    ----------
    path : str
        A TOML file. Relative paths in it are relative to its folder.

    Returns
    -------
    Config
        Frozen and valid.

    Raises
    ------
    FileNotFoundError, PermissionError
        As the operating system says.
    ConfigError
        Not TOML, or a key or value that is none: file, line, and what was expected.
    """
    try:
        text = Path(path).read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise ConfigError(f"{path}: expected UTF-8: {error}") from None
    return parse_config(text, path)


def example() -> str:
    """Give a commented config that runs on the sample dumps from the project's folder."""
    return (Path(__file__).parent / "example.toml").read_text(encoding="utf-8")
