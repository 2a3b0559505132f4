"""The report's section on prices."""
