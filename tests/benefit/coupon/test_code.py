"""Codes: hard to guess, read however they are written, kept as a hash."""

from __future__ import annotations

import os
from collections import Counter
from hashlib import blake2b

from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import chisquare

from regulars.benefit.coupon.code import (
    ALPHABET,
    BITS,
    digest_of_code,
    new_code,
    new_codes,
    normalise,
    wrong_code,
)
from regulars.intake.vault import Vault

EXAMPLES = int(os.environ.get("REGULARS_EXAMPLES", "200"))


def a_hash(namespace: str, text: str) -> str:
    return blake2b(f"{namespace}\0{text}".encode(), digest_size=16).hexdigest()


def test_a_code_has_80_random_bits_at_least():
    assert BITS == 90
    assert len(ALPHABET) == len(set(ALPHABET)) == 32
    letters = Counter("".join(code.replace("-", "") for code in new_codes(2_000)))
    assert set(letters) == set(ALPHABET)
    assert sum(letters.values()) == 2_000 * 18
    assert chisquare(list(letters.values())).pvalue > 1e-6


def test_codes_made_together_are_all_different_and_grouped():
    codes = new_codes(1_000)
    assert len(set(codes)) == 1_000
    assert all([len(part) for part in code.split("-")] == [6, 6, 6] for code in codes)


@settings(max_examples=EXAMPLES, deadline=None)
@given(st.data())
def test_however_a_code_is_written_it_is_the_same_code(data):
    code = new_code()
    plain = code.replace("-", "")
    change = st.sampled_from((
        lambda letter: letter,
        str.lower,
        lambda letter: {"0": "O", "1": "l"}.get(letter, letter),
        lambda letter: {"0": "o", "1": "I"}.get(letter, letter),
        lambda letter: chr(ord(letter) + 0xFEE0),  # full-width
    ))  # fmt: skip
    gap = st.sampled_from(("", "", " ", "-", "－", "\u3000"))
    text = "".join(data.draw(gap) + data.draw(change)(letter) for letter in plain)
    assert normalise(text) == plain
    assert digest_of_code(text, a_hash) == digest_of_code(code, a_hash)


@settings(max_examples=EXAMPLES, deadline=None)
@given(st.text(max_size=200))
def test_whatever_is_typed_is_hashed_and_normalising_twice_is_as_once(text):
    assert normalise(normalise(text)) == normalise(text)
    assert len(digest_of_code(text, a_hash)) == 32


@settings(max_examples=EXAMPLES, deadline=None)
@given(st.text(ALPHABET, min_size=18, max_size=18), st.text(ALPHABET, min_size=18, max_size=18))
def test_different_codes_stay_different(one, other):
    assert (normalise(one) == normalise(other)) == (one == other)


def test_the_vaults_hash_needs_its_key(tmp_path):
    code = new_code()
    with Vault.open(tmp_path / "a", make=True) as one, Vault.open(tmp_path / "b", make=True) as two:
        found = digest_of_code(code, one.lookup)
        assert found == digest_of_code(code.lower(), one.lookup)
        assert found != digest_of_code(code, two.lookup)
        assert code.replace("-", "").lower() not in found


def test_the_answer_to_a_wrong_code_names_no_place():
    assert wrong_code().as_dict()["where"] == {}
