"""Quarantine: every row not taken in, on its line, with its reason, personal values hidden."""

from __future__ import annotations

HEAD = "order_id,customer_id,phone,placed_at,paid\n"


def test_lines_are_those_of_the_file_whatever_stands_between(shop, put):
    text = (
        HEAD + 'A,c1,,2026-01-05,"1\n2"\n'  # lines 2 and 3: a line break inside a cell
        "\n"  # line 4: blank
        "B,c1,,2026-01-05,10\n"  # line 5: good
        "C,c1,,2026-01-05\n"  # line 6: a cell too few
        "D,c1,,2026-13-05,10\n"  # line 7: no such month
        'E,"c\n1",,2026-01-05,10,7,8\n'  # lines 8 and 9: two cells too many
        "F,c1,,,10\n"  # line 10: no time
        ",c1,,2026-01-05,10\n"  # line 11: no order
        "G,c1,,2026-01-05,1e400"  # line 12: too large, and no line end
    )
    (report,) = shop.import_files(put("x.csv", text))
    assert (report.rows_read, report.accepted, report.rejected) == (8, 1, 7)
    found = [(row["line"], row["column"], row["reason"]) for row in shop.rejects().to_pylist()]
    assert found == [
        (2, "paid", "not_an_amount"),
        (6, "", "wrong_cell_count"),
        (7, "placed_at", "not_a_time"),
        (8, "", "wrong_cell_count"),
        (10, "placed_at", "missing"),
        (11, "order_id", "missing"),
        (12, "paid", "not_an_amount"),
    ]


def test_the_same_bad_row_is_kept_once(shop, put):
    path = put("x.csv", HEAD + "A,c1,,2026-01-05,ten\n")
    shop.import_files(path)
    (again,) = shop.import_files(path)
    assert again.rejected == 1
    assert shop.rejects().num_rows == 1


def test_odd_amounts_and_times(shop, put):
    rows = {
        "1,234.50": True, "¥12.00": True, "12元": True, "'12": True, '="12"': True, "-5": True,
        "1,5": False, "NaN": False, "inf": False, "1e400": False, "12 3": True, "0x10": False,
    }  # fmt: skip
    lines = [
        f'{place},c1,,2026-01-05,"{value.replace(chr(34), chr(34) * 2)}"\n'
        for place, value in enumerate(rows)
    ]
    (report,) = shop.import_files(put("x.csv", HEAD + "".join(lines)))
    assert report.rejected == sum(not good for good in rows.values())
    rejected = shop.rejects()["value"].to_pylist()
    assert rejected == [value for value, good in rows.items() if not good]
    times = {
        "2026-01-05": True, "2026/1/5 8:05": True, "2026-01-05T08:00:00Z": True, "20260105": True,
        "2026年01月05日": True, "0001-01-01": False, "9999-12-31": False, "2026-02-30": False,
        "05.01.2026": False,
    }  # fmt: skip
    lines = [f"t{place},c1,,{value},1\n" for place, value in enumerate(times)]
    (report,) = shop.import_files(put("y.csv", HEAD + "".join(lines)))
    assert report.rejected == sum(not good for good in times.values())


def test_personal_values_are_masked_and_nothing_personal_lies_in_the_clear(shop, put):
    import re

    text = (
        "customer_id,name,phone,email,birth_date\n"
        "c1,王小明,13812345678,wang@example.com,1990-01-01\n"
        "c2,李雷雷,13987654321,li@example.com,tomorrow\n"
    )
    (report,) = shop.import_files(put("c.csv", text))
    assert report.rejected == 1
    shop.import_files(put("o.csv", HEAD + "A,c1,13812345678,2026-01-05,10\n"))
    shop.understand()
    row = shop.customer("c1").row.to_pylist()[0]
    assert (row["phone"], row["email"]) == ("138****5678", "w***@example.com")
    secret = re.compile("13812345678|13987654321|wang@example|li@example|王小明|李雷雷".encode())
    shop.close()
    for path in shop.home.folder.rglob("*"):
        if path.is_file():
            assert not secret.search(path.read_bytes()), path


def test_a_shredded_customer_is_forgotten_by_landing_and_everything_made_from_it(shop, put):
    from regulars.intake.vault import Vault

    shop.import_files(
        put("c.csv", "customer_id,phone\nc1,13812345678\nc2,13900000000\n"),
        put("o.csv", HEAD + "A,c1,,2026-01-05,10\nB,c2,,2026-01-05,10\n"),
    )
    with Vault.open(shop.home.keys) as vault:
        assert vault.shred(["c:1"]) == 1
    shop.understand()
    phones = {row["ref"]: row["phone"] for row in shop.people().to_pylist()}
    assert phones == {"c1": None, "c2": "139****0000"}
