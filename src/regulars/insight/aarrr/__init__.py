"""Acquisition, activation, retention, revenue, referral, of the same line."""
