"""The report's section on selling."""
