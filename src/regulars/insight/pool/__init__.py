"""The pool of customers: its layers, its months, its forecast, the shop's phase."""
