"""Retention by what customers do: of those who began, who comes back, and when."""
