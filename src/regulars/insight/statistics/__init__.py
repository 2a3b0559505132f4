"""Intervals and tests that several pictures share."""
