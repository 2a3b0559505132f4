"""What the exports of Shopify and WooCommerce share."""

from __future__ import annotations

ACCOUNT = "CASE WHEN contains(email, '@') THEN lower(trim(email)) END"
"""The e-mail address as the buyer's account name; goes into the vault (`key_is_personal`).

Both sell to guests, and not all of their exports tell a number of the buyer; the address is what
all of them have, and a guest who makes an account later stays the same person.
"""


def joined(*columns: str, by: str = " ") -> str:
    """The SQL of several cells as one text, NULL if all are empty.

    >>> joined("name", "last_name")
    "nullif(concat_ws(' ', name, last_name), '')"
    """
    return f"nullif(concat_ws('{by}', {', '.join(columns)}), '')"
