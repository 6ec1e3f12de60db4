"""Routing daemons in network namespaces of their own, and what they are fed."""
