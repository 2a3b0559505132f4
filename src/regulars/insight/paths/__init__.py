"""Paths: which ways people go, from an entry on or up to one, and where they stop."""
