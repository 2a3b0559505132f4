"""Events of a made shop: possible ways, and what truth/events.json says is in them."""

from __future__ import annotations

import json
from collections import defaultdict
from dataclasses import dataclass, replace
from math import log, sqrt
from typing import Any

import duckdb
import pytest

from regulars.simulate import WORLDS, simulate
from regulars.simulate.browsing import LINE_EVENTS
from regulars.simulate.happened import MISSING
from regulars.simulate.worlds import Channel

CUSTOMERS, VISITORS = 6_000, 2.0
STAGES = ("none", "one", "two", "more")


@dataclass(frozen=True)
class MadeEvents:
    database: duckdb.DuckDBPyConnection
    truth: dict[str, Any]

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        return self.database.sql(sql).fetchall()

    def value(self, sql: str) -> float:
        return float(self.rows(sql)[0][0])


@pytest.fixture(scope="module")
def made(tmp_path_factory) -> MadeEvents:
    folder = tmp_path_factory.mktemp("events") / "shop"
    simulate(folder, customers=CUSTOMERS, visitors=VISITORS, events="all", seed=5)
    database = duckdb.connect()
    database.sql("SET TimeZone = 'Asia/Shanghai'")
    # What the shop would know after joining accounts and browsers: who each browser is.
    database.sql(
        f"""
        CREATE TABLE events AS
        SELECT *, "context.sessionId" AS visit, "context.campaign.source" AS source,
               "properties.order_id" AS order_id, "properties.path" AS path,
               anonymousId AS person, coalesce(event, 'page') AS what
        FROM '{folder / "events.parquet"}'
        """
    )
    database.sql(
        f"""
        CREATE TABLE orders AS
        SELECT order_id, any_value(customer_id) AS customer_id, min(placed_at) AS placed_at,
               any_value(source) AS source, sum(paid) AS paid, sum(refunded) AS refunded,
               sum(paid) > 0 AND sum(paid) > sum(refunded)
               AND NOT bool_or(status = 'cancelled') AS lasting, max(closed_at) AS closed_at
        FROM '{folder / "orders.parquet"}' GROUP BY order_id
        """
    )
    database.sql(
        """
        CREATE TABLE bought AS
        SELECT person, orders.* FROM orders
        JOIN (SELECT DISTINCT userId AS customer_id, person FROM events WHERE userId IS NOT NULL)
        USING (customer_id)
        """
    )
    # A visit as the shop sees it, and the lasting orders before its last event and within a week.
    database.sql(
        """
        CREATE TABLE visits AS
        WITH seen AS (
            SELECT visit, person, min("timestamp") AS begins, max("timestamp") AS ends,
                   any_value(source) AS source, any_value(order_id) AS order_id,
                   list(DISTINCT path) FILTER (path IS NOT NULL) AS pages,
                   bool_or(what = 'Product Added') AS adds
            FROM events WHERE visit IS NOT NULL GROUP BY visit, person
        )
        SELECT seen.*,
               count(*) FILTER (lasting AND placed_at < begins) AS so_far,
               count(*) FILTER (lasting AND placed_at >= begins
                                AND placed_at <= begins + INTERVAL 7 DAY) > 0 AS follows
        FROM seen LEFT JOIN bought USING (person) GROUP BY ALL
        """
    )
    truth = json.loads((folder / "truth" / "events.json").read_text("utf-8"))
    return MadeEvents(database, truth)


