"""Decide, never execute: the playbook, and the plan that it makes of today's people."""
