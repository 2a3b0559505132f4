"""The book of record: accounts, balanced postings, holds, reversals, budgets, and their audit."""
