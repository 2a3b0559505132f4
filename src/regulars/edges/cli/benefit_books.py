"""What the shop owes, what is published, and what rules gave, in lines for people."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from regulars.edges.cli.voice import Voice, many, padded

_HOW = {"new": ("new", "新增"), "changed": ("changed", "修改"), "ended": ("ended", "结束")}
_GIVEN = {
    "points": ("points", "积分"),
    "growth": ("growth value", "成长值"),
    "balance": ("balance", "余额"),
    "coupons": ("coupons", "优惠券"),
    "gifts": ("gifts", "礼品"),
    "worst_case": ("at worst", "最坏"),
    "held_out": ("held out", "对照组"),
}
_MONEY = ("balance", "worst_case")
_OWED = {"coupons": ("coupon", "优惠券"), "gifts": ("gift", "礼品")}


def changes_lines(told: dict[str, Any], voice: Voice) -> Iterator[str]:
    """What publishing has changed."""
    warned = sum(one["level"] == "warn" for one in told["sheet"]["findings"])
    look = "regulars benefit sheet"
    words = voice.say(f"; {warned} to look at: {look}", f"；{warned} 处需要留意：{look}")
    more = words if warned else ""
    if not told["changes"]:
        yield voice.say("Nothing has changed: all of it holds already", "没有变化，均已生效") + more
        return
    n = f"{told['n']:,}"
    yield voice.say(f"Published (entry {n})", f"已发布（第 {n} 条）") + more
    for one in told["changes"]:
        how = padded(voice.say(*_HOW[one["how"]]), 8)
        version = voice.say(f"version {one['version']}", f"第 {one['version']} 版")
        yield f"  {how} {padded(one['kind'], 10)} {padded(one['name'], 20)} {version}"


def terms_lines(found: list[dict[str, Any]], voice: Voice) -> Iterator[str]:
    """All that is published."""
    if not found:
        yield voice.say(
            "Nothing is published yet. Look at benefits.toml, then: regulars benefit define",
            "还没有发布任何规则。请查看 benefits.toml，然后：regulars benefit define",
        )
    for one in found:
        version = voice.say(f"version {one['version']}", f"第 {one['version']} 版")
        term = one["term"]
        title = voice.say(term.get("title", ""), term.get("title_zh") or term.get("title", ""))
        if one["kind"] == "budget":
            title = voice.of_asset(term["asset"], term["amount"])
        row = f"{padded(one['kind'], 10)} {padded(one['name'], 20)} {padded(version, 10)}  {title}"
        yield row.rstrip()


def rewarded_lines(found: dict[str, Any], voice: Voice) -> Iterator[str]:
    """What a pass of rewarding has given."""
    rules = list(_rules(found["rules"], voice))
    yield from rules
    back = found["taken_back"]
    if back["orders"]:
        orders, points = back["orders"], back["points"]
        yield voice.say(
            f"taken back by refunds of {many(orders, 'order')}: {many(points, 'point')}",
            f"因 {orders:,} 个订单退款扣回 {points:,} 积分",
        )
    if merged := found["merged"]:
        yield voice.say(f"wallets joined: {merged:,}", f"合并账户 {merged:,} 个")
    if not rules and not back["orders"] and not merged:
        yield voice.say(
            "Nothing was due: what happens after a rule was published counts, after its wait.",
            "没有待发放的权益：只计规则发布之后发生、且等待期已过的行为。",
        )
    for en, zh in zip(found["notes"], found["notes_zh"], strict=True):
        yield voice.say(f"Note: {en}", f"注意：{zh}")


def would_lines(found: dict[str, Any], voice: Voice) -> Iterator[str]:
    """What the rules would have given in days of the past."""
    if not found["rules"]:
        yield voice.say("There are no rules that give anything.", "没有会发放权益的规则。")
    yield from _rules(found["rules"], voice)
    for one in found["budgets"]:
        amount, aside = (
            voice.of_asset(one["asset"], one[name]) for name in ("amount", "set_aside")
        )
        told = voice.say(
            f"budget {one['budget']}: {aside} of {amount} set aside",
            f"预算 {one['budget']}：共 {amount}，预留 {aside}",
        )
        if day := one["ends_on"]:
            told += voice.say(f"; it would have ended on {day}", f"；{day} 用尽")
        yield told


def owed_lines(found: dict[str, Any], voice: Voice) -> Iterator[str]:
    """What the shop owes in all."""
    from regulars.benefit.points.liability import LEAST_LOTS

    points = found["points"]
    worth = voice.money(points["money"])
    yield _row(
        voice.say("points", "积分"),
        voice.say(
            f"{points['outstanding']:,} outstanding, worth {worth} in full",
            f"{points['outstanding']:,} 未使用，全额价值 {worth}",
        ),
    )
    if points["cannot_tell"]:
        yield _row(
            "",
            voice.say(
                f"how many are never spent: {points['cannot_tell']}",
                f"预计作废：无法判断，已到期的批次不足 {LEAST_LOTS} 个",
            ),
        )
    else:
        broken = sum(month["breakage"] or 0 for month in points["months"])
        yield _row(
            "",
            voice.say(
                f"of them {broken:,} are expected never to be spent", f"其中预计作废 {broken:,}"
            ),
        )
    if owed := points["owed"]:
        yield _row("", voice.say(f"{owed:,} owed by customers", f"用户欠 {owed:,}"))
    balances = voice.money(found["balance"])
    yield _row(
        voice.say("balances", "余额"),
        voice.say(f"{balances}, red envelopes included", f"{balances}（含红包）"),
    )
    for kind, names in _OWED.items():
        for one in found[kind]:
            worst = (
                voice.say("without bound", "没有上限")
                if one["worst"] is None
                else voice.money(one["worst"])
            )
            count, what = f"{one['outstanding']:,}", _named(one["asset"], voice)
            said = voice.say(
                f"{count} × {what}, at worst {worst}", f"{count} × {what}，最坏 {worst}"
            )
            yield _row(voice.say(*names), said)
    yield from _budgets(found["budgets"], voice)


def _budgets(found: list[dict[str, Any]], voice: Voice) -> Iterator[str]:
    for one in found:
        left, reserved, spent, funded = (
            voice.of_asset(one["asset"], one[name])
            for name in ("left", "reserved", "spent", "funded")
        )
        said = voice.say(
            f"{one['budget']}: {left} left, {reserved} reserved, {spent} spent of {funded}",
            f"{one['budget']}：剩余 {left}，预留 {reserved}，已用 {spent}，共 {funded}",
        )
        yield _row(voice.say("budget", "预算"), said)


def _rules(rules: list[dict[str, Any]], voice: Voice) -> Iterator[str]:
    for one in rules:
        times, customers = one["times"], one["customers"]
        parts = [
            voice.say(
                f"{many(times, 'time')} to {many(customers, 'customer')}",
                f"{times:,} 次，{customers:,} 人",
            )
        ]
        for name, words in _GIVEN.items():
            if value := one.get(name):
                amount = voice.money(value) if name in _MONEY else f"{value:,}"
                parts.append(f"{voice.say(*words)} {amount}")
        for code, count in one.get("refused", {}).items():
            parts.append(voice.say(f"refused {count:,} ({code})", f"拒绝 {count:,}（{code}）"))
        yield f"{one['kind']} {one['rule']}: {voice.listed(parts)}"


def _named(asset: str, voice: Voice) -> str:
    """The name of a coupon or a gift, and its version where it has one."""
    _, name, *version = asset.split(":")
    if not version:
        return name
    return voice.say(f"{name}, version {version[0]}", f"{name}（第 {version[0]} 版）")


def _row(name: str, rest: str) -> str:
    return f"{padded(name, 9)} {rest}"
