"""The effort that the shop asks of people."""
