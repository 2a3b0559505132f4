"""Sessions: how people visit, when, by which source, and with what visits begin and end."""
