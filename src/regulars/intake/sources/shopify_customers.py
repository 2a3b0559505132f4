"""Shopify customers (customers_export.csv), in the spellings since 2015.

A `'` stands before Customer ID, phones and postcodes so that spreadsheets leave them alone. Total
Spent and Total Orders are the platform's own sums at the time of the export; what was bought comes
from the orders. Consent (Accepts Email Marketing, …) and Tags are kept as attributes and tags.
"""

from __future__ import annotations

from regulars.intake.records import Kind
from regulars.intake.source import Field, Source
from regulars.intake.sources.shopify import PLATFORM
from regulars.intake.sources.western_account import ACCOUNT, joined

SHOPIFY_CUSTOMERS = Source(
    name="shopify_customers",
    title="Shopify customers",
    title_zh="Shopify 客户",
    kind="customers",
    platform=PLATFORM,
    record=Kind.CUSTOMER,
    key_is_personal=True,
    fields=(
        Field("email", ("Email",), known=True),
        Field("name", ("First Name",), known=True),
        Field("last_name", ("Last Name",), known=True, type="text"),
        Field("consent", ("Accepts Email Marketing", "Accepts Marketing"), known=True, type="text"),
        Field("phone", ("Phone",)),
        Field("address_phone", ("Default Address Phone",), type="text"),
        Field("address", ("Default Address Address1", "Address1")),
        Field("address_more", ("Default Address Address2", "Address2"), type="text"),
        Field("zip", ("Default Address Zip", "Zip"), type="text"),
        Field("city", ("Default Address City", "City")),
        Field("province", ("Default Address Province Code", "Province Code", "Province")),
        Field("country", ("Default Address Country Code", "Country Code", "Country")),
        Field("tags", ("Tags",)),
    ),
    traits=(
        ("accepts_email", ("Accepts Email Marketing", "Accepts Marketing")),
        ("accepts_sms", ("Accepts SMS Marketing",)),
        ("tax_exempt", ("Tax Exempt",)),
    ),
    derive={
        "customer_key": ACCOUNT,
        "name": joined("name", "last_name"),
        "phone": "coalesce(phone, address_phone)",
        "address": joined("address", "address_more", "zip"),
    },
)
