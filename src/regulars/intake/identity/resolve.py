"""Who is one person: a pure function of the set of links, whatever their order and repeats.

Ids are nodes, what came together is a link. From strong to weak:

1. what the operator joined or split holds;
2. a key or device that too many share is cut off: it joins nothing (*runaway*);
3. *firm* joins: an alias between two accounts, or a verified key between the accounts that have it;
4. a phone or e-mail address belongs to the one group that its accounts name, else to the one that
   its neighbours name, nearest first; where several are named it stays by itself (*shared*);
5. a device belongs to the account with which it was seen first.

So two accounts are never joined by a weak key. A phone or address that stands in the place of an
account number (`one` of a link to a key at least as strong, see `ids.decider`) counts as an account
unless an account number of its own claims it.

All steps look at neighbours only. The answer for a connected part of the graph depends on nothing
outside it, which is what lets `live` work on the part that was touched.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from regulars.intake.identity.ids import (
    ACCOUNT_STRENGTH,
    ANONYMOUS_STRENGTH,
    EMAIL_STRENGTH,
    NAMED_STRENGTH,
    OPENID_STRENGTH,
    ORDER_STRENGTH,
    PHONE_STRENGTH,
    UNIONID_STRENGTH,
    VERIFIED_STRENGTH,
)

Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]
Small = NDArray[np.int8]

NEVER = np.iinfo(np.int64).max
"""The instant of a link that tells none."""
_HOPS = 4
"""A key further than so many links from whoever might claim it stays by itself."""
_WEAK = (UNIONID_STRENGTH, VERIFIED_STRENGTH, OPENID_STRENGTH, PHONE_STRENGTH, EMAIL_STRENGTH)


class How(IntEnum):
    """What a link says of its two ids."""

    TOGETHER = 0
    ALIAS = 1
    APART = 2


class Why(IntEnum):
    """Why an id is one of its survivor's."""

    NONE = 0
    OPERATOR = 1
    ALIAS = 2
    VERIFIED = 3
    KEY = 4
    DEVICE = 5


class Share(IntEnum):
    """What follows for a key that several share.

    RUNAWAY and SHARED join nothing, a DEVICE goes to the account that came first.
    """

    RUNAWAY = 0
    SHARED = 1
    DEVICE = 2


@dataclass(frozen=True, slots=True)
class Nodes:
    """The ids of a graph.

    Attributes:
        strength: of the namespace (`ids.strength`).
        text: a sum of the id's text; decides where nothing else does.
        verified: whether the shop takes keys of the namespace for verified.
        numbered: whether it has a customer number: only such a one can be a survivor. A phone that
            came beside an account number in a file has none.
        runaway: of which it is known already that too many share them.
    """

    strength: Small
    text: NDArray[np.uint64]
    verified: Flags
    numbered: Flags
    runaway: Flags | None = None


@dataclass(frozen=True, slots=True)
class Links:
    """Links between nodes by their places; `at` in microseconds or NEVER, `how` of `How`."""

    one: Ints
    other: Ints
    how: Small
    verified: Flags
    operator: Flags
    at: Ints


@dataclass(frozen=True, slots=True)
class Resolved:
    """Who is who.

    Attributes:
        survivor: by node, the place of the node under which its person is known.
        why: by node, why it is one of that person's (`Why`); NONE for survivors.
        since: by node, when that came to be; NEVER if no link tells.
        shared, share: nodes that several share, and what follows (`Share`).
    """

    survivor: Ints
    why: Small
    since: Ints
    shared: Ints
    share: Small


@dataclass(frozen=True, slots=True)
class _Pairs:
    """What all links of two nodes say together; `low` < `high`."""

    low: Ints
    high: Ints
    at: Ints
    alias: Flags
    verified: Flags
    low_led: Flags
    """Some link leads from low to high."""
    high_led: Flags
    joined: Flags
    """The operator's word."""

    def only(self, kept: Flags) -> _Pairs:
        return _Pairs(*(getattr(self, name)[kept] for name in self.__slots__))


