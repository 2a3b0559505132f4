"""What the days ahead will bring, from the days behind."""
