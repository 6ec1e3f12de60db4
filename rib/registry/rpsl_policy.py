"""Import, export and default lines of an aut-num (RFC 2622 §6, RFC 4012 §2.5) as flat terms.

A line is one expression::

    afi ipv6.unicast                                    families of the whole expression
    { from AS1 action pref=10; from AS2 accept AS-X;    a factor: peerings, then one filter
      from AS3 accept ANY; }                            several factors in braces
    refine { from AS1 accept <AS1$> }                   and what narrows or replaces them

Each (peering, filter) is a `Term`. Braces mean three things, by where they stand: factors, values of an
action, and sets of prefixes in a filter; hence the parser knows in which of the three it is.
"""

import re
from collections.abc import Callable
from typing import NamedTuple

__all__ = ["POLICY_ATTRIBUTES", "Term", "filter_ases", "line_neighbours", "parse_policy"]

#: Attribute → direction.
POLICY_ATTRIBUTES = {
    "import": "import",
    "mp-import": "import",
    "export": "export",
    "mp-export": "export",
    "default": "default",
    "mp-default": "default",
}

_TOKEN = re.compile(r"[{};,()]|<[^>]*>?|[^\s{};,()<]+")
_ASN = re.compile(r"AS(\d{1,10})$", re.IGNORECASE)
#: A set, hierarchical or qualified by its source, or a set of peerings.
_SET = re.compile(
    r"(?:[A-Z0-9-]+::)?(?:AS\d{1,10}:)*(?:AS-|PRNG-|RTRS-)[A-Z0-9_:-]+$", re.IGNORECASE
)
_PEERING = {"import": "from", "export": "to", "default": "to"}
_FILTER = {"import": "accept", "export": "announce", "default": "networks"}
#: One peering of one AS and a filter of plain words: most lines there are.
_PLAIN = re.compile(
    r"(?:afi\s+[\w.,]+\s+)?(from|to)\s+AS(\d{1,10})\s+(?:action\s+[^;{}]*;\s*)?(accept|announce)"
    r"(?!.*\b(?:refine|except|from|to)\b)\s+[^;{}<]+;?$",
    re.IGNORECASE,
)


class Term(NamedTuple):
    """A peering and its filter.

    ``peers`` are AS numbers, ``sets`` names (upper case) of sets of them; ``excluded`` names either kind
    behind EXCEPT. ``afi`` is empty where the line names no family. ``operator`` is ``refine`` or
    ``except`` for terms behind that word, else empty.
    """

    direction: str
    afi: tuple[str, ...]
    peers: tuple[int, ...]
    sets: tuple[str, ...]
    excluded: tuple[str, ...]
    filter: str
    operator: str


class _Broken(Exception):  # noqa: N818 - never leaves this module
    """The line is not of the grammar from here on."""


class _Line:
    """A line being read: its tokens, how far they are used, and the terms found."""

    def __init__(self, direction: str, text: str) -> None:
        self.direction = direction
        self.tokens = _TOKEN.findall(text)
        self.at = 0
        self.terms: list[Term] = []

    def word(self, ahead: int = 0) -> str:
        """Give the next token in lower case, empty at the end."""
        at = self.at + ahead
        return self.tokens[at].lower() if at < len(self.tokens) else ""

    def skip(self, *words: str) -> bool:
        if self.word() in words:
            self.at += 1
            return True
        return False

    def until(self, ends: Callable[[], bool]) -> list[str]:
        """Take tokens up to the end of a part; braces inside belong to it."""
        first, depth = self.at, 0
        while self.at < len(self.tokens):
            word = self.word()
            if depth == 0 and (word == "}" or ends()):
                break
            depth += (word == "{") - (word == "}")
            self.at += 1
        return self.tokens[first : self.at]

    def upto(self, *words: str) -> list[str]:
        return self.until(lambda: self.word() in words)

    # -- the grammar -----------------------------------------------------------------------------

    def expression(self, afi: tuple[str, ...], operator: str) -> None:
        while self.skip("protocol", "into"):
            self.at += 1
        if self.skip("afi"):
            named = self.upto(_PEERING[self.direction], "{")
            afi = tuple(word.lower() for word in named if word != ",")
        if self.skip("{"):
            while not self.skip("}"):
                self.factor(afi, operator)
        else:
            self.factor(afi, operator)
        if self.word() in ("refine", "except"):
            operator = self.word()
            self.at += 1
            self.expression(afi, operator)

    def factor(self, afi: tuple[str, ...], operator: str) -> None:
        peering, accepts = _PEERING[self.direction], _FILTER[self.direction]
        stops, first = (peering, accepts, "action"), len(self.terms)
        if self.word() != peering:
            raise _Broken
        while self.skip(peering):
            peers, sets, excluded = _peers(self.upto(*stops, "at", ";"))
            if not peers and not sets:
                raise _Broken
            self.terms.append(Term(self.direction, afi, peers, sets, excluded, "", operator))
            if self.skip("at"):
                self.upto(*stops)
            while self.skip("action"):
                self.upto(*stops)
            self.skip(";")
        if self.skip(accepts):
            text = " ".join(self.until(self._filter_ends))
            for i in range(first, len(self.terms)):
                self.terms[i] = self.terms[i]._replace(filter=text)
        elif self.direction != "default":
            raise _Broken
        self.skip(";")

    def _filter_ends(self) -> bool:
        word, behind = self.word(), self.word(1)
        opens = ("{", "afi", "protocol", _PEERING[self.direction])
        return word in (";", _PEERING[self.direction]) or (
            word in ("refine", "except") and behind in opens
        )


