"""What traits tell of a customer, and by which ids a message names one."""

from __future__ import annotations

from typing import Any

from regulars.intake.events.facts_cells import (
    Json,
    filled,
    first_of,
    joined,
    moment,
    object_of,
    text_of,
)
from regulars.intake.events.message import TRAIT
from regulars.intake.identity.ids import is_nobody

_LONGEST = 500
_MOST = 100
_TAKEN = frozenset(
    """
    id userId user_id email phone mobile name firstName lastName first_name last_name username
    avatar address birthday birth_date age createdAt created_at registered_at gender
    openid open_id openId unionid unionId tags interests source utm_source education province state
    city country idcard id_card id_number ip password description
    """.split()  # noqa: SIM905 - forty names on lines of their own help nobody
)
"""Traits that have a column of their own, that are personal, or that nobody groups people by."""


def identity_cells(
    user_id: str | None, anonymous_id: str | None, *told: dict[str, Any]
) -> dict[str, str]:
    """customer_key, phone, email and anonymous_id, without values that stand for nobody.

    Args:
        user_id: the account's number.
        anonymous_id: the visitor's.
        *told: properties and traits that may name a phone or an e-mail address.
    """
    email = next((one for two in told if (one := first_of(two, "email", "e_mail"))), None)
    phone = next((one for two in told if (one := first_of(two, "phone", "mobile"))), None)
    cells = {
        "customer_key": user_id,
        "phone": phone,
        "email": email,
        "anonymous_id": anonymous_id,
    }
    return {name: cell for name, cell in filled(cells).items() if not is_nobody(cell)}


def customer_row(traits: Json, who: dict[str, str], at: int) -> dict[str, str] | None:
    """The row of a customer from traits of the spec; None where they tell nothing of anybody.

    A visitor without account, phone or e-mail address has no row: who that is stands in `events`.
    """
    if not who.keys() & {"customer_key", "phone", "email"}:
        return None
    address = traits.get("address")
    place = object_of(address)
    row = filled(
        {
            "name": first_of(traits, "name")
            or joined(
                (
                    first_of(traits, "firstName", "first_name"),
                    first_of(traits, "lastName", "last_name"),
                )
            ),
            "address": text_of(address)
            or joined((first_of(place, "street"), first_of(place, "postalCode", "postal_code"))),
            "open_id": first_of(traits, "openid", "open_id", "openId"),
            "registered_at": first_of(traits, "createdAt", "created_at", "registered_at"),
            "gender": first_of(traits, "gender"),
            "birth_date": _day(first_of(traits, "birthday", "birth_date")),
            "province": first_of(place, "state", "province", "region")
            or first_of(traits, "province", "state"),
            "city": first_of(place, "city") or first_of(traits, "city"),
            "country": first_of(place, "country") or first_of(traits, "country"),
            "education": first_of(traits, "education"),
            "interests": _listed(traits.get("interests")),
            "tags": _listed(traits.get("tags")),
            "source": first_of(traits, "source", "utm_source"),
            **further(traits),
        }
    )
    named = {name: cell for name, cell in who.items() if name != "anonymous_id"}
    if not row and not named.keys() & {"phone", "email"}:
        return None
    return named | row | {"updated_at": moment(at)}


def further(traits: Json) -> dict[str, str | None]:
    """Traits without a column of their own, as cells; lists and objects stay in `events`."""
    found: dict[str, str | None] = {}
    for name, value in traits.items():
        text = None if name in _TAKEN or isinstance(value, (dict, list)) else text_of(value)
        if text is not None and len(text) <= _LONGEST and len(name) <= _LONGEST:
            found[TRAIT + name] = text
            if len(found) == _MOST:
                break
    return found


def _listed(value: object) -> str | None:
    if isinstance(value, list):
        return joined(map(text_of, value), by="|")
    return text_of(value)


def _day(text: str | None) -> str | None:
    """The day of a birthday that is told as an instant."""
    return text[:10] if text and "T" in text else text
