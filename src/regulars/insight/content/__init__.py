"""Content that leads to orders, and questions that pages answer."""
