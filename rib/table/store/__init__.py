"""A table as files: one ``.rib`` file that is mapped, or a folder of Parquet files (docs/storage.md)."""
