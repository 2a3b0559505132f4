"""What a rule sheet finds in a `benefits.toml`, by subject."""
