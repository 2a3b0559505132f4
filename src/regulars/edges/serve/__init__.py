"""The server: intake workers that only write the inbox, and the owner of the warehouse."""
