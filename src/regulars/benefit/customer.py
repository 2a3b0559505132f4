"""Whose a benefit is to be: the one check that all deeds share.

>>> check_customer(0)
Traceback (most recent call last):
regulars.errors.InvalidCommand: customer_id = '0': a customer's number is 1 or more. \
Name the customer.
"""

from __future__ import annotations

from regulars.errors import InvalidCommand, Where


def check_customer(customer_id: int) -> None:
    """Whether it can be our number of a customer; raises `InvalidCommand` where it cannot."""
    if customer_id < 1:
        raise InvalidCommand(
            "a customer's number is 1 or more",
            where=Where(column="customer_id", value=str(customer_id)),
            todo="name the customer",
        )
