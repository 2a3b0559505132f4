"""Lines above the headers, which no format of ours has and real exports do; and totals below."""

from __future__ import annotations

from decimal import Decimal

import openpyxl
import pytest

from intake.readers import lines_of
from regulars.errors import UnknownLayout, UnreadableFile
from regulars.intake.files.sheet import look, lower
from regulars.intake.files.total_rows import is_total
from regulars.intake.recognise import recognise
from regulars.intake.sources import ALL

HEAD = "order_id,customer_id,placed_at,paid\n"
ROWS = "A,c1,2026-01-05,10\nB,c2,2026-01-06,20\n"

GOOGLE = (
    "Campaign report\n"
    '"January 5, 2026 - January 6, 2026"\n'
    "Day,Campaign,Currency code,Clicks,Impr.,Cost\n"
    '2026-01-05,Brand,CNY,40,"1,900","1,012.40"\n'
    "2026-01-06,Brand,CNY,55,1200,16.50\n"
    '"Total: Account", --,CNY,95,"3,100","1,028.90"\n'
    '"Total: Campaigns", --,CNY,95,"3,100","1,028.90"\n'
)

# 淘宝助理: UTF-16 with tabs, a version, the English names, the Chinese names.
TAOBAO_ASSISTANT = (
    "version 1.00\t\t\t\n"
    "title\tcid\tprice\touter_id\n"
    "宝贝名称\t宝贝类目\t宝贝价格\t商家编码\n"
    "绿茶\t50012345\t50.00\tSKU1\n"
    "红茶\t50012345\t八十\tSKU2\n"
)


def rejects_of(shop) -> list[tuple[int, str, str]]:
    return sorted((r["line"], r["value"], r["reason"]) for r in shop.rejects().to_pylist())


def test_a_google_report_is_taken_as_it_is_downloaded(shop, put):
    (report,) = shop.import_files(put("report.csv", GOOGLE))
    assert (report.format, report.rows_read, report.accepted) == ("google_ads", 4, 2)
    assert report.spend == Decimal("1028.90")
    assert report.passed_over == [
        "line 1: Campaign report",
        "line 2: January 5, 2026 - January 6, 2026",
    ]
    assert rejects_of(shop) == [
        (6, "Total: Account", "total_row"),
        (7, "Total: Campaigns", "total_row"),
    ]


def test_the_same_rows_without_the_title_are_the_same_rows(shop, put):
    shop.import_files(put("report.csv", GOOGLE))
    bare = "".join(GOOGLE.splitlines(keepends=True)[2:5])
    (again,) = shop.import_files(put("bare.csv", bare))
    assert (again.accepted, again.duplicate, again.passed_over) == (0, 2, [])


def test_products_are_taken_as_taobaos_assistant_writes_them(shop, put):
    (report,) = shop.import_files(put("宝贝.csv", TAOBAO_ASSISTANT, "utf-16"))
    assert (report.format, report.accepted, report.rejected) == ("taobao_products", 1, 1)
    assert report.passed_over == ["line 1: version 1.00", "line 2: title cid price outer_id"]
    assert rejects_of(shop) == [(5, "八十", "not_an_amount")]


@pytest.mark.parametrize(
    "above",
    [
        "",
        "\n\n",
        ",,,\n",
        "一月订单\n",
        "一月订单,,,\n,,,\n导出时间: 2026-02-01,,,\n",
        '"一月\n订单"\n',
        '"店铺, 分店",x\n',
        '27" screens\n',
        "店铺,熟客茶铺\n导出时间,2026-02-01 10:00\n",
        "订单,,买家,\n",
        "\n".join("一二三四五六七八九") + "\n",
    ],
)
def test_headers_are_found_below_whatever_stands_above_them(shop, put, above):
    (report,) = shop.import_files(put("x.csv", above + HEAD + ROWS + "C,c3,soon,5\n"))
    assert (report.format, report.rows_read, report.accepted) == ("plain", 3, 2)
    told = [line.strip(",") for line in above.splitlines() if line.strip(",")]
    assert len(report.passed_over) == len(told)
    assert rejects_of(shop) == [(above.count("\n") + 4, "soon", "not_a_time")]


def test_headers_further_down_than_ten_rows_are_not_looked_for(shop, put):
    with pytest.raises(UnknownLayout):
        shop.import_files(put("x.csv", "一月订单\n" * 10 + HEAD + ROWS))


def test_excels_line_that_names_the_delimiter_is_no_row(shop, put):
    text = HEAD.replace(",", ";") + "A;c1;2026-01-05;1.234,50\n"
    (report,) = shop.import_files(put("x.csv", "sep=;\n" + text))
    assert (report.accepted, report.paid, report.passed_over) == (1, Decimal("1234.50"), [])
    assert look(put("y.csv", "SEP=^\na,b^c\n1^2\n")).headers == ("a,b", "c")
    assert lines_of(put("z.csv", '\n"sep=|"\n\na|b\n1|2\n')) == [5]


def test_a_delimiter_that_is_named_over_nothing_is_an_unknown_layout(shop, put):
    with pytest.raises(UnknownLayout, match="sep="):
        shop.import_files(put("x.csv", "sep=;\n"))


def test_a_delimiter_is_named_and_a_title_follows(shop, put):
    text = "sep=;\n一月订单\n" + (HEAD + ROWS).replace(",", ";")
    (report,) = shop.import_files(put("x.csv", text))
    assert (report.accepted, report.passed_over) == (2, ["line 2: 一月订单"])


