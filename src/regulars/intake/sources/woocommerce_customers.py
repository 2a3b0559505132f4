"""WooCommerce customers: the Customers report of WooCommerce itself, or an extension's export.

The report has one name and `Country / Region`; SkyVerge and WebToffee write first_name, last_name
and billing_… columns. Guests stand in the report without a user name and a time of registration.
"""

from __future__ import annotations

from regulars.intake.records import Kind
from regulars.intake.source import Field, Source
from regulars.intake.sources.western_account import ACCOUNT, joined
from regulars.intake.sources.woocommerce import PLATFORM

WOOCOMMERCE_CUSTOMERS = Source(
    name="woocommerce_customers",
    title="WooCommerce customers",
    title_zh="WooCommerce 客户",
    kind="customers",
    platform=PLATFORM,
    record=Kind.CUSTOMER,
    key_is_personal=True,
    fields=(
        Field("email", ("email", "user_email"), known=True),
        Field("registered_at", ("date_registered", "user_registered"), known=True),
        Field("login", ("user_login", "Username"), known=True, type="text"),
        Field("name", ("Name", "first_name")),
        Field("last_name", ("last_name",), type="text"),
        Field("phone", ("billing_phone",)),
        Field("address", ("billing_address_1",)),
        Field("address_more", ("billing_address_2",), type="text"),
        Field("zip", ("billing_postcode", "Postal code"), type="text"),
        Field("city", ("billing_city", "City")),
        Field("province", ("billing_state", "Region")),
        Field("country", ("billing_country", "Country / Region", "Country")),
    ),
    derive={
        "customer_key": ACCOUNT,
        "name": joined("name", "last_name"),
        "address": joined("address", "address_more", "zip"),
    },
)
