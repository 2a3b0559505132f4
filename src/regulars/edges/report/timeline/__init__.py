"""The report's section on the line and visits."""
