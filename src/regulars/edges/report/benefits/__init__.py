"""The report's section on benefits."""
