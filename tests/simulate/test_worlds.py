"""Each world does what its name says: in its truth exactly, in its files within chance."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from regulars.simulate import WORLDS, simulate
from regulars.simulate.worlds import Campaigns

SE = 3.5
"""Standard errors that a difference of arms may be off, in some thirty comparisons of this file."""


def effects(shop) -> dict[str, tuple[float, float, float]]:
    """Per offer, over all campaigns: arm less hold-out in the files, its error, and the truth.

    The truth is that of the customers in the arm. Customers are in several campaigns; what comes
    after depends on what came before, but each comparison is random given that, so errors add up.
    """
    rows = shop.columns(
        "SELECT arm, count(*) AS n, avg(ordered::INT) AS share FROM outcomes GROUP BY 1"
    )
    by_arm = {
        arm: (n, share) for arm, n, share in zip(rows["arm"], rows["n"], rows["share"], strict=True)
    }
    truth = shop.columns(
        "SELECT offer, avg(chance_with - chance_without) AS effect FROM truth_responses GROUP BY 1"
    )
    n_out, out = by_arm["hold_out"]
    found = {}
    for offer, effect in zip(truth["offer"], truth["effect"], strict=True):
        n, share = by_arm[offer]
        error = np.sqrt(share * (1 - share) / n + out * (1 - out) / n_out)
        found[offer] = (share - out, error, effect)
    return found


@pytest.mark.parametrize("world", WORLDS)
def test_arms_differ_by_the_true_effect(shop_of, world):
    for offer, (difference, error, effect) in effects(shop_of(world)).items():
        assert abs(difference - effect) < SE * error, f"{offer}: {difference} is not {effect}"


@pytest.mark.parametrize("world", WORLDS)
def test_the_world_file_tells_the_effects_of_its_rows(shop_of, world):
    shop = shop_of(world)
    rows = shop.columns(
        "SELECT campaign_id, offer, avg(chance_with - chance_without) AS effect,"
        " avg(incremental_profit) AS profit, count(*) AS n FROM truth_responses GROUP BY ALL"
    )
    campaigns = {one["campaign_id"]: one for one in shop.made.campaigns}
    for name, offer, effect, profit, n in zip(*rows.values(), strict=True):
        assert campaigns[name]["audience"] == n
        assert campaigns[name]["effect"][offer] == pytest.approx(effect, abs=1e-6)
        assert campaigns[name]["profit"][offer] == pytest.approx(profit, abs=1e-4)


def test_the_chance_without_is_the_share_of_the_hold_out_that_orders(shop_of):
    """By tenths of the true chance, in all worlds of this file together."""
    squares, bins = 0.0, 0
    for world in ("plain", "seasonal", "festival"):
        rows = shop_of(world).columns(
            "SELECT least(floor(chance_without * 10), 9) AS tenth, count(*) AS n,"
            " avg(ordered::INT) AS found, avg(chance_without) AS told,"
            " sum(chance_without * (1 - chance_without)) AS variance"
            " FROM outcomes JOIN truth_responses USING (campaign_id, customer_id)"
            " WHERE outcomes.arm = 'hold_out' AND offer = 'message' GROUP BY 1"
        )
        z = (rows["found"] - rows["told"]) * rows["n"] / np.sqrt(rows["variance"])
        squares, bins = squares + float((z**2).sum()), bins + len(z)
    assert bins == 30
    # Chi-squared with 30 degrees: 59.7 is exceeded once in a thousand.
    assert squares < 59.7


PROFIT = """
    -- Earned in the horizon by every customer of an audience: goods kept less their cost, and the
    -- message. The last campaign is left out: refunds of its orders would come after the end.
    WITH earned AS (
        SELECT order_id, sum(CASE WHEN status = 'cancelled' OR paid = 0 THEN 0
            ELSE (gross - shop_discount - quantity * cost)
                 * (1 - least(refunded / (paid - shipping), 1)) END)::DOUBLE AS profit
        FROM orders JOIN products USING (product_id) GROUP BY 1
    ),
    each AS (
        SELECT campaign_id, audience.customer_id, arm,
               coalesce(sum(profit), 0)
               - any_value(CASE arm WHEN 'hold_out' THEN 0 ELSE message_cost END)::DOUBLE AS profit
        FROM assignments AS audience JOIN campaigns USING (campaign_id)
        LEFT JOIN placed ON placed.customer_id = audience.customer_id
                        AND day >= starts AND day < ends
        LEFT JOIN earned USING (order_id)
        WHERE ends < '2024-12-01'
        GROUP BY campaign_id, audience.customer_id, arm
    )
    SELECT arm, count(*) AS n, avg(profit) AS mean, stddev(profit) AS spread FROM each GROUP BY 1
