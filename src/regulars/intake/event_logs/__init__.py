"""What rows of an event log, read as a file, need besides: whose they are, what they tell."""
