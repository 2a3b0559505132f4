"""Events: what live messages and event logs tell, as rows of one table."""