CASES = {
    "an order is completed at its second, for what was paid": """
        FROM events JOIN orders USING (order_id) WHERE event = 'Order Completed'
        AND ("timestamp" <> placed_at OR "properties.total" <> paid)""",
    "a paid order is completed once, an unpaid one never": """
        FROM orders LEFT JOIN (FROM events SELECT order_id, count(*) AS told
                               WHERE event = 'Order Completed' GROUP BY 1) USING (order_id)
        WHERE coalesce(told, 0) <> CASE WHEN paid > 0 THEN 1 ELSE 0 END""",
    "messages have numbers of their own": """
        FROM (FROM events SELECT messageId GROUP BY 1 HAVING count(*) > 1)""",
    "a visit has one person, source and first page": """
        FROM (FROM events SELECT visit WHERE visit IS NOT NULL GROUP BY 1
              HAVING count(DISTINCT person) > 1 OR count(DISTINCT source) > 1
              OR count(*) FILTER (event = 'Page Loaded') <> 1)""",
    "a visit is never half an hour without an event": """
        FROM (FROM events SELECT "timestamp" - lag("timestamp") OVER
              (PARTITION BY visit ORDER BY "timestamp") AS gap WHERE visit IS NOT NULL)
        WHERE gap > INTERVAL 29 MINUTE""",
    "checkout comes after the cart, payment after checkout, the order last": """
        FROM (FROM events SELECT visit,
                  min("timestamp") FILTER (event = 'Product Added') AS a,
                  min("timestamp") FILTER (event = 'Checkout Started') AS b,
                  min("timestamp") FILTER ("properties.step" = 1) AS c,
                  min("timestamp") FILTER ("properties.step" = 2) AS d,
                  min("timestamp") FILTER (event = 'Order Completed') AS e
              WHERE visit IS NOT NULL GROUP BY visit)
        WHERE a >= b OR b >= c OR c >= d OR d >= e OR (b IS NOT NULL AND a IS NULL)
           OR (e IS NOT NULL AND d IS NULL)""",
    "an account has one browser, and a browser one account at most": """
        FROM (FROM events SELECT person GROUP BY 1 HAVING count(DISTINCT userId) > 1)""",
    "before the first order's day nobody has an account": """
        FROM events JOIN (FROM orders SELECT customer_id, min(placed_at)::DATE AS day GROUP BY 1)
        ON userId = customer_id WHERE "timestamp"::DATE < day""",
    "the steps of the line follow one another and come before the first order": """
        FROM (FROM events SELECT person, min("timestamp") AS a,
                  min("timestamp") FILTER (event = 'Followed') AS b,
                  min("timestamp") FILTER (event = 'Application Installed') AS c,
                  min("timestamp") FILTER (event = 'Application Opened') AS d GROUP BY person)
        LEFT JOIN (FROM bought SELECT person, min(placed_at) AS e GROUP BY 1) USING (person)
        WHERE a >= b OR b >= c OR c >= d OR greatest(b, c, d) >= e
           OR (c IS NOT NULL AND b IS NULL) OR (d IS NOT NULL AND c IS NULL)""",
    "money comes back some days after it was asked for, when the order says so": """
        FROM (FROM events SELECT order_id,
                  min("timestamp") FILTER (event = 'Return Requested') AS asked,
                  min("timestamp") FILTER (event = 'Order Refunded') AS back,
                  any_value("properties.total") FILTER (event = 'Order Refunded') AS total
              WHERE event IN ('Return Requested', 'Order Refunded') GROUP BY 1)
        JOIN orders USING (order_id)
        WHERE asked IS NULL OR back - asked < INTERVAL 1 HOUR OR back - asked > INTERVAL 14 DAY
           OR back <> closed_at OR total <> refunded""",
    "an inviter has come before the invited": """
        FROM (FROM events SELECT "context.inviter" AS inviter, min("timestamp") AS came
              WHERE "context.inviter" IS NOT NULL GROUP BY ALL)
        JOIN (FROM orders SELECT customer_id, min(placed_at) AS placed GROUP BY 1)
        ON inviter = customer_id WHERE placed > came""",
    "nothing looks like a phone": """
        FROM events WHERE regexp_matches(messageId || ' ' || person || ' ' ||
        coalesce(visit, '') || ' ' || coalesce("context.inviter", ''),
        '(^| )1[3-9][0-9]{9}( |$)')""",
    "nothing happens outside the shop's life": """
        FROM events WHERE "timestamp" < '2023-01-02 00:00:00+08'
        OR "timestamp" >= '2025-01-01 00:00:00+08'""",
    "a search finds nothing just where the word is not among the shop's": f"""
        FROM events WHERE event = 'Products Searched'
        AND ("properties.results" = 0) <> ("properties.query" IN {MISSING})""",
}  # fmt: skip


