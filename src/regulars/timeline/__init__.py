"""What one customer has done and what was done for them, in one history."""
