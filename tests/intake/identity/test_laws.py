"""Laws of who is who, for any links in any order and in any batches."""

from __future__ import annotations

import os

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from regulars.intake.identity.link import OPERATOR

from .graphs import Graph, who, word

IDS = [f"{letter}{number}" for letter in "abxuowped" for number in range(3)]
HOW = st.sampled_from(["together"] * 6 + ["alias"])
LINK = st.tuples(
    st.sampled_from(IDS), st.sampled_from(IDS), HOW,
    st.sampled_from([False] * 5 + [True]), st.integers(0, 6), st.sampled_from(["web", "app"]),
)  # fmt: skip
WORD = st.builds(
    word,
    st.sampled_from(IDS),
    st.sampled_from(IDS),
    st.sampled_from(["alias", "apart", "together"]),
    st.integers(0, 6),
)
LINKS = st.lists(LINK, min_size=1, max_size=30)
TOLD = st.lists(st.one_of(LINK, LINK, LINK, LINK, WORD), min_size=1, max_size=30)
SHOP = st.fixed_dictionaries(
    {
        "verified": st.sampled_from([("unionid",), (), ("unionid", "phone"), ("phone", "email")]),
        "runaway_at": st.sampled_from([2, 3, 10]),
    }
)
EXAMPLES = int(os.environ.get("REGULARS_EXAMPLES", "150"))
OFTEN = settings(
    max_examples=EXAMPLES,
    deadline=None,
    derandomize="REGULARS_EXAMPLES" not in os.environ,
    suppress_health_check=[HealthCheck.too_slow],
)
SELDOM = settings(OFTEN, max_examples=EXAMPLES // 8)
"""For those that need a warehouse."""


def ids_of(told) -> list[str]:
    return sorted({one for pair in told for one in pair[:2]})


@OFTEN
@given(TOLD, SHOP, st.data())
def test_neither_order_nor_repeats_change_who_is_who(told, shop, data):
    again = data.draw(st.permutations([*told, *data.draw(st.lists(st.sampled_from(told)))]))
    assert who(again, **shop) == who(told, **shop)


@SELDOM
@given(st.one_of(LINKS, LINKS, TOLD), SHOP, st.data())  # a word makes all anew, links a part
def test_links_taken_in_batches_give_what_all_at_once_give(told, shop, data):
    at_once = Graph(ids_of(told), **shop)
    at_once.take(told)
    again = data.draw(st.permutations([*told, *data.draw(st.lists(st.sampled_from(told)))]))
    in_batches = Graph(ids_of(told), **shop)
    while again:
        size = data.draw(st.integers(1, len(again)))
        in_batches.take(again[:size])
        again = again[size:]
    assert in_batches.tables() == at_once.tables()
    assert in_batches.who() == who(told, **shop)
    in_batches.remake()
    assert in_batches.tables() == at_once.tables()


@OFTEN
@given(TOLD, SHOP, st.data())
def test_numbers_tell_nothing_of_who_is_who(told, shop, data):
    assert who(told, data.draw(st.permutations(ids_of(told))), **shop) == who(told, **shop)


@SELDOM
@given(LINKS, SHOP, st.data())
def test_a_key_may_be_given_its_number_after_its_links(told, shop, data):
    """As a phone that files know beside an account, and an event brings alone later."""
    ids = ids_of(told)
    late = data.draw(st.lists(st.sampled_from(ids), unique=True))
    first = [one for one in ids if one not in late]
    whole = Graph([*first, *late], **shop)
    whole.take(told)
    graph = Graph(first, **shop)
    graph.take(told)
    assert graph.who() == who(told, **shop, numbered=first)
    graph.number(late)
    graph.take([])
    assert graph.tables() == whole.tables()


@OFTEN
@given(LINKS, SHOP, st.data())
def test_what_the_operator_takes_apart_is_as_if_it_had_never_come_together(told, shop, data):
    one, other = data.draw(st.sampled_from([pair[:2] for pair in told]))
    without = [pair for pair in told if {*pair[:2]} != {one, other}]
    assert who([*told, word(one, other, "apart")], IDS, **shop) == who(without, IDS, **shop)


@OFTEN
@given(TOLD, SHOP, st.sampled_from(IDS), st.sampled_from(IDS))
def test_a_join_or_split_taken_back_leaves_what_was_before(told, shop, one, other):
    told = [pair for pair in told if {*pair[:2]} != {one, other} or pair[5] != OPERATOR]
    said = [word(one, other, how, 1000 + at) for at, how in enumerate(["alias", "apart"])]
    back = [*said, word(one, other, "together", 2000)]
    assert who(told + back, IDS, **shop) == who(told, IDS, **shop)
    if not any({*pair[:2]} == {one, other} for pair in told):
        assert who(told + said, IDS, **shop) == who(told, IDS, **shop)


@OFTEN
@given(LINKS, st.sampled_from([2, 3, 10]))
def test_weak_keys_never_join_two_accounts(told, runaway_at):
    weak = [(one, other, "together", False, at, "web") for one, other, _, _, at, _ in told]
    for person in who(weak, verified=(), runaway_at=runaway_at).people:
        assert len([one for one in person if one[0] in "abx"]) <= 1


@OFTEN
@given(LINKS, SHOP)
def test_the_survivor_is_the_strongest_id_and_never_merged_itself(told, shop):
    merged = who(told, **shop).merged
    for one, (survivor, _) in merged.items():
        assert survivor not in merged
        assert (one[0] in "abx") <= (survivor[0] in "abx")
        assert (survivor[0] == "d") <= (one[0] == "d")


@OFTEN
@given(LINKS, LINKS, SHOP)
def test_a_runaway_key_stays_one_whatever_comes_more(told, more, shop):
    def runaways(links) -> set[str]:
        return {one for one, why in who(links, **shop).shared.items() if why == "runaway"}

    assert runaways(told) <= runaways(told + more)


@OFTEN
@given(LINKS, LINKS, SHOP)
def test_other_peoples_links_change_nothing(told, more, shop):
    apart = [(f"{one}'", f"{other}'", *rest) for one, other, *rest in more]
    whole, mine, theirs = who(told + apart, **shop), who(told, **shop), who(apart, **shop)
    assert whole.merged == mine.merged | theirs.merged
    assert whole.shared == mine.shared | theirs.shared
