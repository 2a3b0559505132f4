"""One row per customer, as of a date: profile, RFM, depth, warmth and stage."""
