"""Core customers: the rule, who is in, how they came, what they have in common."""
