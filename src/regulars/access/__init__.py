"""Who may do what: keys, scopes, roles, operators, sessions, and the policy of every route."""
