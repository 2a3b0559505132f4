"""How far value rests on a few customers and products."""
