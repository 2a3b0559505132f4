"""What a category focus would look like: category by category, and the best few kept."""