def resolve(nodes: Nodes, links: Links, runaway_at: int) -> Resolved:
    """Who is one person.

    Args:
        nodes: the ids.
        links: what came together, in any order, repeats allowed.
        runaway_at: a key that more than so many share is nobody's.
    """
    count = len(nodes.strength)
    pairs = _pairs(links, count)
    power = _power(nodes, pairs)
    sharers = _sharers(nodes, pairs)
    cut = (sharers > runaway_at) & (power < ORDER_STRENGTH)
    if nodes.runaway is not None:
        cut |= nodes.runaway
    names = _alias_names(nodes, pairs)
    hubs = names > runaway_at
    is_cut = (cut[pairs.low] | cut[pairs.high]) & ~pairs.joined
    if hubs.any():
        is_hub = hubs[pairs.low] | hubs[pairs.high]
        is_cut |= pairs.alias & is_hub & ~pairs.joined
    pairs = pairs.only(~is_cut) if is_cut.any() else pairs
    forest = _Forest(power)
    forest.join_firmly(nodes, pairs)
    forest.claim_keys(pairs)
    forest.claim_devices(nodes, pairs)
    survivor = _survivors(forest.labels(), power, nodes, pairs)
    moved = survivor != np.arange(count)
    runaways = np.flatnonzero(cut | hubs)
    contested = np.flatnonzero(forest.contested[forest.cluster] & ~cut)
    family = np.flatnonzero((forest.accounts[forest.cluster] > 1) & ~cut)
    return Resolved(
        survivor=survivor,
        why=np.where(moved, forest.why, Why.NONE).astype(np.int8),
        since=np.where(moved, forest.since, NEVER),
        shared=np.concatenate((runaways, contested, family)),
        share=np.repeat(
            np.array([Share.RUNAWAY, Share.SHARED, Share.DEVICE], np.int8),
            (len(runaways), len(contested), len(family)),
        ),
    )


