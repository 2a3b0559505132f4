"""Daily spend as Google Ads, Meta Ads Manager and TikTok Ads Manager export it.

Each needs the report broken down by day: a row that covers more than one day tells nothing of a
day and is rejected, as are the rows of totals, which have no day. `source` is the word that links
to the shop carry (utm_source): google, facebook, tiktok.

- Google: a title and a period stand above the headers, and rows of totals (`Total: Account`) below
  the others; Cost is in Currency code.
- Meta, in English or Chinese: the currency stands in the header, Amount spent (USD); Link clicks
  are taken before clicks of all kinds.
- TikTok: clicks to the destination are taken before clicks of all kinds.
"""

from __future__ import annotations

from regulars.intake.records import Kind
from regulars.intake.source import Field, Source

_CURRENCIES = (
    "USD", "EUR", "GBP", "CNY", "JPY", "KRW", "HKD", "TWD", "SGD", "MYR", "THB", "IDR", "PHP",
    "VND", "INR", "AUD", "NZD", "CAD", "MXN", "BRL", "CLP", "COP", "PEN", "ARS", "CHF", "SEK",
    "NOK", "DKK", "PLN", "CZK", "HUF", "RON", "TRY", "ZAR", "NGN", "KES", "EGP", "AED", "SAR",
    "ILS", "PKR", "BDT", "UAH",
)  # fmt: skip

_SPENT = ("Amount spent", "已花费金额", "花费金额")
_IN_HEADER = {code: tuple(f"{words} ({code})" for words in _SPENT) for code in _CURRENCIES}
_CURRENCY = " ".join(f"WHEN in_{code.lower()} IS NOT NULL THEN '{code}'" for code in _CURRENCIES)

GOOGLE_ADS = Source(
    name="google_ads",
    title="Google Ads spend by day",
    title_zh="Google Ads 每日花费",
    kind="spend",
    platform="google_ads",
    record=Kind.SPEND,
    fields=(
        Field("day", ("Day",), known=True, required=True),
        Field("campaign", ("Campaign",), known=True),
        Field("ad", ("Ad group", "Search keyword", "Asset group")),
        Field("spend", ("Cost",), known=True, required=True),
        Field("impressions", ("Impr.",), known=True),
        Field("clicks", ("Clicks", "Interactions")),
        Field("currency", ("Currency code",)),
    ),
    derive={"source": "'google'"},
)

META_ADS = Source(
    name="meta_ads",
    title="Meta Ads spend by day",
    title_zh="Meta Ads 每日花费",
    kind="spend",
    platform="meta_ads",
    record=Kind.SPEND,
    fields=(
        Field(
            "day", ("Day", "单日", "Reporting starts", "报告开始日期"), known=True, required=True
        ),
        Field("ends", ("Reporting ends", "报告结束日期"), type="date"),
        Field("campaign", ("Campaign name", "广告系列名称")),
        Field("ad", ("Ad name", "广告名称", "Ad set name", "广告组名称")),
        Field(
            "spend",
            (*_SPENT, *(name for names in _IN_HEADER.values() for name in names)),
            known=True,
            required=True,
        ),
        *(Field(f"in_{code.lower()}", names, type="text") for code, names in _IN_HEADER.items()),
        Field("impressions", ("Impressions", "展示次数")),
        Field("clicks", ("Link clicks", "链接点击量", "Clicks (all)", "点击量(全部)")),
        Field("currency", ("Currency", "货币")),
    ),
    where="ends IS NULL OR ends = day OR c_day IS NULL",
    derive={
        "source": "'facebook'",
        "currency": f"coalesce(currency, CASE {_CURRENCY} END)",
    },
)

TIKTOK_ADS = Source(
    name="tiktok_ads",
    title="TikTok Ads spend by day",
    title_zh="TikTok Ads 每日花费",
    kind="spend",
    platform="tiktok_ads",
    record=Kind.SPEND,
    fields=(
        Field("day", ("By Day", "Date", "Day"), known=True, required=True),
        Field("campaign", ("Campaign name",), known=True),
        Field("ad", ("Ad name", "Ad group name")),
        Field("spend", ("Cost", "Total cost"), known=True, required=True),
        Field("impressions", ("Impressions",), known=True),
        Field(
            "clicks",
            ("Clicks (destination)", "Destination clicks", "Clicks (all)"),
            known=True,
        ),
        Field("currency", ("Currency",)),
    ),
    derive={"source": "'tiktok'"},
)