def test_titles_and_groups_of_headers_in_a_workbook(shop, tmp_path):
    book = openpyxl.Workbook()
    for row in (
        ("一月订单",),
        (),
        ("店铺", "熟客茶铺"),
        ("订单", None, None, "金额"),
        HEAD.strip().split(","),
        ("A", "c1", "2026-01-05", 10),
        ("B", "c2", "soon", 20),
        ("合计", None, None, 30),
    ):
        book.active.append(row)
    book.active.merge_cells("A1:D1")
    book.active.merge_cells("A4:C4")
    book.save(tmp_path / "x.xlsx")
    (report,) = shop.import_files(tmp_path / "x.xlsx")
    assert (report.format, report.accepted, report.rejected) == ("plain", 1, 2)
    assert report.passed_over == ["line 1: 一月订单", "line 3: 店铺 熟客茶铺", "line 4: 订单 金额"]
    assert rejects_of(shop) == [(7, "soon", "not_a_time"), (8, "合计", "total_row")]


def test_a_mapped_header_is_found_below_a_title(shop, put):
    mapping = put("map.toml", '[columns]\norder_id = "No"\nplaced_at = "When"\npaid = "Money"\n')
    text = "Orders of January\nNo,When,Money\n1,2026-01-05,10\n"
    (report,) = shop.import_files(put("x.csv", text), mapping=mapping)
    assert (report.accepted, report.passed_over) == (1, ["line 1: Orders of January"])


def test_the_template_for_an_unknown_layout_has_the_headers_below_the_title(shop, put):
    with pytest.raises(UnknownLayout, match=r"line 2: .* these headers: Order-Id, Placed, Buyer"):
        shop.import_files(put("x.csv", "Orders of January\nOrder-Id,Placed,Buyer\n1,2,3\n"))


def test_rows_above_the_headers_are_never_taken_for_a_title(shop, put):
    with pytest.raises(UnknownLayout, match=r"line 1: this looks like a row.*in line 3\. Move"):
        shop.import_files(put("x.csv", ROWS + HEAD + "C,c3,2026-01-07,5\n"))
    with pytest.raises(UnknownLayout, match="line 2: this looks like a row"):
        shop.import_files(put("x.csv", "Spend\n2026-01-05,100\nday,spend\n2026-01-06,7\n"))


def test_phones_above_the_headers_are_not_repeated(shop, put):
    (report,) = shop.import_files(
        put("x.csv", "联系人 13812345678 " + "茶" * 80 + "\n" + HEAD + ROWS)
    )
    assert report.passed_over == ["line 1: 联系人 *********** " + "茶" * 44 + "…"]


def test_an_open_quotation_mark_above_the_headers_hides_them(shop, put):
    with pytest.raises(UnreadableFile, match="line 1: has a quotation mark"):
        shop.import_files(put("x.csv", '"一月订单\n' + HEAD + ROWS))


def test_rejected_rows_from_below_a_title_can_be_mended(shop, put, tmp_path):
    shop.import_files(put("x.csv", "一月订单\n" + HEAD + ROWS + "C,c3,soon,5\n"))
    (path,) = shop.export_rejects(tmp_path / "mending").files
    mended = path.read_text("utf-8-sig").replace(",soon,", ",2026-01-07,")
    (report,) = shop.import_files(put("mended.csv", "sep=,\n" + mended))
    assert (report.accepted, report.mended) == (1, 1)
    assert shop.rejects().num_rows == 0


def test_a_row_is_no_title_of_what_is_recognised_in_the_first_line(shop, put):
    (report,) = shop.import_files(put("x.csv", HEAD + ROWS + HEAD + "C,c3,2026-01-07,5\n"))
    assert (report.accepted, report.rejected, report.passed_over) == (3, 1, [])


def test_the_headers_that_tell_most_are_taken(put):
    path = put("x.csv", "title\norder_id,placed_at\n" + HEAD + ROWS)
    sheet, _ = recognise(look(path), ALL)
    assert sheet.header_line == 3
    assert [one.header_line for one in lower(look(path))] == [2, 3, 4, 5]


def test_totals_are_none_of_what_the_file_holds(new_shops, put):
    """Accepted they would be an order that waits, a customer, a product, the spend of a day."""
    for text, accepted in (
        (HEAD + ROWS + "合计,,,30\n", 2),
        (HEAD + ROWS + "合计：2笔,,2026-01-31,30\n", 2),
        ("子订单编号,主订单编号,标题,价格,购买数量\n11,1,茶,10,1\n,总计,,10,1\n", 1),
        ("no,order_id,placed_at,paid\n1,A,2026-01-05,10\nTotal,,2026-01-31,10\n", 1),
        ("customer_id,gender\nc1,f\nTotal,\n", 1),
        ("product_id,product_name,price\nTotal Gym,x,1\ntotal:,,1\n", 1),
        ("day,source,spend\n2026-01-05,a,1\n全部,,1\nTotal for January,,1\n小计,,1\n", 1),
    ):
        with next(new_shops) as shop:
            (report,) = shop.import_files(put("x.csv", text))
            assert (report.accepted, report.rows_read - report.rejected) == (accepted, accepted)
            assert set(shop.rejects()["reason"].to_pylist()) == {"total_row"}, text


def test_what_only_begins_like_a_total_is_a_thing_of_its_own(shop, put):
    names = ("Totally Tea", "总计划", "Total Gym", "sumo", "合计划", "T1", "共和", "共3班")
    assert not any(map(is_total, names))
    text = "".join(f"{name},c1,2026-01-05,10\n" for name in names)
    (report,) = shop.import_files(put("x.csv", HEAD + text))
    assert report.accepted == len(names)


def test_the_name_of_a_thing_in_the_first_column_is_no_total_if_the_row_has_a_number(shop, put):
    text = "product_name,order_id,placed_at,paid\nTotal,A,2026-01-05,10\n总计,-,2026-01-05,10\n"
    (report,) = shop.import_files(put("x.csv", text))
    assert (report.accepted, report.rejected) == (1, 1)
