"""The only place that knows a driver: DuckDB, Spark Connect, SQLite."""
