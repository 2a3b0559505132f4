"""Stickiness: how many are active a day, a week and a month, on how many days, and for how long."""
