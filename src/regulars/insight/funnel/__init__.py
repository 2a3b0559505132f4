"""The funnel: how many come how far along steps that the operator names."""