@pytest.mark.parametrize("law", CASES)
def test_law_of_the_events(made, law):
    wrong = made.rows(f"SELECT COLUMNS(*)::VARCHAR FROM (SELECT * {CASES[law]} LIMIT 5)")
    assert wrong == []


def test_the_truth_counts_the_events_that_are_written(made):
    told = dict(made.rows("SELECT coalesce(event, name), count(*) FROM events GROUP BY 1"))
    assert {name: rows for name, rows in made.truth["events"].items() if rows} == told
    assert set(made.truth["events"]) == set(told), "a shop of this size has events of every name"


def test_so_many_visitors_come_as_were_asked_for_and_none_of_them_has_an_account(made):
    of_nobody = made.value(
        "SELECT count(*) FROM (SELECT person FROM events GROUP BY 1 HAVING max(userId) IS NULL)"
    )
    assert of_nobody == CUSTOMERS * VISITORS
    assert made.value("SELECT count(DISTINCT userId) FROM events") == CUSTOMERS


def test_a_world_may_have_other_sources_and_nothing_to_read(tmp_path):
    plain = WORLDS["plain"]
    world = replace(
        plain,
        channels=(Channel("门店", 1.0, 0.0, 0.0, ""),),
        browsing=replace(plain.browsing, articles=(), questions=()),
    )
    simulate(tmp_path / "shop", world=world, customers=100, days=200, events="all")
    truth = json.loads((tmp_path / "shop" / "truth" / "events.json").read_text("utf-8"))
    assert [one["source"] for one in truth["line"]] == ["门店"]
    assert truth["content"]["articles"] == truth["questions"] == []
    assert truth["events"]["Article"] == truth["events"]["Question Asked"] == 0
    assert truth["events"]["Order Completed"] > 0


def test_without_visitors_everybody_orders(tmp_path):
    simulate(tmp_path / "shop", customers=200, days=200, events="all", visitors=0)
    line = json.loads((tmp_path / "shop" / "truth" / "events.json").read_text("utf-8"))["line"]
    assert sum(one["seen"] for one in line) == 200


def test_customers_have_about_fifty_events_each(made):
    """A bound of the volume: two and a half times what the way to orders alone would be."""
    own = made.value(
        "SELECT count(*) FROM events WHERE person IN"
        " (SELECT person FROM events WHERE userId IS NOT NULL)"
    )
    assert 40 < own / CUSTOMERS < 70


def test_the_line_of_each_source_is_what_the_events_say(made):
    """Seen, followed, installed, opened, first and second order, each after the one before it."""
    first_source: dict[str, str] = {}
    steps: dict[str, list[tuple[Any, str]]] = defaultdict(list)
    for person, at, what, source in made.rows(
        'SELECT person, epoch_ms("timestamp"), what, source FROM events ORDER BY messageId'
    ):
        if source is not None:
            first_source.setdefault(person, source)
        if what in LINE_EVENTS:
            steps[person].append((at, what))
    for person, at in made.rows("SELECT person, epoch_ms(placed_at) FROM bought WHERE lasting"):
        steps[person].append((at, "order"))
    names = ("seen", *LINE_EVENTS, "first_order", "second_order")
    wanted = (*LINE_EVENTS, "order", "order")
    found = {one["source"]: dict.fromkeys(names, 0) for one in made.truth["line"]}
    for person, source in first_source.items():
        reached = 0
        for _, what in sorted(steps[person]):
            if reached < len(wanted) and what == wanted[reached]:
                reached += 1
        for name in names[: 1 + reached]:
            found[source][name] += 1
    for one in made.truth["line"]:
        assert found[one["source"]] == {name: one[name] for name in names}


def test_the_source_with_the_most_visits_brings_the_least_of_them_to_an_order(made):
    line = {one["source"]: one for one in made.truth["line"]}
    share = {name: one["buyers"] / one["seen"] for name, one in line.items()}
    most = max(line, key=lambda name: line[name]["seen"])
    assert most == "信息流广告" == min(share, key=lambda name: share[name])
    assert share["老客推荐"] > 3 * share[most]
    # And further along the line, too.
    opened = {name: one["Application Opened"] / one["seen"] for name, one in line.items()}
    assert opened["老客推荐"] > 4 * opened[most]


