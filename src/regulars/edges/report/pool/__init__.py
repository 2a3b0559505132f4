"""The report's section on pool."""
