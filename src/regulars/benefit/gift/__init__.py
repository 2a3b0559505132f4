"""Gifts: given, addressed, sent, received, taken back."""