def test_the_first_touch_of_a_customer_is_the_source_of_the_first_order(made):
    agree = made.rows(
        """
        SELECT first = source, count(*) FROM (
            SELECT person, arg_min(source, "timestamp") FILTER (source IS NOT NULL) AS first
            FROM events GROUP BY person)
        JOIN (SELECT person, arg_min(source, placed_at) AS source FROM bought GROUP BY person)
        USING (person) GROUP BY 1
        """
    )
    assert agree == [(True, CUSTOMERS)]


def test_orders_have_several_touches_so_that_models_of_attribution_differ(made):
    touches = made.rows(
        """
        WITH numbered AS (
            SELECT *, lag(placed_at) OVER (PARTITION BY person ORDER BY placed_at) AS before
            FROM bought WHERE lasting
        )
        SELECT numbered.order_id, arg_min(visits.source, ends), arg_max(visits.source, ends),
               count(DISTINCT visits.source)
        FROM numbered JOIN visits USING (person)
        WHERE visits.source IS NOT NULL AND ends <= placed_at + INTERVAL 10 MINUTE
          AND begins <= placed_at AND begins > coalesce(before, TIMESTAMPTZ '2000-01-01')
          AND begins >= placed_at - INTERVAL 30 DAY
        GROUP BY 1
        """
    )
    assert sum(several > 1 for *_, several in touches) > 0.2 * len(touches)
    for place, model in ((1, "first"), (2, "last")):
        for one in made.truth["touches"]["orders"]:
            found = sum(touch[place] == one["source"] for touch in touches)
            assert found == pytest.approx(one[model], rel=0.02, abs=3), (model, one)
    first, last = (
        {one["source"]: one[model] for one in made.truth["touches"]["orders"]}
        for model in ("first", "last")
    )
    assert last["搜索广告"] > 1.1 * first["搜索广告"]
    assert last["直播"] < 0.95 * first["直播"]
    assert first["短信"] > 0


def compared(made: MadeEvents, path: str, stage: str) -> tuple[int, int, int, int]:
    """Visits with the article and an order after it, with and none, without and one, neither."""
    more = "so_far >= 3" if stage == "more" else f"so_far = {STAGES.index(stage)}"
    told = dict(
        made.rows(
            f"SELECT list_contains(pages, '{path}')::INT * 2 + follows::INT, count(*)"
            f" FROM visits WHERE {more} GROUP BY 1"
        )
    )
    return told.get(3, 0), told.get(2, 0), told.get(1, 0), told.get(0, 0)


def test_an_article_that_raises_the_odds_of_an_order_is_told_from_those_that_do_not(made):
    """Log odds ratios lie within three standard errors of the truth (Woolf's formula)."""
    for article in made.truth["content"]["articles"]:
        for stage, truth in article["by_orders_so_far"].items():
            a, b, c, d = compared(made, article["path"], stage)
            assert a + b == pytest.approx(truth["visits_with"], rel=0.01, abs=3)
            assert a / (a + b) == pytest.approx(truth["chance_with"], abs=0.02)
            error = sqrt(1 / a + 1 / b + 1 / c + 1 / d)
            # The odds of all visits stand in for those without it, which are a little lower.
            assert abs(log(a * d / b / c) - log(truth["factor"])) < 3 * error + 0.12, article
    guide = made.truth["content"]["articles"][0]["by_orders_so_far"]
    assert guide["none"]["chance_with"] > 1.5 * guide["none"]["chance_without"]
    assert guide["one"]["chance_with"] > 1.3 * guide["one"]["chance_without"]


