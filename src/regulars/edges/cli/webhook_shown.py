"""Webhooks, and what they missed, in lines for people."""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING

from regulars.edges.cli.ledger_verbs import time_text
from regulars.edges.cli.voice import Voice

if TYPE_CHECKING:
    from regulars.app.webhooks import Missed, Standing


def secret_line(secret: str, voice: Voice) -> str:
    """A secret, which is shown once."""
    return voice.say(
        f"  Secret: {secret}   (shown only now; give it to the receiver)",
        f"  密钥：{secret}   （只显示这一次，请交给接收方）",
    )


def standing_lines(one: Standing, voice: Voice) -> list[str]:
    """Whom a webhook tells, how far it is, and what it missed."""
    point = one.endpoint
    events = ", ".join(point.events) or voice.say("all events", "全部事件")
    state = voice.say("active", "通知中")
    if point.paused:
        why = (
            "" if point.paused == "paused" else voice.say(f": {point.paused}", f"：{point.paused}")
        )
        state = voice.say("paused", "已暂停") + why
    counts = voice.say(
        f"told up to row {one.told} of {one.head}; {one.missed} missed, {one.given_up} given up",
        f"已通知到第 {one.told} 行，共 {one.head} 行；遗漏 {one.missed}，放弃 {one.given_up}",
    )
    return [
        f"{point.name:<16} {point.url}  {events}",
        f"{'':<16} {state}{voice.say('; ', '；')}{counts}",
    ]


def known_types() -> set[str]:
    """Types of the events that the store tells by itself."""
    from regulars.delivery.webhook.message import type_of
    from regulars.timeline.benefit_words import EVENTS

    return {type_of(one) for one in EVENTS}


def unknown_line(told: str, voice: Voice) -> str:
    """That nothing tells events of a type by itself, and which one may be meant."""
    near = get_close_matches(told, sorted(known_types()), n=1)
    en, zh = (f"; did you mean {near[0]}?", f"；是否想写 {near[0]}？") if near else (".", "。")
    return voice.say(
        f"  Note: {told} is told only where you have the ledger tell it yourself{en}",
        f"  注意：只有您自行写入账本的事件才会以 {told} 通知{zh}",
    )


def next_text(one: Missed, voice: Voice) -> str:
    """When a message that was missed is sent again."""
    from regulars.ledger.command import NEVER

    if one.next_at == NEVER:
        return voice.say("given up", "已放弃")
    at = time_text(one.next_at, voice.zone)
    return voice.say(f"again {at}", f"{at} 重发")
