"""Text views of routers and looking glasses to a `Rib`."""
