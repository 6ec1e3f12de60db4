"""Invented names for networks and organisations."""

from internet.dice import Dice

_FIRST = (
    "Alba", "Amber", "Arbor", "Aster", "Basalt", "Birch", "Borea", "Cedar", "Cinder", "Cobalt", "Copper", "Coral",
    "Delta", "Dune", "Ember", "Fjord", "Flint", "Garnet", "Granit", "Harbor", "Hazel", "Indigo", "Juniper", "Kestrel",
    "Lagoon", "Larch", "Linden", "Lumen8", "Maple", "Marlin", "Meridian", "Mistral", "Nimbus", "Nordlys", "Oasis",
    "Onyx", "Orchid", "Osprey", "Pampa", "Pine", "Polar", "Quartz", "Raven", "Ridge", "Saffron", "Savanna", "Sierra",
    "Slate", "Solstice", "Spruce", "Tamar", "Tern", "Tundra", "Umbra", "Vega", "Verdant", "Willow", "Zephyr",
)  # fmt: skip
_SECOND = {
    2: ("Backbone", "Carrier", "Global", "Transit", "Wholesale"),
    3: ("Fiber", "Net", "Networks", "Telecom", "Broadband", "Exchange"),
    4: ("Bank", "Cloud", "College", "Data", "Games", "Health", "Hosting", "Internet", "IT", "Labs", "Logistics",
        "Media", "Online", "Retail", "Services", "Software", "Systems", "University", "Wireless"),
}  # fmt: skip
_LEGAL = (
    "AB",
    "B.V.",
    "GmbH",
    "Inc.",
    "LLC",
    "Ltda",
    "Ltd",
    "Pty",
    "S.A.",
    "S.r.l.",
    "SAS",
    "Sp. z o.o.",
)


def company(dice: Dice, tier: int) -> tuple[str, str]:
    """Return an organisation's name and the as-name that goes with it."""
    first, second = dice.pick(_FIRST), dice.pick(_SECOND[tier])
    number = dice.below(90) + 10
    return f"{first} {second} {number} {dice.pick(_LEGAL)}", f"{first}-{second}-{number}".upper()
