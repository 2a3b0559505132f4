"""The report's section on growing."""
