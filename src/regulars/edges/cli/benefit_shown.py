"""Quotes, orders and what customers have, in lines for people."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from regulars.edges.cli.ledger_verbs import time_text
from regulars.edges.cli.voice import Voice, padded

if TYPE_CHECKING:
    from regulars.ledger.statement import Statement, StatementLine

_WIDTH = 12
_STATES = {
    "held": ("held", "已占用"),
    "paid": ("paid", "已支付"),
    "released": ("cancelled", "已取消"),
    "expired": ("not paid in time: what it held is free again", "占用已过期，权益已释放"),
}
_GIFT_STATES = {
    "waiting": ("waits for an address", "等待收货地址"),
    "ready": ("ready to be sent", "待发货"),
    "sent": ("sent", "已寄出"),
    "received": ("received", "已收到"),
    "taken_back": ("taken back", "已收回"),
}


def quote_lines(found: dict[str, Any], voice: Voice) -> Iterator[str]:
    """A quote as plain data: who bears what of each line, and what is not used and why."""
    coupons = {one["asset"]: one for one in found["coupons"]}
    for line in (*found.get("lines", []), found["shipping"]):
        if not line["id"] and not line["price"]:
            continue  # no shipping
        parts = [voice.money(line["price"])]
        if line["free"]:
            parts.append(_less(voice, line["free"], ("free by the tier", "等级包邮")))
        for asset, part in line["discounts"].items():
            name = coupons[asset]["name"]
            parts.append(_less(voice, part, (f"by {name}", f"优惠券 {name}")))
        if line["points_money"]:
            points = f"{line['points']:,}"
            told = (f"for {points} points", f"{points} 积分")
            parts.append(_less(voice, line["points_money"], told))
        if line["balance"]:
            parts.append(_less(voice, line["balance"], ("of the balance", "余额")))
        name = line["id"] or voice.say("shipping", "运费")
        yield f"{padded(name, _WIDTH)} {' - '.join(parts)} = {voice.money(line['pay'])}"
    for one in found["coupons"]:
        off = voice.money(one["discount"])
        said = voice.say(f": {off} off", f"：减 {off}")
        yield _row(voice, ("used", "已用"), _named(one["name"], one, voice) + said)
    for one in found.get("reasons", []):
        why = voice.say(f": {one['en']}", f"：{one['zh']}")
        yield _row(voice, ("not used", "未用"), one["name"] + why)
    pay, saved = voice.money(found["pay"]), voice.money(found["saved"])
    yield _row(
        voice, ("to pay", "应付"), voice.say(f"{pay}, saved {saved}", f"{pay}，已省 {saved}")
    )


def order_lines(found: dict[str, Any], voice: Voice) -> Iterator[str]:
    """How an order stands."""
    order, who, state = found["order"], found["customer_id"], voice.say(*_STATES[found["state"]])
    refunds = found["refunded"].get("refunds", {})
    yield voice.say(
        f"order {order} of customer {who}: {state}", f"订单 {order}（用户 {who}）：{state}"
    )
    if found["state"] == "held":
        until = voice.until(found["expires_at"])
        yield f"  {voice.say('held ', '占用')}{until}"
    pay, saved = voice.money(found["pay"]), voice.money(found["saved"])
    due = ("paid", "实付") if found["state"] == "paid" else ("to pay", "应付")
    yield f"  {voice.say(f'{due[0]} {pay}, saved {saved}', f'{due[1]} {pay}，已省 {saved}')}"
    points, balance = found["points"], voice.money(found["balance"])
    used = voice.say(f"points {points:,}, balance {balance}", f"积分 {points:,}，余额 {balance}")
    yield f"  {used}"
    for one in found["allocation"].get("coupons", []):
        name, off = one["asset"].split(":")[1], voice.money(one["discount"])
        yield f"  {voice.say(f'coupon {name}: {off} off', f'优惠券 {name}：减 {off}')}"
    for refund, n in refunds.items():
        yield f"  {voice.say(f'refund {refund} (entry {n:,})', f'退款 {refund}（第 {n:,} 条）')}"


def card_lines(card: dict[str, Any], voice: Voice) -> Iterator[str]:
    """All that a customer has."""
    points, currency = card["points"], voice.money(card["points"]["worth"])
    yield voice.say(f"customer {card['customer_id']}", f"用户 {card['customer_id']}")
    told = [
        voice.say(
            f"{points['available']:,} (worth {currency})",
            f"{points['available']:,}（值 {currency}）",
        )
    ]
    if points["held"]:
        told.append(voice.say(f"{points['held']:,} held", f"占用 {points['held']:,}"))
    if points["owed"]:
        told.append(voice.say(f"owes {points['owed']:,}", f"欠 {points['owed']:,}"))
    yield _item(voice, ("points", "积分"), voice.listed(told))
    for lot in points["lots"]:
        if "expires_at" in lot:
            until = voice.lasts(lot["expires_at"])
            yield _item(voice, ("", ""), f"{lot['amount']:,} {until}")
    balance = [voice.money(card["balance"]["available"])]
    if held := card["balance"]["held"]:
        balance.append(voice.say(f"{voice.money(held)} held", f"占用 {voice.money(held)}"))
    yield _item(voice, ("balance", "余额"), voice.listed(balance))
    if tier := card["tier"]:
        growth = f"{card['growth']:,}"
        way = [_title(tier, voice), voice.say(f"growth value {growth}", f"成长值 {growth}")]
        if after := tier.get("next"):
            name, more = after["name"], f"{after['more']:,}"
            way.append(voice.say(f"{more} more to {name}", f"距 {name} 还差 {more}"))
        yield _item(voice, ("tier", "等级"), voice.listed(way))
    for one in card["coupons"]:
        yield _item(voice, ("coupon", "优惠券"), _coupon(one, voice))
    for one in card["gifts"]:
        state = voice.say(*_GIFT_STATES[one["state"]])
        entry = voice.say(f"entry {one['n']:,}", f"第 {one['n']:,} 条")
        parts = [one["gift"], state, *filter(None, [one["tracking"]]), entry]
        yield _item(voice, ("gift", "礼品"), voice.listed(parts))
    for one in card["badges"]:
        yield _item(voice, ("badge", "徽章"), _title(one, voice))


def statement_lines(found: Statement, voice: Voice) -> Iterator[str]:
    """What moved something of a customer, in words where the entry has an event of theirs."""
    customer = int(found.owner.partition(":")[2])
    if not found.lines:
        yield voice.say(
            f"Nothing has moved {found.asset} of customer {customer} yet.",
            f"用户 {customer} 的 {found.asset} 还没有变动。",
        )
        return
    for line in found.lines:
        amount = voice.amount(found.asset, line.amount)
        plus = "+" if line.amount > 0 else ""
        lot = voice.amount(found.asset, line.balance)
        yield (
            f"{line.n:>8}  {time_text(line.at, voice.zone)}  {plus + amount:>12}"
            f"  {_why(line, customer, voice)}{_of_lot(line, lot, voice)}"
        )
    if found.before:
        yield voice.say(f"More: --before {found.before}", f"更多：--before {found.before}")


def _why(line: StatementLine, customer: int, voice: Voice) -> str:
    from regulars.timeline.benefit_words import of_benefit

    for told in line.body.events:
        if told.customer_id == customer:
            words = of_benefit(told.event, told.properties, voice.currency)
            if words is not None:
                return words.text(voice.language)
    about = " ".join(f"{name}={value}" for name, value in line.body.about.items())
    return f"{line.kind} {about}".rstrip()


def _of_lot(line: StatementLine, left: str, voice: Voice) -> str:
    from regulars.ledger.command import NEVER

    if line.expires_at == NEVER:
        return ""
    until = voice.lasts(line.expires_at)
    return voice.say(f"; {left} {until}", f"；{left} {until}")


def _coupon(one: dict[str, Any], voice: Voice) -> str:
    parts = [f"{one['count']:,} × {_named(one['coupon'], one, voice)}"]
    if one["held"]:
        parts.append(voice.say(f"{one['held']} held", f"占用 {one['held']}"))
    if "expires_at" in one:
        parts.append(voice.lasts(one["expires_at"]))
    return voice.listed(parts)


def _named(name: str, one: dict[str, Any], voice: Voice) -> str:
    title = _title(one, voice)
    return voice.say(f"{name} ({title})", f"{name}（{title}）")


def _title(one: dict[str, Any], voice: Voice) -> str:
    """The title in the shop's language, or the other one, or the name."""
    en, zh = one.get("title") or "", one.get("title_zh") or ""
    return voice.say(en or zh, zh or en) or one.get("name") or one["coupon"]


def _less(voice: Voice, amount: int, why: tuple[str, str]) -> str:
    money = voice.money(amount)
    return voice.say(f"{money} {why[0]}", f"{money}（{why[1]}）")


def _row(voice: Voice, name: tuple[str, str], rest: str) -> str:
    return f"{padded(voice.say(*name), _WIDTH)} {rest}"


def _item(voice: Voice, name: tuple[str, str], rest: str) -> str:
    return f"  {padded(voice.say(*name), 8)} {rest}"
