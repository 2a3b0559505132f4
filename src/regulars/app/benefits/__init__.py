"""Benefits as the edges ask for them: one table of what may be asked, for HTTP, CLI and Python."""
