"""What an action changes: arrays in, arrays out."""
