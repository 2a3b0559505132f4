"""Who is one person, in families written by hand."""

from __future__ import annotations

import pytest

from .graphs import link_of, together, who, word


def people(told, **settings) -> set[frozenset[str]]:
    return who(told, **settings).people


def test_all_keys_of_one_account_are_one_person():
    found = who(together("a1 p1", "a1 e1", "a1 d1", "a1 o1"))
    assert found.merged == {
        "p1": ("a1", "key"),
        "e1": ("a1", "key"),
        "o1": ("a1", "key"),
        "d1": ("a1", "device"),
    }
    assert found.shared == {}


def test_a_phone_that_a_family_shares_joins_nobody_and_is_told():
    """Two accounts on one phone stay two; a guest order by that phone is a third customer."""
    found = who(together("a1 p1", "a2 p1", "a1 d1", "a2 d2", "p1 d3"))
    assert found.people == {
        frozenset({"a1", "d1"}),
        frozenset({"a2", "d2"}),
        frozenset({"p1", "d3"}),
    }
    assert found.shared == {"p1": "shared"}


def test_a_phone_that_the_shop_takes_for_verified_joins_its_accounts():
    told = together("a1 p1", "a2 p1", "b1 p1")
    assert people(told) == set()
    assert people(told, verified=("phone",)) == {frozenset({"a1", "a2", "b1", "p1"})}


def test_so_does_one_of_which_the_links_themselves_say_so():
    verified = [link_of(one, "p1", verified=True) for one in ("a1", "a2")]
    guess = link_of("a3", "p1", at=1)
    assert people([*verified, guess]) == {frozenset({"a1", "a2", "p1"})}


def test_a_device_of_an_internet_cafe_goes_to_nobody():
    told = together(*(f"a{number} d1" for number in range(11)))
    assert who(told).shared == {"d1": "runaway"}
    assert people(told) == set()
    assert who(told[:10]).merged == {"d1": ("a0", "device")}  # ten are not too many


def test_a_device_goes_to_the_account_with_which_it_was_seen_first():
    found = who(together("a2 d1", "a1 d1"))
    assert found.merged == {"d1": ("a2", "device")}
    assert found.shared == {"d1": "device"}


def test_an_account_outdoes_an_address_that_the_device_knew_before():
    """A newsletter first, a login later: what the visitor did belongs to the account."""
    assert who(together("e1 d1", "a1 d1")).merged == {"d1": ("a1", "device")}


def test_a_device_joins_no_keys():
    """Somebody signs up for the newsletter on a friend's computer."""
    assert people(together("a1 d1", "e1 d1")) == {frozenset({"a1", "d1"})}


def test_zeros_that_a_clerk_types_for_everyone_are_cut_off_even_where_phones_are_verified():
    told = together(*(f"a{number} p0" for number in range(12)), "a1 p1", "a2 p1")
    found = who(told, verified=("phone",))
    assert found.shared == {"p0": "runaway"}
    assert found.people == {frozenset({"a1", "a2", "p1"})}


def test_a_unionid_joins_the_openids_of_two_apps_and_the_accounts_that_have_it():
    told = together("a1 u1", "a1 o1", "b1 u1", "b1 w1", "u1 o1", "u1 w1")
    assert people(told) == {frozenset({"a1", "b1", "u1", "o1", "w1"})}
    assert people(told, verified=()) == {frozenset({"a1", "o1"}), frozenset({"b1", "w1"})}


def test_a_guest_order_by_phone_and_the_account_with_its_address_are_one_where_that_is_clear():
    assert people(together("a1 e1", "p1 e1")) == {frozenset({"a1", "e1", "p1"})}


def test_an_address_goes_to_its_account_even_if_a_guests_order_named_it_too():
    """p1 was ordered with by two people's addresses, so it is neither's."""
    found = who(together("a1 e1", "a2 e2", "p1 e1", "p1 e2"))
    assert found.people == {frozenset({"a1", "e1"}), frozenset({"a2", "e2"})}
    assert found.shared == {"p1": "shared"}