def _pairs(links: Links, count: int) -> _Pairs:
    """The links pair by pair, with the operator's latest word on each."""
    is_word = links.operator | (links.how == How.APART)
    low, high = np.minimum(links.one, links.other), np.maximum(links.one, links.other)
    code = low * count + high
    usable = ~is_word & (low != high)
    apart = joined = np.empty(0, np.int64)
    joined_at = np.empty(0, np.int64)
    if is_word.any():
        # The latest holds; TOGETHER takes both other words back.
        said = np.flatnonzero(is_word & (low != high))
        said = said[np.lexsort((links.how[said], links.at[said], code[said]))]
        last = said[np.append(code[said][1:] != code[said][:-1], True)[: len(said)]]
        apart = code[last[links.how[last] == How.APART]]
        is_joined = last[links.how[last] == How.ALIAS]
        joined, joined_at = code[is_joined], links.at[is_joined]
        usable &= ~np.isin(code, apart)
    code, at = code[usable], links.at[usable]
    alias, verified = links.how[usable] == How.ALIAS, links.verified[usable]
    led = links.one[usable] < links.other[usable]
    low_led, high_led = led, ~led
    if not (code[1:] > code[:-1]).all():
        order = np.argsort(code)
        code = code[order]
        starts = np.flatnonzero(np.append(True, code[1:] != code[:-1])[: len(code)])
        code = code[starts]
        at = np.minimum.reduceat(at[order], starts)
        alias, verified, low_led, high_led = (
            np.logical_or.reduceat(one[order], starts)
            for one in (alias, verified, low_led, high_led)
        )
    is_joined_too = np.isin(code, joined) if len(joined) else np.zeros(len(code), np.bool_)
    if len(joined):
        only_said = ~np.isin(joined, code)
        more = int(only_said.sum())
        nothing = np.zeros(more, np.bool_)
        code = np.concatenate((code, joined[only_said]))
        at = np.concatenate((at, joined_at[only_said]))
        alias, verified, low_led, high_led = (
            np.concatenate((one, nothing)) for one in (alias, verified, low_led, high_led)
        )
        is_joined_too = np.concatenate((is_joined_too, ~nothing))
    safe = max(count, 1)
    return _Pairs(code // safe, code % safe, at, alias, verified, low_led, high_led, is_joined_too)


def _is_contact(strength: Small) -> Flags:
    contact: Flags = (strength == PHONE_STRENGTH) | (strength == EMAIL_STRENGTH)
    return contact


def _power(nodes: Nodes, pairs: _Pairs) -> Small:
    """The strength of each node, with what the links tell of it."""
    power = nodes.strength.copy()
    contact = _is_contact(power)
    strength = nodes.strength
    verified = contact & nodes.verified
    for end in (pairs.low, pairs.high):
        verified[end[pairs.verified]] |= contact[end[pairs.verified]]
    power[verified] = VERIFIED_STRENGTH
    for one, other, led in (
        (pairs.low, pairs.high, pairs.low_led),
        (pairs.high, pairs.low, pairs.high_led),
    ):
        named = one[led & contact[one] & (strength[other] >= strength[one]) & ~pairs.alias]
        power[named] = NAMED_STRENGTH
    return power


def _sharers(nodes: Nodes, pairs: _Pairs) -> Ints:
    """By how many others each node was brought along; a phone also by how many addresses it has."""
    strength, count = nodes.strength, len(nodes.strength)
    is_phone, is_email = strength == PHONE_STRENGTH, strength == EMAIL_STRENGTH
    told = np.zeros(count, np.int64)
    for one, other, led in (
        (pairs.low, pairs.high, pairs.low_led),
        (pairs.high, pairs.low, pairs.high_led),
    ):
        brought = led & (strength[one] != ANONYMOUS_STRENGTH)
        brought |= is_email[one] & is_phone[other]
        told += np.bincount(other[brought], minlength=count)
    return told


def _alias_names(nodes: Nodes, pairs: _Pairs) -> Ints:
    """By how many other accounts' numbers clients call each account.

    Too many are a program's mistake and not a person.
    """
    accounts = nodes.strength == ACCOUNT_STRENGTH
    both = pairs.alias & accounts[pairs.low] & accounts[pairs.high]
    ends = np.concatenate((pairs.low[both], pairs.high[both]))
    return np.bincount(ends, minlength=len(accounts)).astype(np.int64)


class _Forest:
    """Nodes on their way to groups: first clusters (firm joins), then groups of clusters."""

    def __init__(self, power: Small) -> None:
        count = len(power)
        self.power = power
        self.cluster = np.arange(count)
        self.best = power.copy()
        """The strongest power of a cluster, at its representative."""
        self.group = np.full(count, -1, np.int64)
        """By cluster, the cluster that claims it."""
        self.contested = np.zeros(count, np.bool_)
        self.accounts = np.zeros(count, np.int64)
        """By device, how many accounts it was seen with."""
        self.why = np.zeros(count, np.int8)
        self.since = np.full(count, NEVER, np.int64)
        # Of those that are claimed: the lowest and highest group that wants it, and since when.
        self._lowest = np.full(count, NEVER, np.int64)
        self._highest = np.full(count, -1, np.int64)
        self._since = np.full(count, NEVER, np.int64)

    def labels(self) -> Ints:
        """By node, its group."""
        return self.group[self.cluster]

    def join_firmly(self, nodes: Nodes, pairs: _Pairs) -> None:
        """Step 3: clusters of what the operator, an alias or a verified key joins."""
        low, high, power = pairs.low, pairs.high, self.power
        device = power == ANONYMOUS_STRENGTH
        alias = pairs.alias & (device[low] == device[high])
        verified = _verified(nodes, pairs, power)
        firm = pairs.joined | alias | verified
        if not firm.any():
            return
        for kind, why in (
            (verified, Why.VERIFIED),
            (alias, Why.ALIAS),
            (pairs.joined, Why.OPERATOR),
        ):
            self.why[low[kind]] = self.why[high[kind]] = why
        at = pairs.at[firm]
        ends, places = np.unique(np.concatenate((low[firm], high[firm])), return_inverse=True)
        half = len(places) // 2
        np.minimum.at(self.since, low[firm], at)
        np.minimum.at(self.since, high[firm], at)
        graph = coo_array(
            (np.ones(half, np.int8), (places[:half], places[half:])), (len(ends), len(ends))
        )
        parts, part = connected_components(graph, directed=False)
        first = np.full(parts, NEVER, np.int64)
        np.minimum.at(first, part, ends)
        self.cluster[ends] = first[part]
        np.maximum.at(self.best, self.cluster[ends], power[ends])

    def claim_keys(self, pairs: _Pairs) -> None:
        """Step 4: phones, addresses and their like go to the one group that is named."""
        clusters = self.cluster == np.arange(len(self.cluster))
        best, group = self.best, self.group
        one, other = self.cluster[pairs.low], self.cluster[pairs.high]
        devices = best == ANONYMOUS_STRENGTH
        weak = (one != other) & ~devices[one] & ~devices[other]
        weak &= (best[one] < ORDER_STRENGTH) | (best[other] < ORDER_STRENGTH)
        edges = _Edges(one[weak], other[weak], pairs.at[weak])
        accounts = np.flatnonzero(clusters & (best >= ORDER_STRENGTH))
        group[accounts] = accounts
        # A number that is a phone or address is weaker than one of its own, and no link between.
        named = clusters & (best == NAMED_STRENGTH)
        self._claim(edges, named)
        named &= group < 0
        group[named] = np.flatnonzero(named)
        edges = self._spread(edges)
        for power in _WEAK:
            fresh = clusters & (best == power) & (group < 0)
            if fresh.any():
                group[fresh] = np.flatnonzero(fresh)
                edges = self._spread(edges)

    def _spread(self, edges: _Edges) -> _Edges:
        """Neighbours of neighbours, until nobody more is claimed."""
        for _ in range(_HOPS):
            edges = edges.open(self.group)
            if not len(edges.one) or not self._claim(edges, None):
                break
        return edges

    def _claim(self, edges: _Edges, among: Flags | None) -> bool:
        """One step: clusters that all claimed neighbours want for one group; if there are any."""
        group = self.group
        free = (group < 0) & ~self.contested
        if among is not None:
            free &= among
        target, source, at = edges.towards(group, free)
        if not len(target):
            return False
        wanted = group[source]
        lowest, highest, since = self._lowest, self._highest, self._since
        np.minimum.at(lowest, target, wanted)
        np.maximum.at(highest, target, wanted)
        np.minimum.at(since, target, at)
        same = lowest[target] == highest[target]
        self.contested[target[~same]] = True
        claimed = np.flatnonzero((group < 0) & (highest >= 0) & ~self.contested)
        group[claimed] = lowest[claimed]
        self._explain(claimed, Why.KEY, since[claimed])
        return bool(len(claimed))

    def claim_devices(self, nodes: Nodes, pairs: _Pairs) -> None:
        """Step 5: a device goes to the account with which it was seen first."""
        clusters = np.flatnonzero(
            (self.cluster == np.arange(len(self.cluster))) & (self.best == ANONYMOUS_STRENGTH)
        )
        self.group[clusters] = clusters
        is_device = self.best[self.cluster] == ANONYMOUS_STRENGTH
        mixed = is_device[pairs.low] != is_device[pairs.high]
        if not mixed.any():
            return
        low, high = pairs.low[mixed], pairs.high[mixed]
        swap = is_device[high]
        device = self.cluster[np.where(swap, high, low)]
        person = np.where(swap, low, high)
        wanted, at = self.group[self.cluster[person]], pairs.at[mixed]
        account = self.best[wanted] >= NAMED_STRENGTH
        # Most devices have one link; only the others need an order.
        several = np.bincount(device, minlength=len(self.group))[device] > 1
        once, many = np.flatnonzero(~several), np.flatnonzero(several)
        order = many[
            np.lexsort(
                (
                    nodes.text[person[many]],
                    at[many],
                    ~account[many],
                    ~pairs.alias[mixed][many],
                    device[many],
                )
            )
        ]
        is_first = np.append(True, device[order][1:] != device[order][:-1])[: len(order)]
        first = np.concatenate((once, order[is_first]))
        self.group[device[first]] = wanted[first]
        self._explain(device[first], Why.DEVICE, at[first])
        # How many accounts each was seen with, for the report.
        known = many[account[many]]
        met = np.unique(device[known] * len(self.group) + wanted[known]) // len(self.group)
        self.accounts += np.bincount(met, minlength=len(self.accounts))

    def _explain(self, clusters: Ints, why: Why, since: Ints) -> None:
        bare = self.why[clusters] == Why.NONE
        self.why[clusters[bare]] = why
        self.since[clusters[bare]] = since[bare]


@dataclass(frozen=True, slots=True)
class _Edges:
    """Links between clusters that may still pass a claim on."""

    one: Ints
    other: Ints
    at: Ints

    def open(self, group: Ints) -> _Edges:
        """Those of which an end is not claimed yet."""
        kept = (group[self.one] < 0) | (group[self.other] < 0)
        return _Edges(self.one[kept], self.other[kept], self.at[kept])

    def towards(self, group: Ints, free: Flags) -> tuple[Ints, Ints, Ints]:
        """Target, source and time of the links from a claimed cluster to a free one."""
        held = group >= 0
        out = held[self.one] & free[self.other]
        back = held[self.other] & free[self.one]
        return (
            np.concatenate((self.other[out], self.one[back])),
            np.concatenate((self.one[out], self.other[back])),
            np.concatenate((self.at[out], self.at[back])),
        )


def _verified(nodes: Nodes, pairs: _Pairs, power: Small) -> Flags:
    """Which pairs are a verified key and an account, or two verified keys, of one person."""
    found = np.zeros(len(pairs.low), np.bool_)
    for key, owner in ((pairs.low, pairs.high), (pairs.high, pairs.low)):
        is_key = nodes.verified[key] | (
            pairs.verified & (nodes.strength[key] < ORDER_STRENGTH) & (power[key] > 1)
        )
        owns = (power[owner] >= NAMED_STRENGTH) | nodes.verified[owner]
        owns |= (nodes.strength[key] == UNIONID_STRENGTH) & (power[owner] == OPENID_STRENGTH)
        found |= is_key & owns
    return found


def _survivors(labels: Ints, power: Small, nodes: Nodes, pairs: _Pairs) -> Ints:
    """By node, the strongest of its group; then the first seen; then by text."""
    count = len(labels)
    survivor = np.arange(count)
    sizes = np.bincount(labels, minlength=count)
    members = np.flatnonzero(sizes[labels] > 1)
    if not len(members):
        return survivor
    rank = np.where(nodes.numbered, -power, 1).astype(np.int8)
    best = np.full(count, 2, np.int8)
    np.minimum.at(best, labels[members], rank[members])
    leading = members[rank[members] == best[labels[members]]]
    # Most groups have one strongest id; only the others need an order.
    alone = np.bincount(labels[leading], minlength=count)[labels[leading]] == 1
    first, equal = leading[alone], leading[~alone]
    if len(equal):
        seen = np.full(count, NEVER, np.int64)
        np.minimum.at(seen, pairs.low, pairs.at)
        np.minimum.at(seen, pairs.high, pairs.at)
        equal = equal[np.lexsort((nodes.text[equal], seen[equal], labels[equal]))]
        starts = np.append(True, labels[equal][1:] != labels[equal][:-1])
        first = np.concatenate((first, equal[starts]))
    of_label = np.empty(count, np.int64)
    of_label[labels[first]] = first
    survivor[members] = of_label[labels[members]]
    return survivor
