"""Measurements side by side with the bare engine, in one run: `make bench`."""