"""


@pytest.mark.parametrize("world", WORLDS)
def test_arms_earn_the_true_incremental_profit(shop_of, world):
    shop = shop_of(world)
    rows = shop.columns(PROFIT)
    arms = {arm: row for arm, *row in zip(*rows.values(), strict=True)}
    truth = shop.columns(
        "SELECT offer, avg(incremental_profit) AS profit FROM truth_responses"
        " JOIN campaigns USING (campaign_id) WHERE ends < '2024-12-01' GROUP BY 1"
    )
    n_out, out, spread_out = arms["hold_out"]
    for offer, profit in zip(truth["offer"], truth["profit"], strict=True):
        n, mean, spread = arms[offer]
        error = np.sqrt(spread**2 / n + spread_out**2 / n_out)
        assert abs(mean - out - profit) < SE * error, f"{offer}: {mean - out} is not {profit}"


def test_what_annoyed_customers_would_have_bought_is_told(tmp_path, open_shop):
    """Where every message drives its reader away, its truth is minus what the hold-out earns.

    The formula behind the truth is good to three percent.
    """
    away = tuple(
        replace(one, message=0.0, coupon=0.0, annoyance=1.0) for one in WORLDS["plain"].responses
    )
    world = replace(
        WORLDS["plain"],
        responses=away,
        campaigns=Campaigns(hold_out=0.96, message_cost=0.0, recency=(5, 61)),
    )
    shop = open_shop(simulate(tmp_path / "shop", customers=12_000, world=world, events="none"))
    rows = shop.columns(PROFIT)
    arms = {arm: row for arm, *row in zip(*rows.values(), strict=True)}
    n, earned, spread = arms["hold_out"]
    told = shop.value(
        "SELECT avg(-incremental_profit / annoyance) FROM truth_responses"
        " JOIN truth_customers USING (customer_id) JOIN campaigns USING (campaign_id)"
        " WHERE offer = 'message' AND ends < '2024-12-01'"
    )
    assert abs(earned - told) < SE * spread / np.sqrt(n) + 0.03 * told


def test_no_effect_has_none(shop_of):
    shop = shop_of("no_effect")
    wrong = "SELECT count(*) FROM truth_responses WHERE chance_with <> chance_without"
    assert shop.value(wrong) == 0
    assert shop.value("SELECT count(*) FROM truth_customers WHERE left_because = 'message'") == 0
    for campaign in shop.made.campaigns:
        assert campaign["effect"] == {"message": 0, "coupon": 0}
        assert campaign["best_uniform_policy"] == "none"
        # The coupon costs those who would have bought anyway.
        assert campaign["profit"]["coupon"] < campaign["profit"]["message"] < 0


def test_harmful_messages_make_customers_leave(shop_of):
    shop = shop_of("harmful_messages")
    for campaign in shop.made.campaigns:
        assert campaign["effect"]["message"] < campaign["effect"]["coupon"] < 0
        assert campaign["best_uniform_policy"] == "none"
    for difference, error, _ in effects(shop).values():
        assert difference < -SE * error, "the harm shows in the files"
    left = "SELECT count(*) FROM truth_customers WHERE left_because = 'message'"
    assert shop.value(left) > 5 * shop_of("plain").value(left) > 0


def test_a_coupon_for_all_is_best(shop_of):
    for campaign in shop_of("coupon_for_all_is_best").made.campaigns:
        policies = campaign["policies"]
        assert campaign["best_uniform_policy"] == "coupon_to_all"
        assert policies["coupon_to_all"] > 0.995 * policies["best_for_each"] > 0
        assert campaign["best_for_each"]["coupon"] > 0.98 * campaign["audience"]


def test_two_sided_effects_cancel_and_choosing_pays(shop_of):
    shop = shop_of("two_sided")
    for campaign in shop.made.campaigns:
        assert abs(campaign["effect"]["message"]) < 0.02
        assert campaign["policies"]["message_to_all"] <= 0 < campaign["policies"]["best_for_each"]
    mean = shop.value(
        "SELECT avg(chance_with - chance_without) FROM truth_responses WHERE offer = 'message'"
    )
    spread = shop.value(
        "SELECT stddev(chance_with - chance_without) FROM truth_responses WHERE offer = 'message'"
    )
    assert abs(mean) < 0.01
    assert spread > 0.1
    shares = shop.columns(
        'SELECT "group", count(*) / sum(count(*)) OVER () AS share FROM truth_responses'
        " WHERE offer = 'message' GROUP BY 1"
    )
    share = dict(zip(shares["group"], shares["share"], strict=True))
    assert share["persuadable"] > 0.2
    assert share["sleeping_dog"] > 0.03


def test_festivals_pull_purchases_together(shop_of):
    festival, plain = shop_of("festival").made.totals, shop_of("plain").made.totals
    # 618 and Double 11 are 32 of 365 days.
    assert 0.08 < plain["festival_share"] < 0.11
    assert 0.30 < festival["festival_share"] < 0.50
    per_day = (
        "SELECT count(*) FILTER (day BETWEEN '{0}' AND '{1}') / (DATE '{1}' - DATE '{0}' + 1)"
        " FROM placed"
    )
    shop = shop_of("festival")
    calm = shop.value(per_day.format("2024-03-20", "2024-04-30"))
    during = shop.value(per_day.format("2024-06-01", "2024-06-20"))
    after = shop.value(per_day.format("2024-06-21", "2024-07-10"))
    assert during > 3 * calm
    assert after < 0.8 * calm, "what was bought early is not bought again"


def test_bargain_hunters_buy_at_festivals_only(shop_of):
    shop = shop_of("festival")
    rows = shop.columns(
        """
        SELECT kind = 'bargain_hunter' AS hunter,
               avg((strftime(day, '%m%d') BETWEEN '0601' AND '0620'
                    OR strftime(day, '%m%d') BETWEEN '1031' AND '1111')::INT) AS at_festivals,
               count(*) AS n
        FROM placed JOIN truth_customers USING (customer_id)
        GROUP BY 1 ORDER BY 1
        """
    )
    others, hunters = rows["at_festivals"]
    assert rows["n"][1] > 3_000
    # Campaigns bring a few of them at other times.
    assert hunters > 0.93
    assert others < 0.4


def amplitude(shop, category: str) -> tuple[float, float]:
    """Amplitude and peak (day of the year) of a category's share of later orders, by regression.

    The share is taken of all lines of the day; the categories' peaks are spread over the year, so
    that all lines together have next to no season.
    """
    rows = shop.columns(
        f"""
        WITH later AS (
            -- Not the first orders, since new customers come without a season.
            SELECT placed_at, category FROM orders JOIN
                (SELECT customer_id, min(placed_at) AS first FROM placed GROUP BY 1)
            USING (customer_id)
            WHERE placed_at > first AND placed_at::DATE > (SELECT min(day) + 364 FROM placed)
        )
        SELECT dayofyear(placed_at::DATE) AS day, count(*) FILTER (category = '{category}') AS n,
               count(*) AS of FROM later GROUP BY 1
        """
    )
    angle = 2 * np.pi * rows["day"] / 365.25
    terms = np.stack([np.ones(len(angle)), np.cos(angle), np.sin(angle)], axis=1)
    weight = rows["of"][:, None]
    level, cosine, sine = np.linalg.lstsq(terms * weight, rows["n"], rcond=None)[0]
    peak = np.arctan2(sine, cosine) / (2 * np.pi) * 365.25 % 365.25
    return float(np.hypot(cosine, sine) / level), float(peak)


def test_seasons_are_those_of_the_world(shop_of):
    shop, world = shop_of("seasonal"), WORLDS["seasonal"]
    # Categories for all households; the few with a baby or a pet are too noisy by day.
    for category in world.categories[:9]:
        found, peak = amplitude(shop, category.zh)
        assert 0.45 < found < 0.85, category.name
        off = abs(peak - category.peak) % 365.25
        assert min(off, 365.25 - off) < 21, f"{category.name} peaks at {peak:.0f}"
    calm, _ = amplitude(shop_of("plain"), "牛奶冲饮")
    assert calm < 0.25
