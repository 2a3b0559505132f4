"""The price ladder: bands and pack sizes found from the data, who climbs, where profit hides."""
