"""What the steps of the line are called, and which of them cannot be told."""

from __future__ import annotations

from collections.abc import Iterator

from regulars.insight.line.steps import Line
from regulars.kernel.sentence import Sentence

STEP_NAMES = {
    "seen": Sentence("seen", "到访"),
    "followed": Sentence("followed", "关注"),
    "downloaded": Sentence("downloaded", "下载"),
    "activated": Sentence("activated", "激活"),
    "first_order": Sentence("first order", "首单"),
    "retained": Sentence("retained", "留存"),
}
"""By the names of the settings."""


def not_observable(line: Line) -> Iterator[Sentence]:
    """Of steps that no entry tells: they are skipped, which is no 0."""
    if not line.unobservable:
        return
    told = [STEP_NAMES[name] for name in line.unobservable]
    yield Sentence(
        f"Not observable, and skipped: {', '.join(one.en for one in told)}. Send such events, or"
        " say under [line] in regulars.toml which events they are.",
        f"不可观测、已跳过：{'、'.join(one.zh for one in told)}。请上报相应事件，或在 regulars.toml 的"
        " [line] 中指定对应的事件。",
    )
