"""The migrations of the book of record, in order; they travel inside the package.

A migration is a file `v<number>_<what>.py` with `revision`, `down_revision` and `upgrade()`. It is
written once and never edited after a release, and it imports nothing of ours but
`engines.immutable`, which stays as it is likewise, so that it does the same on every later version.
To add one: write the file, bring `schema` to the same state, and raise `schema.VERSION`; a test
compares the two.
"""
