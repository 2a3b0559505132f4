"""Wiring: the home, and the jobs that lead data through the folders."""
