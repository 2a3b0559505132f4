"""What a new customer costs, and what comes back."""
