"""WooCommerce products (the Export of the Products screen): a row per product and per variation.

A variation carries its own ID, the parent's in `Parent` and no categories. Categories are paths
(`Clothing > T-shirts, Sale`): the first path's last name is the category, its first the department.
"""

from __future__ import annotations

from regulars.intake.records import Kind
from regulars.intake.source import Field, Source
from regulars.intake.sources.western_account import joined
from regulars.intake.sources.woocommerce import PLATFORM

_PATH = r"string_split(trim(regexp_extract(category, '^([^,\\]|\\.)*')), ' > ')"

WOOCOMMERCE_PRODUCTS = Source(
    name="woocommerce_products",
    title="WooCommerce products",
    title_zh="WooCommerce 商品",
    kind="products",
    platform=PLATFORM,
    record=Kind.PRODUCT,
    fields=(
        Field("product_id", ("ID",), known=True, required=True),
        Field("type", ("Type",), known=True, type="text"),
        Field("sku", ("SKU",), known=True, type="text"),
        Field("product_name", ("Name",), known=True),
        Field("unit_price", ("Regular price",), known=True),
        Field("category", ("Categories",)),
        Field("brand", ("Brands",)),
        Field("variant", ("Attribute 1 value(s)",)),
        Field("attribute_2", ("Attribute 2 value(s)",), type="text"),
        Field("attribute_3", ("Attribute 3 value(s)",), type="text"),
        Field("cost", ("Meta: _wc_cog_cost",)),
    ),
    derive={
        "category": rf"replace({_PATH}[-1], '\,', ',')",
        "department": rf"CASE WHEN len({_PATH}) > 1 THEN replace({_PATH}[1], '\,', ',') END",
        # The attributes of a product with variations list all that there are.
        "variant": "CASE WHEN starts_with(lower(type), 'variation') THEN "
        + joined("variant", "attribute_2", "attribute_3", by=" / ")
        + " END",
    },
)