def test_an_article_that_good_customers_read_looks_good_until_stages_are_told_apart(made):
    path = "/articles/member-stories"
    by_stage = [compared(made, path, stage) for stage in STAGES]
    a, b, c, d = (sum(one) for one in zip(*by_stage, strict=True))
    assert a / (a + b) > 1.3 * c / (c + d)
    for a, b, c, d in by_stage:
        spread = sqrt(a * b / (a + b) ** 3 + c * d / (c + d) ** 3)
        assert abs(a / (a + b) - c / (c + d)) < 3.5 * spread


def test_questions_without_a_page_are_always_asked_and_those_with_one_less(made):
    for one in made.truth["questions"]:
        asked = made.value(
            "SELECT count(DISTINCT visit) FROM events WHERE event = 'Question Asked'"
            f" AND \"properties.question\" = '{one['question']}'"
        )
        answered = made.value(
            "SELECT count(*) FROM events WHERE name = 'Answer'"
            f" AND \"properties.question\" = '{one['question']}'"
        )
        assert asked == one["asked"]
        assert one["asked"] + one["answered_by_page"] == one["came_up"]
        assert (answered > 0) == one["has_page"] == (one["answered_by_page"] > 0)
        if one["has_page"]:
            # Found by 0.7, of whom 0.8 do not ask any more: 0.56.
            spread = sqrt(0.56 * 0.44 / one["came_up"])
            share = one["answered_by_page"] / one["came_up"]
            assert share == pytest.approx(0.56, abs=3 * spread)


def test_effort_is_what_the_events_say(made):
    effort = made.truth["effort"]
    told = {
        "visits": "SELECT count(*) FROM visits",
        "visits_with_an_order": "SELECT count(order_id) FROM visits",
        "searches": "SELECT count(*) FROM events WHERE event = 'Products Searched'",
        "searches_without_result": 'SELECT count(*) FROM events WHERE "properties.results" = 0',
        "carts": "SELECT count(*) FROM visits WHERE adds",
        "checkouts": "SELECT count(*) FROM events WHERE event = 'Checkout Started'",
        "refunds": "SELECT count(*) FROM events WHERE event = 'Order Refunded'",
    }
    assert {name: made.value(sql) for name, sql in told.items()} == {
        name: effort[name] for name in told
    }
    left = made.value("SELECT count(*) FROM visits WHERE adds AND NOT follows AND order_id IS NULL")
    assert left == pytest.approx(effort["carts_without_an_order"], rel=0.01)
    assert 0.2 < left / effort["carts"] < 0.6
    days = made.value(
        """
        SELECT avg(epoch(back - asked)) / 86400 FROM (
            SELECT min("timestamp") FILTER (event = 'Return Requested') AS asked,
                   min("timestamp") FILTER (event = 'Order Refunded') AS back
            FROM events WHERE event IN ('Return Requested', 'Order Refunded') GROUP BY order_id)
        """
    )
    assert days == pytest.approx(effort["refund_days"], abs=0.01)


def test_lists_load_slowly_and_who_waits_or_finds_nothing_looks_at_less(made):
    load = dict(
        made.rows(
            """
            SELECT split_part(split_part("context.page.url", 'shop.example', 2), '/', 2),
                   median("properties.load_ms")
            FROM events WHERE event = 'Page Loaded' GROUP BY 1
            """
        )
    )
    assert load[""] == pytest.approx(900, rel=0.1)
    assert load["lists"] == pytest.approx(2600, rel=0.1)
    assert load["products"] == pytest.approx(1300, rel=0.1)
    looked = {
        name: made.value(
            f"""
            SELECT avg(adds::INT) FROM (
                SELECT visit, bool_or({what}) AS hard, bool_or(event = 'Product Added') AS adds,
                       bool_or(event = 'Order Completed') AS orders
                FROM events WHERE visit IS NOT NULL GROUP BY visit)
            WHERE NOT orders AND hard = {hard}
            """
        )
        for name, what, hard in (
            ("slow", '"properties.load_ms" > 4000', True),
            ("fast", '"properties.load_ms" > 4000', False),
            ("nothing", '"properties.results" = 0', True),
            ("something", '"properties.results" > 0', True),
        )
    }
    assert looked["slow"] < 0.75 * looked["fast"]
    assert looked["nothing"] < 0.75 * looked["something"]
