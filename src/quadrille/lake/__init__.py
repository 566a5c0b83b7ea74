"""The lake: every file ingested once, kept as Parquet, with a manifest of where each row came from."""
