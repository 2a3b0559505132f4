"""Where people and programs meet the shop: command line, reports, later HTTP, console and pages."""
