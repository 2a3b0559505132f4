"""Those who use what customers buy."""
