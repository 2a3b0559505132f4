"""The report's section on people."""
