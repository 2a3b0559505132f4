"""Pictures of the whole shop, as Ibis expressions that run on DuckDB and on Spark alike.

Each function takes Ibis tables (`purchases`, `people`, `stage_history`) with plain parameters and
returns an Ibis table in a documented, total order. Shares are DOUBLE, money stays DECIMAL, counts
are BIGINT, on every engine.
"""
