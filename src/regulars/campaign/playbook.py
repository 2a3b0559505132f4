"""The shop's plays: the typed content of `playbook.toml`.

Every key, what it means and what is allowed is told in docs/playbook.md, which is generated from
these types. What a type cannot express is checked in `playbook_checks`.

>>> book = default_playbook()
>>> book.play("due_replenish").lever
<Lever.STIMULATE: 'stimulate'>
>>> len(book.version)
12
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_CEILING, Decimal
from enum import StrEnum
from functools import cache
from hashlib import blake2b
from importlib.resources import files
from pathlib import Path
from typing import Annotated, Literal

import msgspec

from regulars.errors import UnknownValue, Where
from regulars.kernel.stage_names import Depth, Stage, Warmth
from regulars.kernel.toml_file import parse_toml, read_text

Share = Annotated[float, msgspec.Meta(ge=0, le=1)]
Amount = Annotated[float, msgspec.Meta(ge=0, le=1_000_000)]
Days = Annotated[int, msgspec.Meta(ge=0, le=3650)]
Count = Annotated[int, msgspec.Meta(ge=0, le=1_000_000)]
Name = Annotated[str, msgspec.Meta(pattern="^[a-z][a-z0-9_]{0,39}$")]
Words = Annotated[str, msgspec.Meta(min_length=1, max_length=500)]
Hour = Annotated[int, msgspec.Meta(ge=8, le=21)]


class Lever(StrEnum):
    """What a play is for: 开源, 节流, 维持, 刺激."""

    ACQUIRE = "acquire"
    LET_GO = "let_go"
    MAINTAIN = "maintain"
    STIMULATE = "stimulate"


class Channel(StrEnum):
    """How the message reaches the customer; `none` only where a play leaves the customer alone."""

    SMS = "sms"
    EMAIL = "email"
    WECHAT = "wechat"
    WECOM = "wecom"
    APP_PUSH = "app_push"
    PARCEL_CARD = "parcel_card"
    CALL = "call"
    NONE = "none"


class OfferKind(StrEnum):
    """What is promised."""

    NONE = "none"
    POINTS = "points"
    COUPON = "coupon"
    ENVELOPE = "envelope"
    GIFT = "gift"
    TIER = "tier"
    SERVICE = "service"


class _Table(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A table of the file; a key that it does not know is an error, not a silent nothing."""


class Text(_Table, frozen=True):
    """A text in both languages."""

    zh: Words
    en: Words


class Audience(_Table, frozen=True):
    """`[play.audience]`: whom the play is for; all conditions that are written must hold."""

    stages: tuple[Stage, ...] = ()
    """Any of these stages shown."""
    depths: tuple[Depth, ...] = ()
    """Any of these depths, whatever the stage shown: an overdue core customer has depth core."""
    warmth: tuple[Warmth, ...] = ()
    """Any of these warmths."""
    min_orders: Count | None = None
    """At least so many purchases."""
    max_orders: Count | None = None
    """At most so many purchases."""
    min_days_since_order: Days | None = None
    """At least so many days since the latest purchase."""
    max_days_since_order: Days | None = None
    """At most so many days since the latest purchase."""
    min_days_in_stage: Days | None = None
    """At least so many days since the present stage began."""
    max_days_in_stage: Days | None = None
    """At most so many days since the present stage began."""
    min_chance_of_return: Share | None = None
    """The chance of a purchase within the horizon of the settings."""
    max_chance_of_return: Share | None = None
    """The same, at most."""
    rfm_segments: tuple[
        Literal[
            "champions",
            "loyal",
            "potential_loyalist",
            "new",
            "promising",
            "need_attention",
            "about_to_sleep",
            "at_risk",
            "cant_lose",
            "hibernating",
            "lost",
        ],
        ...,
    ] = ()
    """Any of these western segments."""
    rfm8: tuple[Literal["111", "101", "011", "001", "110", "100", "010", "000"], ...] = ()
    """Any of these Chinese segments, as bits R F M."""
    top_categories: tuple[Words, ...] = ()
    """Any of these as the category bought most."""
    tags: tuple[Words, ...] = ()
    """Any of these tags of the customers file."""
    attributes: dict[str, Words] = {}
    """Columns or further attributes of the customers file, each equal to the text given."""
    has_phone: bool | None = None
    """Whether there is a phone number on record."""
    has_email: bool | None = None
    """Whether there is an e-mail address on record."""


class Offer(_Table, frozen=True):
    """`[play.offer]`: what is promised. Whoever meets the rule gets the same."""

    kind: OfferKind = OfferKind.NONE
    text: Text | None = None
    """The words of the offer; may use {value}, {percent}, {min_spend}, {valid_days}."""
    value: Amount = 0.0
    """What it costs the shop if used, in the shop's currency."""
    percent: Annotated[float, msgspec.Meta(gt=0, le=100)] | None = None
    """Percent of the order, in place of `value`."""
    most: Amount | None = None
    """The most that `percent` can cost; without it the worst case would have no bound."""
    min_spend: Amount = 0.0
    """Least value of the order with which it can be used."""
    redemption: Share = 0.2
    """Assumed share of customers who use it."""
    valid_days: Annotated[int, msgspec.Meta(ge=1, le=3650)] = 30
    """Days for which it can be used."""

    def worst_case(self) -> int:
        """The most that it can cost, in ten-thousandths of the currency's unit."""
        if self.kind is OfferKind.NONE:
            return 0
        return grains(self.value if self.percent is None else self.most or 0.0)


