"""A part of a trace for other programs: tables in memory, and CSV, Parquet and NPZ files."""
