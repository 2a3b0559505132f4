"""The diagnosis: where profit leaks, how much, and the smallest test that would prove a remedy."""
