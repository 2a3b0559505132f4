"""What is declared of pictures and metrics is there."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path

import pytest

from regulars.insight.catalogue import PICTURES
from regulars.kernel.metric import METRICS
from regulars.kernel.metrics import DEFINITIONS

CHECKOUT = Path(__file__).parents[2]


@pytest.mark.parametrize("name", PICTURES)
def test_a_picture_is_drawn_by_what_it_names_and_shows_known_metrics(name: str) -> None:
    declared = PICTURES[name]
    module, function = declared.draws.split(":")
    assert callable(getattr(import_module(module), function))
    for table in declared.tables:
        assert set(table.metrics.values()) <= set(METRICS)
    assert declared.question.endswith("?")
    assert declared.question_zh.endswith("？")


def test_every_metric_of_a_picture_names_the_test_that_holds_its_golden_number() -> None:
    shown = {
        key
        for declared in PICTURES.values()
        for table in declared.tables
        for key in table.metrics.values()
    }
    without = [key for key in sorted(shown) if not METRICS[key].golden]
    assert not without


@pytest.mark.parametrize("key", [key for key, metric in METRICS.items() if metric.golden])
def test_the_golden_test_of_a_metric_exists(key: str) -> None:
    file, _, name = METRICS[key].golden.partition("::")
    assert f"def {name}(" in (CHECKOUT / file).read_text("utf-8")


@pytest.mark.parametrize("name", PICTURES)
def test_shop_has_a_method_for_the_picture_and_both_readmes_name_it(name: str) -> None:
    from regulars import Shop

    assert callable(getattr(Shop, name.replace("-", "_")))
    for readme in ("README.md", "README.zh.md"):
        assert f"`{name}" in (CHECKOUT / readme).read_text("utf-8")


def test_no_two_metrics_have_one_key() -> None:
    keys = [definition["key"] for definition in DEFINITIONS]
    assert not [key for key in set(keys) if keys.count(key) > 1]
