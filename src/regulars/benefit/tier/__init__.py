"""Tiers: reached at once by growth value, kept for a period, judged anew at its end."""