def test_guests_who_gave_one_phone_are_one_customer_with_their_addresses():
    assert people(together("p1 e1", "p1 e2")) == {frozenset({"p1", "e1", "e2"})}


def test_an_address_given_with_two_phones_is_neithers():
    found = who(together("p1 e1", "p2 e1"))
    assert (found.people, found.shared) == (set(), {"e1": "shared"})


def test_an_address_used_as_an_account_number_counts_as_an_account():
    """A household: two people log in by their addresses and order to one phone."""
    found = who(together("e1 p1", "e2 p1"))
    assert (found.people, found.shared) == (set(), {"p1": "shared"})
    assert people(together("e1 p1")) == {frozenset({"e1", "p1"})}


def test_unless_an_account_with_a_number_of_its_own_has_that_address():
    assert people(together("e1 p1", "a1 e1")) == {frozenset({"a1", "e1", "p1"})}
    assert people(together("e1 p1", "a1 e1", "a2 e1")) == {frozenset({"e1", "p1"})}


def test_the_clients_alias_joins_two_accounts_and_gives_a_device_away():
    joined = [link_of("a1", "a2", "alias"), link_of("a1", "d1", "alias", at=9)]
    assert people([*joined, *together("a3 d1")]) == {frozenset({"a1", "a2", "d1"})}


def test_a_device_aliased_to_two_accounts_does_not_join_them():
    told = [link_of("a1", "d1", "alias", at=1), link_of("a2", "d1", "alias", at=2)]
    assert people(told) == {frozenset({"a1", "d1"})}


def test_an_account_that_a_program_aliases_to_everyone_joins_nobody():
    told = [link_of(f"a{number}", "a0", "alias") for number in range(1, 12)]
    found = who(told)
    assert (found.people, found.shared) == (set(), {"a0": "runaway"})
    assert len(people(told[:10])) == 1


@pytest.mark.parametrize("one", ["a1", "e1", "d1"])
@pytest.mark.parametrize("other", ["a2", "p2", "d2"])
def test_the_operator_joins_whatever_there_is_and_parts_it_again(one, other):
    joined = [word(one, other, "alias", 1)]
    assert people(joined) == {frozenset({one, other})}
    assert people([*joined, word(other, one, "apart", 2)]) == set()
    assert people([*joined, word(other, one, "apart", 0)]) == {frozenset({one, other})}


def test_what_the_operator_parted_stays_apart_however_often_clients_say_it_again():
    told = [*together("a1 p1"), word("a1", "p1", "apart", 5), link_of("a1", "p1", at=9)]
    assert people(told) == set()
    assert people([*told, word("a1", "p1", "together", 10)]) == {frozenset({"a1", "p1"})}


def test_the_survivor_is_the_strongest_then_the_first_seen():
    alias = [link_of("a2", "a1", "alias", at=5)]
    assert who([*alias, link_of("a1", "e1", at=3)]).merged["a2"] == ("a1", "alias")
    assert who([*alias, link_of("a2", "e1", at=3)]).merged["a1"] == ("a2", "alias")
    assert who(together("e1 d1")).merged == {"d1": ("e1", "device")}


def test_only_an_id_with_a_number_can_survive():
    """Files give a phone beside an account no number; here the operator joined two of the rest."""
    told = [word("p1", "e1", "alias"), word("p1", "d1", "alias")]
    assert who(told, numbered=["e1", "d1"]).merged == {"d1": ("e1", "operator")}


def test_a_line_of_guests_keys_is_followed_only_so_far():
    """Each two came together once; who stands at the far end may be anybody."""
    line = [f"p{number} e{number}" for number in range(9)]
    line += [f"p{number} e{number + 1}" for number in range(9)]
    found = people([*together("a1 e0"), *together(*line)])
    assert frozenset({"a1", "e0", "p0", "e1", "p1"}) in found
