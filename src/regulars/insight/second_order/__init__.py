"""Who orders a second time, how soon, and whether that is getting better."""
