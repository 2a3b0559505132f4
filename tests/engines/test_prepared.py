"""Statements made once find and put the same rows in either database."""

from __future__ import annotations

import sqlalchemy as sa

from regulars.engines.prepared import Prepared, Put, listed, one_of
from regulars.engines.schema import CODES, MEMBERS
from regulars.engines.store_benefits import BenefitRows
from regulars.engines.store_members import MemberRow
from regulars.engines.store_terms import CodeRow

GOLD = MemberRow(7, "gold", 1, 2, "Ann % 'tea' ?", 3)
_OF_TIERS = tuple(
    sa.select(MEMBERS.c.customer_id).where(wanted).order_by(MEMBERS.c.customer_id)
    for wanted in one_of(MEMBERS.c.tier, "tiers")
)


def test_a_row_is_put_where_there_is_none_and_changed_where_there_is(store):
    put = Put(MEMBERS)
    with store.write() as connection:
        put.put(connection, GOLD)
        put.put(connection, GOLD._replace(customer_id=8))
        put.put(connection, GOLD._replace(tier="silver", n=4))
    with store.read() as connection:
        rows = BenefitRows(connection)
        assert rows.member(7) == GOLD._replace(tier="silver", n=4)
        assert rows.member(8) == GOLD._replace(customer_id=8)
        assert rows.member(9) is None


def test_one_of_several_values_is_looked_for_whatever_characters_they_have(store):
    odd = "a \"b\" \\ {c}, 'd' %s ? 茶"
    found = Prepared(*_OF_TIERS)
    with store.write() as connection:
        for number, tier in enumerate(("gold", odd, "silver"), 1):
            Put(MEMBERS).put(connection, GOLD._replace(customer_id=number, tier=tier))
        for tiers, numbers in (((odd, "silver"), [2, 3]), (("none",), []), ((), [])):
            wanted = listed(connection, tiers)
            assert [row[0] for row in found.rows(connection, tiers=wanted)] == numbers


def test_what_a_statement_says_itself_need_not_be_bound(store):
    found = Prepared(
        sa.select(CODES.c.digest)
        .where(CODES.c.coupon == "spring", CODES.c.uses == sa.bindparam("uses"))
        .where(CODES.c.batch == "")
    )
    with store.write() as connection:
        rows = BenefitRows(connection)
        rows.add_codes([CodeRow("d1", "spring", "", 0, 1), CodeRow("d2", "spring", "", 1, 1)])
        assert found.rows(connection, uses=0) == [("d1",)]
        assert found.first(connection, uses=1) == ("d2",)
        assert found.first(connection, uses=2) is None