def _peers(tokens: list[str]) -> tuple[tuple[int, ...], tuple[str, ...], tuple[str, ...]]:
    """Sort the AS expression of a peering into ASes, sets and what EXCEPT takes away.

    EXCEPT takes one operand, or what is in the parentheses behind it. AND and OR count alike. Addresses
    of routers are passed over.
    """
    peers: list[int] = []
    sets: list[str] = []
    excluded: list[str] = []
    depth = 0
    next_away, away_from = False, 0  # depth of the parentheses that EXCEPT takes away
    for token in tokens:
        name = token.upper()
        asn = _ASN.match(name)
        if name == "EXCEPT":
            next_away = True
        elif name == "(":
            depth += 1
            if next_away and not away_from:
                away_from, next_away = depth, False
        elif name == ")":
            away_from = 0 if away_from == depth else away_from
            depth -= 1
        elif (next_away or away_from) and (asn or _SET.match(name)):
            excluded.append(name)
            next_away = False
        elif asn and int(asn[1]) < 2**32:
            peers.append(int(asn[1]))
        elif _SET.match(name) or name == "AS-ANY":
            sets.append(name)
    return tuple(peers), tuple(sets), tuple(excluded)


def parse_policy(direction: str, text: str) -> tuple[list[Term], bool]:
    """Read the value of a line (``direction`` as in `POLICY_ATTRIBUTES`).

    Returns
    -------
    terms : list of Term
        In the order of the line; up to the fault where there is one.
    ok : bool
        Whether the whole line is of the grammar.
    """
    line = _Line(direction, text)
    try:
        line.expression((), "")
    except (_Broken, RecursionError):
        return line.terms, False
    line.skip(";")
    return line.terms, line.at == len(line.tokens) and bool(line.terms)


def line_neighbours(direction: str, text: str) -> tuple[set[int], bool]:
    """Give the ASes that the peerings of a line name, sets apart, and whether the line is right."""
    plain = _PLAIN.match(text)
    if plain and (plain[1].lower(), plain[3].lower()) == (_PEERING[direction], _FILTER[direction]):
        asn = int(plain[2])
        return ({asn}, True) if asn < 2**32 else (set(), False)
    terms, ok = parse_policy(direction, text)
    away = {name for term in terms for name in term.excluded}
    return {a for term in terms for a in term.peers if f"AS{a}" not in away}, ok


def filter_ases(text: str) -> tuple[tuple[int, ...], tuple[str, ...]] | None:
    """Give the ASes and sets of ASes whose routes a filter lets through.

    None where that is not all it says: ANY, prefixes, communities, path expressions, sets of routes,
    and NOT or AND, which take away.
    """
    peers: list[int] = []
    sets: list[str] = []
    for token in _TOKEN.findall(text):
        name = token.upper()
        asn = _ASN.match(name)
        if asn and int(asn[1]) < 2**32:
            peers.append(int(asn[1]))
        elif _SET.match(name) and not name.startswith(("PRNG-", "RTRS-")) and name != "AS-ANY":
            sets.append(name)
        elif name not in ("OR", "(", ")", ","):
            return None
    return (tuple(peers), tuple(sets)) if peers or sets else None
