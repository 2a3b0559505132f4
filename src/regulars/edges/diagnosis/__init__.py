"""The diagnosis as one page: HTML without scripts, fit to be forwarded and printed."""
