"""What platforms and shops tell by requests of their own: bodies into messages and facts."""
