"""What the steps of the line are called, and which of them cannot be told."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from regulars.insight.line.steps import Line
from regulars.insight.span import Span
from regulars.kernel.sentence import Sentence

STEP_NAMES = {
    "seen": Sentence("seen", "到访"),
    "followed": Sentence("followed", "关注"),
    "downloaded": Sentence("downloaded", "下载"),
    "activated": Sentence("activated", "激活"),
    "first_order": Sentence("bought", "首单"),
    "retained": Sentence("bought again", "留存"),
}
"""What one has done who has come to the step; by the names of the settings."""

_YOUNG = timedelta(days=30)
"""After the first event of all, within which newcomers may have been there before."""


def not_observable(line: Line) -> Iterator[Sentence]:
    """Of steps that no entry tells: they are skipped, which is no 0."""
    if not line.unobservable:
        return
    names = ", ".join(name.replace("_", " ") for name in line.unobservable)
    names_zh = "、".join(STEP_NAMES[name].zh for name in line.unobservable)
    yield Sentence(
        f"Not observable, and skipped: {names}. Send such events, or say under [line] in"
        " regulars.toml which events they are.",
        f"不可观测、已跳过：{names_zh}。请上报相应事件，或在 regulars.toml 的 [line] 中指定对应的"
        "事件。",
    )


def known_events(line: Line, span: Span, before: int = 0) -> Iterator[Sentence]:
    """That newcomers may be none where events have only just begun, and where events end.

    Args:
        line: of the shop.
        span: whose newcomers are told.
        before: days before it whose newcomers are told, too.
    """
    first = line.first_event
    since = span.first - timedelta(days=before)
    if first and first <= span.last and since <= first + _YOUNG:
        yield Sentence(
            f"Events are known from {first} on: of those who came in soon after, some were there"
            " before.",
            f"事件数据自 {first} 起才有，其后不久的新来者中有一部分其实早已来过。",
        )
    last = line.last_event
    if line.by_events and last and last < span.last:
        yield Sentence(
            f"Events are known up to {last} only: what was done after that is not observable.",
            f"事件数据只到 {last}，其后的行为不可观测。",
        )