class Message(_Table, frozen=True):
    """`[play.message]`: the words, the channel and the price of one message."""

    channel: Channel
    zh: Annotated[str, msgspec.Meta(max_length=500)] = ""
    """May use the placeholders listed in docs/playbook.md."""
    en: Annotated[str, msgspec.Meta(max_length=500)] = ""
    cost: Amount = 0.0
    """Of one message or task, in the shop's currency; `call` and `parcel_card` are tasks."""


class Timing(_Table, frozen=True):
    """`[play.timing]`: the day and hour, counted from a day in the customer's own history."""

    anchor: Literal[
        "plan_date",
        "due_on",
        "at_risk_on",
        "dormant_on",
        "last_order_on",
        "first_order_on",
        "registered_on",
        "stage_since",
    ] = "plan_date"
    """The day from which to count; a column of the people table, or the day of the plan."""
    days: Annotated[int, msgspec.Meta(ge=-365, le=365)] = 0
    """Days after the anchor; negative for before."""
    ahead_days: Annotated[int, msgspec.Meta(ge=0, le=30)] = 0
    """The plan may hold the action so many days before its day."""
    within_days: Days | None = None
    """So many days after its day it is too late; without it, as long as the audience holds."""
    hour: Hour | Literal["usual"] = 10
    """Hour of the shop's day, or the hour at which the customer usually buys (8 to 21)."""


class Measure(_Table, frozen=True):
    """`[play.kpi]` and `[play.guardrail]`: a number of the registry, and what it must do."""

    metric: str
    zh: Words
    en: Words


class Prior(_Table, frozen=True):
    """`[play.prior]`: what is assumed of the play until hold-outs have measured it."""

    incremental_chance: Share | None = None
    """Assumed rise of the chance of a purchase, against being left alone."""
    within_days: Annotated[int, msgspec.Meta(ge=1, le=365)] = 30
    """The days within which that purchase counts."""
    basket: Amount | None = None
    """Value of that purchase; by default the customer's own average order value."""
    cost_saved: Amount | None = None
    """For letting go only: what is saved per customer by sending nothing more."""


class Play(_Table, frozen=True, kw_only=True):
    """`[[play]]`: one strategy for one stage."""

    id: Name
    """Names the play in plans and, unless `test` is given, its hold-out test."""
    name: Text
    lever: Lever
    enabled: bool = True
    """Whether plans use it."""
    hold_out: Share
    """Share of its customers who are left alone on purpose, so that its effect can be measured."""
    hold_out_reason: str = ""
    """Why nobody is held out; required where `hold_out` is 0."""
    test: Name | None = None
    """A new name here draws new hold-outs; records of the old test stay as they are."""
    cooldown_days: Days = 0
    """The same customer is not planned for this play again within so many days of an action."""
    audience: Audience
    offer: Offer = Offer()
    message: Message
    timing: Timing = Timing()
    kpi: Measure
    guardrail: Measure
    prior: Prior

    @property
    def test_name(self) -> str:
        """The name of its hold-out test."""
        return self.test or self.id

    @property
    def suppresses(self) -> bool:
        """Whether the play is to send nothing."""
        return self.message.channel is Channel.NONE

    @property
    def benefit_worst_case(self) -> Decimal:
        """The most that the offer can cost."""
        return Decimal(self.offer.worst_case()).scaleb(-4)

    def worst_case(self) -> int:
        """The most that one action can cost, in ten-thousandths of the currency's unit."""
        return grains(self.message.cost) + self.offer.worst_case()


class PlaybookFile(_Table, frozen=True):
    """The whole of `playbook.toml`."""

    play: tuple[Play, ...] = ()


@dataclass(frozen=True, slots=True)
class Advice:
    """Something in the playbook that is allowed and yet should be looked at."""

    where: Where
    zh: str
    en: str


@dataclass(frozen=True, slots=True)
class Playbook:
    """A playbook that has passed all checks."""

    file: str
    version: str
    """Digest of the file's content: two plans with the same version had the same plays."""
    plays: tuple[Play, ...]
    warnings: tuple[Advice, ...] = ()

    @property
    def active(self) -> tuple[Play, ...]:
        """The plays that are enabled, in the order of the file."""
        return tuple(play for play in self.plays if play.enabled)

    def play(self, play_id: str) -> Play:
        """The play of this id; raises `UnknownValue` with the ids that there are."""
        for play in self.plays:
            if play.id == play_id:
                return play
        raise UnknownValue.of("play", play_id, [play.id for play in self.plays])


def grains(amount: float) -> int:
    """An amount of the file in ten-thousandths of the currency's unit, rounded up.

    That is the grain of DECIMAL(18,4): prices of messages have more than two places, and a cost
    must never be reserved too low.

    >>> grains(0.045)
    450
    """
    return int(Decimal(str(amount)).scaleb(4).to_integral_value(ROUND_CEILING))


def read_playbook(path: Path) -> Playbook:
    """The playbook in the file.

    Raises:
        SettingsError: with file, line, value and what is allowed.
    """
    return parse_playbook(read_text(path), str(path))


def parse_playbook(text: str, file: str = "playbook.toml") -> Playbook:
    """The playbook in the text of a file; errors as in `read_playbook`."""
    from regulars.campaign.playbook_checks import check

    content = parse_toml(text, PlaybookFile, file)
    version = blake2b(text.encode(), digest_size=6).hexdigest()
    return Playbook(file, version, content.value.play, check(content))


def default_playbook_text() -> str:
    """The text that `init` writes into a new shop's `playbook.toml`."""
    return (files("regulars.campaign") / "default_playbook.toml").read_text("utf-8")


@cache
def default_playbook() -> Playbook:
    """The playbook that a new shop begins with."""
    return parse_playbook(default_playbook_text(), "default_playbook.toml")
