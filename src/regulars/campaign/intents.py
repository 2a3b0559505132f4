"""An action of the plan as intents: plain data that only delivery executes."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

from regulars.campaign.playbook import Channel, OfferKind, Play
from regulars.kernel.intent import GrantBenefit, HumanTask, Intent, SendMessage, Suppress

_TASKS = {Channel.CALL: "call", Channel.PARCEL_CARD: "parcel_card"}


def intents_of(row: dict[str, Any], play: Play, day: date, currency: str) -> Iterator[Intent]:
    """What one row of the plan with decision `act` wants done.

    Args:
        row: the row, by column.
        play: its play.
        day: the day of the plan.
        currency: of the benefit.
    """
    customer_id: int = row["customer_id"]
    key = f"{day.isoformat()}:{play.id}:{customer_id}"
    if play.suppresses:
        yield Suppress(key=f"{key}:suppress", customer_id=customer_id, play=play.id, since=day)
        return
    if play.offer.kind is not OfferKind.NONE:
        yield GrantBenefit(
            key=f"{key}:benefit",
            customer_id=customer_id,
            play=play.id,
            kind=play.offer.kind.value,
            offer_zh=row["offer_zh"],
            offer_en=row["offer_en"],
            worst_case=play.benefit_worst_case,
            currency=currency,
            grant_on=row["send_on"],
            valid_days=play.offer.valid_days,
        )
    if task := _TASKS.get(play.message.channel):
        yield HumanTask(
            key=f"{key}:task",
            customer_id=customer_id,
            play=play.id,
            task=task,
            due_on=row["send_on"],
            hour=row["send_hour"],
            text_zh=row["message_zh"],
            text_en=row["message_en"],
        )
        return
    yield SendMessage(
        key=f"{key}:message",
        customer_id=customer_id,
        play=play.id,
        channel=play.message.channel.value,
        send_on=row["send_on"],
        hour=row["send_hour"],
        text_zh=row["message_zh"],
        text_en=row["message_en"],
    )
