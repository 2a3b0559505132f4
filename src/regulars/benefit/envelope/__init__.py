"""Red envelopes: shares that are drawn and fixed at creation, claimed once by each."""
