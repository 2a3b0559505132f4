"""What a playbook must hold beyond its types, and what should be looked at in it.

A mistake raises with file, line and what is allowed. What is allowed and yet doubtful (a stage
without a play, a word that law or platform forbid) comes back as advice.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from difflib import get_close_matches

from regulars.campaign.placeholders import (
    MESSAGE_PLACEHOLDERS,
    OFFER_PLACEHOLDERS,
    Placeholder,
    placeholders,
)
from regulars.campaign.play_metrics import PLAY_METRICS
from regulars.campaign.playbook import Advice, Channel, Lever, OfferKind, Play, PlaybookFile
from regulars.errors import SettingsError
from regulars.kernel.stage_names import LABELS, Stage
from regulars.kernel.toml_file import Key, TomlFile

_SMS_REFUSAL = "拒收请回复R"
_SMS_LENGTH = 70
_PERSONAL_PRICE = re.compile(
    r"专属价|专享价|专属底价|您的价格|personal price|price (?:just|only) for you|your own price",
    re.I,
)
_INCENTIVISED_SHARING = re.compile(r"助力|砍价|集赞|转发领|分享得|邀请签到")
_PERSONAL = ("gender", "education", "birth_date", "reputation", "province", "city", "country")
_MONEY = (OfferKind.COUPON, OfferKind.ENVELOPE)


def check(file: TomlFile[PlaybookFile]) -> tuple[Advice, ...]:
    """Raise the first mistake of a playbook as a `SettingsError`; else return all advice."""
    plays = file.value.play
    if not plays:
        raise file.mistake(("play",), "there is no play", "begin one with [[play]]")
    ids: dict[str, int] = {}
    tests: dict[str, int] = {}
    for index, play in enumerate(plays):
        path: Key = ("play", index)
        _unique(file, (*path, "id"), "id", play.id, ids, index)
        _unique(file, (*path, "test"), "name of a hold-out test", play.test_name, tests, index)
        for mistake in _mistakes(file, path, play):
            raise mistake
    advice = [line for index, play in enumerate(plays) for line in _advice(file, index, play)]
    return (*advice, *_uncovered(file))


def _unique(
    file: TomlFile[PlaybookFile], path: Key, what: str, name: str, seen: dict[str, int], index: int
) -> None:
    if name in seen:
        line = file.where(("play", seen[name])).line
        raise file.mistake(
            path, f"this {what} is taken by the play of line {line}", "choose another", name
        )
    seen[name] = index


def _mistakes(file: TomlFile[PlaybookFile], path: Key, play: Play) -> Iterator[SettingsError]:
    if play.hold_out == 0 and not play.hold_out_reason.strip():
        yield file.mistake(
            (*path, "hold_out"),
            "without a hold-out nobody can tell what the play changes",
            "hold out a share, for example 0.1, or write the reason as hold_out_reason",
            0,
        )
    yield from _ranges(file, path, play)
    yield from _offer(file, path, play)
    yield from _message(file, path, play)
    yield from _prior(file, path, play)
    for part, measure in (("kpi", play.kpi), ("guardrail", play.guardrail)):
        if measure.metric not in PLAY_METRICS:
            yield file.mistake(
                (*path, part, "metric"),
                "there is no such metric",
                _allowed(measure.metric, list(PLAY_METRICS)),
                measure.metric,
            )


def _ranges(file: TomlFile[PlaybookFile], path: Key, play: Play) -> Iterator[SettingsError]:
    for what in ("orders", "days_since_order", "days_in_stage", "chance_of_return"):
        low = getattr(play.audience, f"min_{what}")
        high = getattr(play.audience, f"max_{what}")
        if low is not None and high is not None and low > high:
            yield file.mistake(
                (*path, "audience", f"min_{what}"),
                f"nobody lies between {low} and {high}",
                f"write at most max_{what}",
                low,
            )


def _offer(file: TomlFile[PlaybookFile], path: Key, play: Play) -> Iterator[SettingsError]:
    offer, at = play.offer, (*path, "offer")
    if offer.kind is OfferKind.NONE:
        if offer.value or offer.percent or offer.text:
            yield file.mistake(
                (*at, "kind"),
                "an offer of kind none promises nothing",
                "choose a kind (points, coupon, envelope, gift, tier, service) or leave out text,"
                " value and percent",
                "none",
            )
        return
    if offer.text is None:
        yield file.mistake(
            (*at, "text"), "the offer has no words", 'write text = {zh = "…", en = "…"}'
        )
        return
    if offer.percent is not None and offer.value:
        yield file.mistake(
            (*at, "percent"), "the offer has both percent and value", "keep one", offer.percent
        )
    if offer.percent is not None and offer.most is None:
        yield file.mistake(
            (*at, "percent"),
            "a percentage without a bound has no worst case that a budget could reserve",
            "write most, the largest amount that it may cost",
            offer.percent,
        )
    if offer.kind in _MONEY and offer.percent is None and not offer.value:
        yield file.mistake(
            (*at, "value"),
            f"an offer of kind {offer.kind} needs what it costs",
            "write value in the shop's currency, or percent and most",
        )
    if play.suppresses:
        yield file.mistake(
            (*at, "kind"), "no message, no offer", "choose a channel or kind none", offer.kind
        )
    for language in ("zh", "en"):
        yield from _unknown_placeholders(
            file, (*at, "text", language), getattr(offer.text, language), OFFER_PLACEHOLDERS
        )
    values = {"value": offer.value, "percent": offer.percent, "min_spend": offer.min_spend}
    for language in ("zh", "en"):
        for name in placeholders(getattr(offer.text, language)):
            if not values.get(name, True):
                yield file.mistake(
                    (*at, "text", language), f"{{{name}}} has no value here", f"write {name}"
                )


def _message(file: TomlFile[PlaybookFile], path: Key, play: Play) -> Iterator[SettingsError]:
    message, at = play.message, (*path, "message")
    if play.suppresses:
        if play.lever is not Lever.LET_GO:
            yield file.mistake(
                (*at, "channel"),
                "only a play that lets go sends nothing",
                'choose a channel, or lever = "let_go"',
                "none",
            )
        return
    for language in ("zh", "en"):
        text = getattr(message, language)
        if not text.strip():
            yield file.mistake(
                (*at, language), f"the message has no words in {language}", "write them"
            )
        yield from _unknown_placeholders(file, (*at, language), text, MESSAGE_PLACEHOLDERS)
        if "offer" in placeholders(text) and play.offer.kind is OfferKind.NONE:
            yield file.mistake(
                (*at, language), "{offer} stands for nothing", "write an offer, or leave it out"
            )


def _prior(file: TomlFile[PlaybookFile], path: Key, play: Play) -> Iterator[SettingsError]:
    prior, at = play.prior, (*path, "prior")
    if play.suppresses and prior.cost_saved is None:
        yield file.mistake(
            (*at, "cost_saved"), "what letting go saves is missing", "write it per customer"
        )
    if not play.suppresses and prior.incremental_chance is None:
        yield file.mistake(
            (*at, "incremental_chance"),
            "what the play is assumed to change is missing",
            "write a share, for example 0.03 for three more purchases among a hundred customers",
        )


def _unknown_placeholders(
    file: TomlFile[PlaybookFile], path: Key, text: str, known: tuple[Placeholder, ...]
) -> Iterator[SettingsError]:
    names = [placeholder.name for placeholder in known]
    for name in placeholders(text):
        if name not in names:
            yield file.mistake(
                path, "there is no such placeholder", _allowed(name, names), f"{{{name}}}"
            )
    if text.count("{") != text.count("}"):
        yield file.mistake(path, "a brace is open", "write placeholders as {name}", text)


def _allowed(wrong: str, names: list[str]) -> str:
    near = get_close_matches(wrong, names, n=1)
    return (f"did you mean {near[0]!r}? Allowed: " if near else "allowed: ") + ", ".join(names)


def _advice(file: TomlFile[PlaybookFile], index: int, play: Play) -> Iterator[Advice]:
    path: Key = ("play", index)
    texts = play.message.zh + play.message.en
    if play.offer.text is not None:
        texts += play.offer.text.zh + play.offer.text.en
    if found := _PERSONAL_PRICE.search(texts):
        yield Advice(
            file.where((*path, "message"), found[0]),
            "同一商品不得因人定价；请改为对所有符合条件者公开的权益",
            "the same thing must not cost each another price; offer a benefit by a public rule",
        )
    if play.message.channel in (Channel.WECHAT, Channel.WECOM) and (
        found := _INCENTIVISED_SHARING.search(texts)
    ):
        yield Advice(
            file.where((*path, "message"), found[0]),
            "微信禁止诱导分享（助力、砍价、集赞等），链接可能被封",
            "WeChat forbids rewards for sharing (help, bargain, likes) and blocks such links",
        )
    personal = sorted(set(play.audience.attributes) & set(_PERSONAL))
    if personal and play.offer.kind in _MONEY:
        yield Advice(
            file.where((*path, "audience", "attributes"), ", ".join(personal)),
            "按个人属性给予金额优惠可能构成不合理差别待遇；请公开规则，让符合条件者都能领取",
            "money off by personal attributes can be unreasonable differential treatment;"
            " publish the rule and let everyone who meets it have it",
        )
    if play.message.channel is Channel.SMS:
        if not play.message.zh.endswith(_SMS_REFUSAL):
            yield Advice(
                file.where((*path, "message", "zh")),
                f"营销短信须以“{_SMS_REFUSAL}”结尾",
                f"a marketing SMS in China must end with {_SMS_REFUSAL}",
            )
        if len(play.message.zh) > _SMS_LENGTH:
            yield Advice(
                file.where((*path, "message", "zh")),
                f"短信超过 {_SMS_LENGTH} 字将按多条计费",
                f"an SMS of more than {_SMS_LENGTH} characters is charged as several",
            )


def _uncovered(file: TomlFile[PlaybookFile]) -> Iterator[Advice]:
    covered: set[Stage] = set()
    for play in file.value.play:
        who = play.audience
        if play.enabled:
            free = not (who.stages or who.depths or who.warmth)
            covered |= set(Stage) if free else set(who.stages)
    missing = [stage for stage in Stage if stage not in covered]
    if missing:
        names = [LABELS[stage] for stage in missing]
        yield Advice(
            file.where(("play", 0), ", ".join(missing)),
            "这些阶段没有打法：" + "、".join(label.zh for label in names),
            "no play for the stages " + ", ".join(label.en for label in names),
        )
