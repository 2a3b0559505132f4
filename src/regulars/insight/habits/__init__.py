"""When and how people buy."""
