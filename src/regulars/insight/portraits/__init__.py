"""The make-up of any group against any base."""
