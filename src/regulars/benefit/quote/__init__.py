"""What a basket costs a customer with what they have, explained line by line."""
