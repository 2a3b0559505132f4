"""Shopify products (products_export.csv): one row per variant, the title on the first row only.

Order lines name a good by its SKU; without one, by "Title - Variant" (the bare title where there is
one variant only). A product is known by the same. Rows that hold a further picture and nothing else
go on with the row above. The layout of 2024 (URL handle, SKU, Price) is read as well as the older
one.
"""

from __future__ import annotations

from regulars.intake.records import Kind
from regulars.intake.source import Field, FillDown, Source
from regulars.intake.sources.shopify import PLATFORM
from regulars.intake.sources.western_account import joined

_VARIANT = "nullif(" + joined("variant", "option_2", "option_3", by=" / ") + ", 'Default Title')"

SHOPIFY_PRODUCTS = Source(
    name="shopify_products",
    title="Shopify products",
    title_zh="Shopify 商品",
    kind="products",
    platform=PLATFORM,
    record=Kind.PRODUCT,
    fields=(
        Field("handle", ("Handle", "URL handle"), known=True, required=True, type="text"),
        Field("product_name", ("Title",), known=True, required=True),
        Field("variant", ("Option1 Value",), known=True),
        Field("option_2", ("Option2 Value",), type="text"),
        Field("option_3", ("Option3 Value",), type="text"),
        Field("product_id", ("Variant SKU", "SKU"), known=True),
        Field("unit_price", ("Variant Price", "Price"), known=True),
        Field("cost", ("Cost per item",)),
        Field("brand", ("Vendor",)),
        Field("category", ("Type",)),
        Field("department", ("Product Category",)),
    ),
    fill_down=FillDown("handle", "product_name", ("brand", "category", "department")),
    where="c_unit_price IS NOT NULL OR c_product_id IS NOT NULL OR c_variant IS NOT NULL",
    silent_rows=True,  # further pictures
    derive={
        "variant": _VARIANT,
        "product_id": f"coalesce(product_id, concat_ws(' - ', product_name, {_VARIANT}))",
    },
)
