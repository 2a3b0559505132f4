"""Webhooks: the shop's own systems are told what the journal tells, as Standard Webhooks."""
