"""Passwords: twelve characters at least, and none that is tried first."""

from __future__ import annotations

import pytest

from regulars.access.passwords import check_password, hash_password, is_right
from regulars.errors import AccessInvalid


@pytest.mark.parametrize(
    "password",
    [
        "", "short", "elevenchars", "x" * 257,
        "aaaaaaaaaaaa", "abababababab", "1111222233334444",
        "123456789012", "998877665544332211", "qwertyuiopas", "poiuytrewq0987", "1qaz2wsx3edc",
        "abcdefghijklm", "asdfghjklzxc",
        "password1234", "Password-2026!", "passw0rd2345", "P4ssw0rd1234", "welcome20262026",
        "admin1234567", "passwordpassword", "iloveyou1314", "woaini5201314", "regulars2026!",
        "liwei-liwei-liwei", "LiWei1234567", "li.wei.2026.11",
        "teahouse1234", "Tea House Tea House",
    ],
)  # fmt: skip
def test_a_password_that_is_guessed_first_is_refused_with_a_word(password: str):
    with pytest.raises(AccessInvalid) as told:
        check_password(password, "liwei", "Tea House")
    assert told.value.todo
    assert not password or password not in str(told.value), "what was typed is not told again"


@pytest.mark.parametrize(
    "password",
    [
        "harbour violet nine teapots",
        "kT9#vLq2!xZp",
        "春江潮水连海平海上明月共潮生",
        "passwords are harbours",
    ],
)
def test_a_password_that_nobody_would_try_is_taken(password: str):
    check_password(password, "liwei", "Tea House")


def test_the_shops_name_in_chinese_is_known_too():
    with pytest.raises(AccessInvalid, match="shop"):
        check_password("老王茶叶店老王茶叶店88", "liwei", "老王茶叶店")


def test_a_password_is_the_same_whichever_way_a_keyboard_composed_it():
    assert is_right(hash_password("caf\u00e9 au lait noir"), "cafe\u0301 au lait noir")


def test_what_is_kept_is_argon2id_by_the_parameters_of_owasp_and_salted():
    one, other = hash_password("the same again"), hash_password("the same again")
    assert one != other
    assert one.startswith("$argon2id$v=19$m=19456,t=2,p=1$")


@pytest.mark.parametrize("kept", ["", "plain", "$argon2id$v=19$m=19456,t=2,p=1$AAAA$AAAA", "$2b$"])
def test_what_is_no_kept_password_opens_nothing(kept: str):
    assert not is_right(kept, kept)
    assert not is_right(kept, "")
