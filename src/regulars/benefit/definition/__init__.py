"""What a shop publishes of its benefits: terms that hold for whoever meets them."""
