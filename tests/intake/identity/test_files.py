"""Who is who in files: whose an order is, whatever file came first."""

from __future__ import annotations

import itertools
import os

import numpy as np
import pytest

from regulars.app.rebuild import contents
from regulars.engines.sqlite import SqliteStore
from regulars.engines.store_assignments import SqlAssignments

HEAD = "order_id,customer_id,phone,email,placed_at,paid\n"
ANN = "1,ann,13812345678,ann@mail.com,2026-01-05,10\n"
ANN_BY_PHONE = "2,,13812345678,,2026-02-05,20\n"
ANN_BY_ADDRESS = "3,,13912345678,ann@mail.com,2026-03-05,40\n"
FAMILY = "4,cy,13712345678,,2026-03-07,5\n5,dee,13712345678,,2026-03-08,6\n"
FAMILY_BY_PHONE = "6,,13712345678,,2026-03-09,7\n"


def spent(shop) -> dict[str, float]:
    """What each customer has paid, by the customer's own number as it is shown."""
    shop.understand()
    return {row["ref"]: float(row["monetary"]) for row in shop.people().to_pylist()}


ALL = [ANN, ANN_BY_PHONE, ANN_BY_ADDRESS, FAMILY, FAMILY_BY_PHONE]


def test_an_account_its_phone_and_its_address_are_one_customer(shop, put):
    shop.import_files(put("a.csv", HEAD + "".join(ALL)))
    # ann: 10 + 20 + 40; the family's phone is neither cy's nor dee's, so its order stands alone.
    assert spent(shop) == {"ann": 70, "cy": 5, "dee": 6, "137****5678": 7}
    (ann,) = [row for row in shop.people().to_pylist() if row["ref"] == "ann"]
    assert (ann["orders"], ann["phone"], ann["email"]) == (3, "138****5678", "a***@mail.com")


# All 120 of them with `make soak`.
@pytest.mark.parametrize(
    "order",
    list(itertools.permutations(range(5)))[:: 1 if "REGULARS_EXAMPLES" in os.environ else 23],
)
def test_files_in_any_order_give_the_same_customers(shop, put, order):
    for place in order:
        shop.import_files(put(f"{place}.csv", HEAD + ALL[place]))
    assert spent(shop) == {"ann": 70, "cy": 5, "dee": 6, "137****5678": 7}


def test_the_number_that_is_merged_still_finds_its_customer(shop, put):
    shop.import_files(put("a.csv", HEAD + ANN_BY_PHONE), put("b.csv", HEAD + ANN))
    shop.understand()
    for name in ("1", "2", "c:1", "ann", "138 1234 5678", "Ann@mail.com"):
        found = shop.customer(name)
        assert found.row["ref"].to_pylist() == ["ann"], name
    # Her address came beside her account only, and has no number of its own.
    assert "customer 2 by now" in " ".join(shop.customer("1").why_en)
    assert "by now" not in " ".join(shop.customer("ann").why_en)


def test_every_id_is_told_with_its_reason_and_masked(shop, put):
    shop.import_files(put("a.csv", HEAD + "".join(ALL)))
    person = shop.identity("13912345678")
    assert [(row["id"], row["why"]) for row in person.ids.to_pylist()] == [
        ("ann", None),
        ("138****5678", "key"),
        ("139****5678", "key"),
    ]
    (shared,) = shop.identity("cy").shared.to_pylist()
    assert (shared["id"], shared["why"], shared["others"]) == ("137****5678", "shared", 2)
    assert "1371" not in str(shop.shared_keys().to_pylist())


def test_a_verified_phone_joins_the_accounts_of_the_family(shop, put):
    settings = shop.home.folder / "regulars.toml"
    shop.import_files(put("a.csv", HEAD + "".join(ALL)))
    assert spent(shop)["cy"] == 5
    text = settings.read_text()
    settings.write_text(text.replace('# verified = ["unionid"]', 'verified = ["phone"]'))
    assert settings.read_text() != text
    shop.close()
    with type(shop)(shop.home.folder) as again:
        assert spent(again) == {"ann": 70, "cy": 18}


def test_the_operators_words_are_durable_and_undone_by_words(shop, put):
    shop.import_files(put("a.csv", HEAD + "".join(ALL)))
    before = spent(shop)
    assert len(set(shop.identity_join("cy", "dee").customers)) == 1
    # With one person behind it the phone is no longer shared: its order is theirs too.
    assert spent(shop) == {"ann": 70, "cy": 18}
    assert shop.rebuild().identical
    assert len(set(shop.identity_split("cy", "dee").customers)) == 2
    assert spent(shop) == before
    shop.identity_split("ann", "13812345678")
    assert spent(shop)["138****5678"] == 20
    shop.identity_join("ann", "13812345678")
    assert spent(shop) == before
    assert shop.rebuild().identical


