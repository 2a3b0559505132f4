"""Layered screening: from the source to the second order, step by step."""
