"""The teller: the server's one process that writes the book of record.

Workers pass the requests of its routes on through a Unix socket; it says who asks, whether they
may, and what came of it.
"""
