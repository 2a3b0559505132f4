"""What happened: files in, canonical records out, in an append-only log that is the truth."""
