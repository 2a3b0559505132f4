"""Growth accounting, and retention under control limits."""
