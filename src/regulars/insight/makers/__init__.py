"""Which first purchases make regulars."""
