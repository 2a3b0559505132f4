"""A plan beside a server: numbers are merged after the people table was made."""

from regulars import Shop

HEAD = "order_id,customer_id,placed_at,paid\n"


def test_a_customer_merged_since_is_planned_for_once_and_held_out_if_one_number_is(tmp_path):
    rows = [f"{n},c{n},2024-0{1 + n % 3}-{1 + n % 27:02d},{10 + n}\n" for n in range(1, 401)]
    (tmp_path / "a.csv").write_text(HEAD + "".join([*rows, "999,late,2026-05-30,10\n"]))
    with Shop.create(tmp_path / "shop", name="x") as shop:
        shop.import_files(tmp_path / "a.csv")

        def decided():
            table = shop.plan("2026-06-01", budget=1_000_000).table
            return dict(
                zip(table["customer_id"].to_pylist(), table["decision"].to_pylist(), strict=True)
            )

        before = decided()
        treated = [one for one in before if before[one] == "act"]
        held = next(one for one in before if before[one] == "hold_out")
        left = next(one for one in before if before[one] == "global_hold_out")
        # As absorbing does, long before the tables are made anew.
        shop.warehouse.execute(
            "INSERT INTO merges (customer_id, survivor, why) VALUES"
            f" ({treated[0]}, {left}, 'alias'), ({held}, {treated[1]}, 'alias')"
        )
        after = decided()
        assert (after[left], after[treated[1]]) == ("global_hold_out", "hold_out")
        assert not {treated[0], held} & set(after)
        assert len(after) == len(before) - 2
