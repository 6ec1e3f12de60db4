"""Pure functions of tables and registries that return DataFrames and graphs."""
