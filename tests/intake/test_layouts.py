"""Layouts: recognised, mapped by hand, or refused with what would help."""

from __future__ import annotations

import tomllib

import pytest

from regulars.errors import SettingsError, UnknownLayout, UnknownValue, UnreadableFile

ODD = "Order No,When,Buyer,Money\n1,2026-01-05,anna,10\n2,2026-01-06,ben,x\n"


def test_an_unknown_layout_names_the_headers_the_nearest_format_and_a_template(shop, put):
    with pytest.raises(UnknownLayout) as refused:
        shop.import_files(put("odd.csv", ODD))
    text = str(refused.value)
    assert "Order No, When, Buyer, Money" in text
    assert "Nearest: " in text
    template = text[text.index('kind = "') :]
    parsed = tomllib.loads(template)
    assert {"order_id", "placed_at"} <= set(parsed["columns"])
    assert shop.rejects().num_rows == 0


def test_the_template_fills_in_headers_that_look_alike(shop, put):
    with pytest.raises(UnknownLayout, match='order_id = "Order-Id"'):
        shop.import_files(put("odd.csv", "Order-Id,Placed,Buyer\n1,2026-01-05,anna\n"))


def test_a_mapping_file_takes_the_place_of_recognition(shop, put):
    mapping = put(
        "map.toml",
        '[columns]\norder_id = "Order No"\nplaced_at = "When"\ncustomer_id = "Buyer"\n'
        'paid = "Money"\n',
    )
    (report,) = shop.import_files(put("odd.csv", ODD), mapping=mapping)
    assert (report.accepted, report.rejected, report.customers) == (1, 1, 1)
    (row,) = shop.rejects().to_pylist()
    assert (row["line"], row["column"], row["value"]) == (3, "Money", "x")


def test_words_for_a_status_are_mapped_and_unknown_ones_rejected(shop, put):
    mapping = put(
        "map.toml",
        '[columns]\norder_id = "n"\nplaced_at = "t"\npaid = "m"\nstatus = "s"\n'
        '[status]\n"Bezahlt" = "paid"\n',
    )
    text = "n,t,m,s\n1,2026-01-05,10,bezahlt\n2,2026-01-05,10,Verloren\n"
    (report,) = shop.import_files(put("x.csv", text), mapping=mapping)
    assert (report.accepted, report.rejected) == (1, 1)
    assert shop.rejects()["reason"].to_pylist() == ["unknown_status"]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ('[columns]\norder_id = "n"\n', "placed_at"),
        ('[columns]\norder_id = "n"\nplaced_at = "t"\npayed = "m"\n', "did you mean 'paid'"),
        ('[columns]\norder_id = "n"\nplaced_at = "t"\n[status]\n"x" = "gone"\n', "completed"),
        ('kind = "people"\n[columns]\n', "allowed: customers, events, orders, products"),
    ],
)
def test_a_mistake_in_a_mapping_is_told_with_what_is_allowed(shop, put, text, says):
    with pytest.raises((SettingsError, UnknownValue), match=r"map\.toml") as refused:
        shop.import_files(put("x.csv", ODD), mapping=put("map.toml", text))
    assert says.lower() in str(refused.value).lower()


def test_a_mapped_header_that_the_file_lacks_is_named(shop, put):
    mapping = put("map.toml", '[columns]\norder_id = "Nr"\nplaced_at = "When"\n')
    with pytest.raises(UnknownLayout, match="Nr"):
        shop.import_files(put("odd.csv", ODD), mapping=mapping)


def test_a_format_that_does_not_exist_is_answered_with_those_that_do(shop, put):
    with pytest.raises(UnknownValue, match="Did you mean 'plain'"):
        shop.import_files(put("x.csv", ODD), format="plan")


def test_the_kind_decides_between_layouts(shop, put):
    text = "customer_id,order_id,placed_at,paid,gender\nc1,1,2026-01-05,10,f\n"
    assert shop.import_files(put("x.csv", text))[0].kind == "orders"
    assert shop.import_files(put("x.csv", text), kind="customers")[0].kind == "customers"


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "is empty"),
        (b"\n\n \n", "only blank lines"),
        (b"PK\x03\x04rest", "Save it as CSV"),
        (b"order_id,placed_at\n1,\xff\xff\n", "line 2"),
        (b"a\0b", "no text"),
        (b"PAR1 but not really", "damaged Parquet"),
    ],
)
def test_a_file_that_is_no_text_is_refused_in_one_sentence(shop, tmp_path, content, says):
    path = tmp_path / "file.csv"
    path.write_bytes(content)
    with pytest.raises(UnreadableFile, match=says):
        shop.import_files(path)


def test_a_missing_file_and_a_folder_are_refused(shop, tmp_path):
    for path in (tmp_path / "nowhere.csv", tmp_path):
        with pytest.raises(UnreadableFile, match="cannot be read"):
            shop.import_files(path)