def test_a_split_cuts_no_more_than_it_must(shop, put):
    """ann's address stays ann's; only the phone that was given with it leaves."""
    shop.import_files(put("a.csv", HEAD + ANN + ANN_BY_ADDRESS))
    assert shop.identity_split("ann", "13912345678").words == 1
    assert spent(shop) == {"ann": 10, "139****5678": 40}


def test_words_on_nobody_or_on_one_customer_are_refused_in_words(shop, put):
    from regulars.errors import NoSuchCustomer, UnknownValue

    shop.import_files(put("a.csv", HEAD + ANN + ANN_BY_PHONE))
    with pytest.raises(NoSuchCustomer, match="No customer has the id 'zoe'"):
        shop.identity("zoe")
    with pytest.raises(UnknownValue, match="one customer already"):
        shop.identity_join("ann", "2")
    with pytest.raises(UnknownValue, match="not two ids of one customer"):
        shop.identity_split("ann", "ann")


def test_what_the_warehouse_kept_of_it_is_made_again_from_landing(shop, put):
    shop.import_files(put("a.csv", HEAD + "".join(ALL)))
    shop.understand()
    shop.identity_join("cy", "dee")
    shop.understand()
    before = contents(shop.warehouse)
    shop.close()
    shop.home.warehouse.unlink()
    shop.understand()
    assert contents(shop.warehouse) == before


def test_a_customer_with_a_treated_and_a_held_out_number_is_held_out_from_then_on(shop, put):
    """Both records stay as they were drawn; taken apart again, each goes by its own."""
    rows = [
        f"{number},c{number},,,2024-0{1 + number % 3}-{1 + number % 27:02d},{10 + number}\n"
        for number in range(1, 401)
    ]
    shop.import_files(put("a.csv", HEAD + "".join([*rows, "999,late,,,2026-05-30,10\n"])))
    decided, play = _decided(shop)
    held = next(one for one in decided if decided[one] == "hold_out")
    globally = next(one for one in decided if decided[one] == "global_hold_out")
    first, second = [one for one in decided if decided[one] == "act" and play[one] == play[held]][
        :2
    ]
    records = _records(shop)
    shop.identity_join(first, held)
    shop.identity_join(second, globally)
    later, play_later = _decided(shop)
    shown = {one: shop.customer(one).row["ref"][0].as_py() for one in (held, globally)}
    assert play_later[shown[held]] == play[held]  # lost for long, whoever they are
    assert later[shown[held]] == "hold_out"
    assert later[shown[globally]] == "global_hold_out"
    assert len(later) == len(decided) - 2
    assert records.items() <= _records(shop).items()
    shop.identity_split(first, held)
    shop.identity_split(second, globally)
    assert _decided(shop)[0] == decided


def _decided(shop) -> tuple[dict[str, str], dict[str, str]]:
    """The decision and the play of each customer of a plan, by the shop's number."""
    table = shop.plan("2026-06-01", budget=1_000_000).table.sort_by("ref")
    refs = table["ref"].to_pylist()
    return tuple(
        dict(zip(refs, table[name].to_pylist(), strict=True)) for name in ("decision", "play")
    )


def _records(shop) -> dict[tuple[str, int], bool]:
    with SqliteStore.open(shop.home.store) as store:
        book = SqlAssignments(store)
        tests = [f"global:{epoch[0]}" for epoch in book.epochs()]
        tests += [f"play:{play.test_name}" for play in _plays(shop)]
        return {
            (test, int(number)): bool(held)
            for test in tests
            for number, held in zip(*book.arms(test), strict=True)
        }


def _plays(shop):
    from regulars.campaign.playbook import read_playbook

    return read_playbook(shop.home.playbook).active


def test_arms_of_merged_numbers_are_any_of_theirs():
    from regulars.permission.assignment import Merged, Recorded

    merged = Merged(np.array([4, 9]), np.array([9 - 7, 1]))
    arms = Recorded(np.array([1, 2, 3, 4, 9]), np.array([False, True, True, False, False]))
    found = merged.one_customer_each(arms)
    assert dict(zip(found.customer_ids.tolist(), found.held_out.tolist(), strict=True)) == {
        1: False,
        2: True,
        3: True,
    }
