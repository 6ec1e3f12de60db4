"""ASPA verification of one path, step by step as the draft has it: slow and plain."""

__all__ = ["naive_aspa"]


def _authorized(aspas, customer, provider):
    """Give the outcome of the provider authorization function."""
    if customer not in aspas:
        return "No Attestation"
    return "Provider+" if provider != 0 and provider in aspas[customer] else "Not Provider+"


def naive_aspa(aspas, path, *, downstream):
    """Give (state, reason, up hop, down hop) of a path written VP first; a set is an AS_SET.

    A hop is (customer, AS that it does not name), None where nothing ends the ramp.
    """
    if not path:
        return ("invalid", "empty", None, None)
    if any(isinstance(hop, set | frozenset) for hop in path):
        return ("invalid", "as_set", None, None)
    unique = [hop for i, hop in enumerate(path) if not i or path[i - 1] != hop]
    n = len(unique)
    a = dict(enumerate(reversed(unique), 1))  # a[1] is the origin, a[n] the neighbour

    def up_ramp(*ending):
        for i in range(1, n):
            if _authorized(aspas, a[i], a[i + 1]) in ending:
                return i, (a[i], a[i + 1])
        return n, None

    def down_ramp(*ending):
        if not downstream:
            return 0, None
        for j in range(n, 1, -1):
            if _authorized(aspas, a[j], a[j - 1]) in ending:
                return n - j + 1, (a[j], a[j - 1])
        return n, None

    refused = ("Not Provider+",)
    open_ = ("Not Provider+", "No Attestation")
    for state, reason, ending in (
        ("invalid", "not_provider", refused),
        ("unknown", "no_attestation", open_),
    ):
        (up, up_hop), (down, down_hop) = up_ramp(*ending), down_ramp(*ending)
        if up + down < n:
            return (state, reason, up_hop, down_hop)
    return ("valid", None, None, None)
