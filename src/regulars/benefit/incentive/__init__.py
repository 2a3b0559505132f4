"""Incentives: who meets a rule, how often it counts, and what is given for it."""
