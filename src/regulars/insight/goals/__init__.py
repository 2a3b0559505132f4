"""Goals of the operator: how far the shop is, where it will end, and where the difference lies."""
