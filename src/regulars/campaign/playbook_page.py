"""The page docs/playbook.md, made from the types of the playbook, so that it cannot go astray."""

from __future__ import annotations

import ast
import inspect
from itertools import pairwise
from typing import Any

import msgspec

from regulars.campaign import playbook
from regulars.campaign.placeholders import MESSAGE_PLACEHOLDERS, OFFER_PLACEHOLDERS, Placeholder
from regulars.campaign.play_metrics import MADE_FOR_PLAYS
from regulars.campaign.playbook import Audience, Measure, Message, Offer, Play, Prior, Timing
from regulars.kernel.toml_file import allowed_in_words

_HEAD = """\
# The playbook: `playbook.toml`

运营手册：每个生命周期阶段至少一个打法；改完保存即可，写错会指出第几行、可以写什么。

One `[[play]]` is one strategy for one stage: whom, what to offer, which words, on which channel,
when, by which number it is judged, and whom to leave alone so that it can be judged. Keep the file
under version control; `regulars init` writes a good one to begin with.

- A key that is not listed here is a mistake, never a silent nothing. A mistake is told with file,
  line, value and what is allowed.
- Amounts are in the shop's currency. Conditions that are written must all hold; a condition on
  something unknown of a customer does not hold.
- A customer gets at most one play a day: the one with the highest expected worth
  ([plan.md](plan.md)); where two are equal, the one that stands first in the file.
- **Warned of, not refused**: a stage without a play; words that promise a price of one's own (the
  same thing has one price for everybody); money off by personal attributes; rewards for sharing on
  WeChat; an SMS without `拒收请回复R` at its end or longer than 70 characters.
- The playbook's *version* is a digest of the file's content. It is recorded with every assignment.
- To draw a play's hold-outs anew, give the play a new `test` name. Records of the old test stay.

| lever | 抓手 | for |
|---|---|---|
| `acquire` | 开源 | first orders |
| `maintain` | 维持 | keeping what is good |
| `stimulate` | 刺激 | an order that would not have come, or not yet |
| `let_go` | 节流 | sending nothing where messages only annoy |
"""

_PARTS: tuple[tuple[str, type[Any], str], ...] = (
    ("`[[play]]`", Play, ""),
    ("`[play.audience]`", Audience, "Whom the play is for."),
    ("`[play.offer]`", Offer, "What is promised. Whoever meets the rule gets the same."),
    (
        "`[play.message]`",
        Message,
        'With `channel = "none"`, which only a play that lets go may have, nothing is sent. A'
        " `call` and a `parcel_card` become tasks for a person.",
    ),
    ("`[play.timing]`", Timing, "The day is counted from a day of the customer's own history."),
    ("`[play.kpi]`, `[play.guardrail]`", Measure, "A number, and what it must do, in words."),
    (
        "`[play.prior]`",
        Prior,
        "What is **assumed** until your own hold-outs have measured it; then write what they say.",
    ),
)


def page() -> str:
    """The whole page."""
    parts = [_HEAD]
    for title, kind, words in _PARTS:
        parts.append(f"## {title}\n\n{words + chr(10) * 2 if words else ''}{_table(kind)}")
    parts.append("## Placeholders\n\nIn the words of an offer:\n\n" + _listed(OFFER_PLACEHOLDERS))
    parts.append(
        "In messages, those and:\n\n" + _listed(MESSAGE_PLACEHOLDERS[len(OFFER_PLACEHOLDERS) :])
    )
    metrics = "".join(
        f"| `{metric.key}` | {metric.zh} | {metric.formula} |\n" for metric in MADE_FOR_PLAYS
    )
    head = "Every metric of the shop, and those made for plays:\n\n| metric | 指标 | formula |\n"
    parts.append(f"## Metrics\n\n{head}|---|---|---|\n{metrics}")
    return "\n".join(parts)


def _table(kind: type[Any]) -> str:
    words = _words(kind)
    lines = ["| key | allowed | default | meaning |", "|---|---|---|---|"]
    for field in msgspec.structs.fields(kind):
        allowed = allowed_in_words(kind, (field.name,)).replace("|", "\\|")
        meaning = words.get(field.name, "").replace("\n", " ").replace("|", "\\|")
        lines.append(f"| `{field.name}` | {allowed} | {_default(field)} | {meaning} |")
    return "\n".join(lines) + "\n"


def _default(field: Any) -> str:
    if field.required:
        return "**required**"
    value = None if field.default is msgspec.NODEFAULT else field.default
    if value is None or value in ((), "") or isinstance(value, msgspec.Struct):
        return ""
    return f"`{str(value).lower() if isinstance(value, bool) else value}`"


def _words(kind: type[Any]) -> dict[str, str]:
    """The sentence under each field in the source."""
    tree = ast.parse(inspect.getsource(playbook))
    body = next(
        node.body
        for node in tree.body
        if isinstance(node, ast.ClassDef) and node.name == kind.__name__
    )
    words: dict[str, str] = {}
    for field, below in pairwise(body):
        if (
            isinstance(field, ast.AnnAssign)
            and isinstance(field.target, ast.Name)
            and isinstance(below, ast.Expr)
            and isinstance(below.value, ast.Constant)
        ):
            words[field.target.id] = inspect.cleandoc(str(below.value.value))
    return words


def _listed(listed: tuple[Placeholder, ...]) -> str:
    lines = ["| placeholder | 含义 | meaning | where missing |", "|---|---|---|---|"]
    for each in listed:
        missing = f"{each.missing_zh} / {each.missing_en}" if each.missing_en else ""
        lines.append(f"| `{{{each.name}}}` | {each.zh} | {each.en} | {missing} |")
    return "\n".join(lines) + "\n"
