"""May we: who is left alone on purpose; later consent, quiet hours, caps and quotas."""
