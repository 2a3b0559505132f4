"""Coupons: given, claimed by whoever may, claimed by code, taken back, expired."""
