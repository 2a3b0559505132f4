"""Faults: what is killed, full, forbidden, two at once or hostile."""
