"""A rule sheet as text for a terminal, in English or Chinese."""

from __future__ import annotations

from collections.abc import Iterator

from regulars.benefit.definition.findings.finding import percent
from regulars.benefit.definition.sheet import Sheet
from regulars.kernel.money import format_money, from_minor_units

_WORDS = {
    "en": {
        "title": "Rule sheet of {file}",
        "costs": "What each rule can cost",
        "worst": "at worst in a year",
        "expected": "expected in a month",
        "stock": "stock",
        "meet": "meet it a month",
        "total": "In all",
        "not_in_worst": "not in it, for want of a bound or of figures: {names}",
        "not_in_expected": "not in it, since the past does not tell: {names}",
        "stacks": "Deepest discounts found",
        "pays": "a basket of {basket} pays {pay} ({share})",
        "none": "no coupon",
        "points": "points",
        "stop": "STOP",
        "warn": "look",
        "note": "note",
        "findings": "What to look at",
        "nothing": "Nothing.",
        "line": "line {line}",
        "because": "{amount} ({why})",
        "comma": ", ",
    },
    "zh": {
        "title": "规则单：{file}",
        "costs": "每条规则的成本",
        "worst": "一年最坏",
        "expected": "每月预计",
        "stock": "库存",
        "meet": "每月达成",
        "total": "合计",
        "not_in_worst": "未计入（没有上限或缺少数据）：{names}",
        "not_in_expected": "未计入（历史数据不足）：{names}",
        "stacks": "最深的叠加优惠",
        "pays": "{basket} 的订单付 {pay}（{share}）",
        "none": "不用券",
        "points": "积分",
        "stop": "禁止",
        "warn": "留意",
        "note": "提示",
        "findings": "需要留意",
        "nothing": "没有。",
        "line": "第 {line} 行",
        "because": "{amount}（{why}）",
        "comma": "、",
    },
}


def sheet_text(sheet: Sheet, language: str) -> str:
    """The sheet in lines of text.

    Args:
        sheet: to be shown.
        language: `zh` or `en`.
    """
    words = _WORDS["zh" if language == "zh" else "en"]
    return "\n".join(_lines(sheet, words, language)) + "\n"


def _lines(sheet: Sheet, words: dict[str, str], language: str) -> Iterator[str]:
    yield words["title"].format(file=sheet.file)
    yield ""
    yield words["findings"]
    for one in sheet.findings:
        place = "" if one.line is None else words["line"].format(line=one.line)
        head = "  ".join(part for part in (words[one.level], place, one.subject) if part)
        yield f"  {head}"
        yield f"    {one.sentence.text(language)}"
    if not sheet.findings:
        yield f"  {words['nothing']}"
    yield ""
    yield words["costs"]
    for cost in sheet.costs:
        yield f"  {cost.kind} {cost.name}"
        for name, amount, sentence in (
            ("worst", cost.worst, cost.bound),
            ("expected", cost.expected, cost.reckoned),
        ):
            text = sentence.text(language)
            if amount:  # else the sentence says why there is none
                text = words["because"].format(amount=_money(sheet, amount), why=text)
            yield f"    {words[name]}: {text}"
        facts = [
            f"{words[name]} {value:,}"
            for name, value in (("stock", cost.stock), ("meet", cost.can_meet))
            if value is not None
        ]
        if facts:
            yield f"    {words['comma'].join(facts)}"
    yield ""
    total = sheet.total
    yield words["total"]
    for name, amount, missing in (
        ("worst", total.worst, total.unbounded),
        ("expected", total.expected, total.cannot_tell),
    ):
        yield f"  {words[name]}: {_money(sheet, amount)}"
        if missing:
            names = words["comma"].join(missing)
            yield f"    {words['not_in_' + name].format(names=names)}"
    if sheet.stacks:
        yield ""
        yield words["stacks"]
        for stack in sheet.stacks:
            pays = words["pays"].format(
                basket=_money(sheet, stack.basket),
                pay=_money(sheet, stack.pay),
                share=_share(stack.pay / stack.basket, language),
            )
            used = [*stack.coupons, *([words["points"]] if stack.by_points else [])]
            yield f"  {' + '.join(used) or words['none']}: {pays}"


def _share(share: float, language: str) -> str:
    return percent(share).replace(" ", "") if language == "zh" else percent(share)


def _money(sheet: Sheet, amount: int) -> str:
    return format_money(from_minor_units(amount, sheet.currency), sheet.currency)
