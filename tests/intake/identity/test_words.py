"""Words taken back leave who is who as it was."""

from regulars import Shop

HEAD = "order_id,customer_id,phone,email,placed_at,paid\n"
SHARED = """\
1,cy,13712345678,,2026-03-07,5
2,dee,13712345678,,2026-03-08,6
3,,13712345678,,2026-03-09,7
"""


def who(shop):
    rows = shop.warehouse.sql("SELECT customer_id, survivor FROM merges ORDER BY 1").to_pylist()
    return {row["customer_id"]: row["survivor"] for row in rows}


def test_a_shared_phone_joined_by_mistake_is_nobodys_again_and_not_the_other_accounts(tmp_path):
    (tmp_path / "a.csv").write_text(HEAD + SHARED)
    with Shop.create(tmp_path / "shop", name="x") as shop:
        shop.import_files(tmp_path / "a.csv")
        shop.understand()
        before = who(shop)
        shop.identity_join("dee", "13712345678")
        assert who(shop) != before
        shop.identity_split("dee", "13712345678")
        assert who(shop) == before
