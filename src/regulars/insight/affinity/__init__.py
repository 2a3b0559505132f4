"""What is bought together, and what is bought next."""
