"""What an order uses of what the shop owes: held at checkout, paid, cancelled, refunded."""
