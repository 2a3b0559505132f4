"""Rewarding: from what happened, by the published rules, to what is earned and given."""
