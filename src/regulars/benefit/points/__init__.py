"""Points: earned, spent, adjusted, taken back, expired, and what they weigh."""
