"""The sources of Western platforms."""

from __future__ import annotations

from regulars.intake.source import Source
from regulars.intake.sources.olist import (
    OLIST_CUSTOMERS,
    OLIST_ITEMS,
    OLIST_ORDERS,
    OLIST_PAYMENTS,
    OLIST_PRODUCTS,
)
from regulars.intake.sources.shopify_customers import SHOPIFY_CUSTOMERS
from regulars.intake.sources.shopify_orders import SHOPIFY_ORDERS
from regulars.intake.sources.shopify_products import SHOPIFY_PRODUCTS
from regulars.intake.sources.western_spend import GOOGLE_ADS, META_ADS, TIKTOK_ADS
from regulars.intake.sources.woocommerce_customers import WOOCOMMERCE_CUSTOMERS
from regulars.intake.sources.woocommerce_items import WOOCOMMERCE_ITEMS
from regulars.intake.sources.woocommerce_orders import WOOCOMMERCE_ORDERS
from regulars.intake.sources.woocommerce_products import WOOCOMMERCE_PRODUCTS

WESTERN: tuple[Source, ...] = (
    SHOPIFY_ORDERS,
    SHOPIFY_CUSTOMERS,
    SHOPIFY_PRODUCTS,
    WOOCOMMERCE_ORDERS,
    WOOCOMMERCE_ITEMS,
    WOOCOMMERCE_CUSTOMERS,
    WOOCOMMERCE_PRODUCTS,
    OLIST_ORDERS,
    OLIST_ITEMS,
    OLIST_PAYMENTS,
    OLIST_CUSTOMERS,
    OLIST_PRODUCTS,
    GOOGLE_ADS,
    META_ADS,
    TIKTOK_ADS,
)
