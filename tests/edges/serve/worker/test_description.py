"""The description of the intake routes is true: Schemathesis asks each whatever it allows, and not.

With `REGULARS_EXAMPLES` each route gets so many examples, and every value at its bounds besides.
"""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys

import pytest

from edges.serve.worker.running import basic
from regulars.edges.serve.worker.description import description
from regulars.edges.serve.worker.refusals import PHRASE, STATUS
from regulars.edges.serve.worker.routes import BY_PATH

EXAMPLES = os.environ.get("REGULARS_EXAMPLES", "5")
PHASES = "examples,coverage,fuzzing" if "REGULARS_EXAMPLES" in os.environ else "fuzzing"


def test_every_route_that_is_served_is_described_and_the_other_way_round():
    described = {path for path, one in description()["paths"].items()
                 if one.get("post", {}).get("tags") == ["intake"]}  # fmt: skip
    assert described == {path.rstrip("/") for path in BY_PATH}


def test_every_status_that_is_answered_has_a_phrase():
    assert set(STATUS.values()) <= set(PHRASE)


def test_the_owners_routes_keep_their_place_beside_the_workers():
    owner = {"paths": {"/v1/x": {"get": {}}}, "components": {"schemas": {"X": {}}, "y": {"Z": {}}}}
    told = description(owner)
    assert told["paths"]["/v1/x"] == {"get": {}}
    assert told["components"]["y"] == {"Z": {}}
    assert {"X", "message"} <= set(told["components"]["schemas"])


@pytest.mark.skipif(
    importlib.util.find_spec("schemathesis") is None, reason="schemathesis is not installed"
)
@pytest.mark.parametrize(
    ("tag", "left_out"),
    # The right signature of a made-up webhook cannot be found by trying.
    [("intake", "use_after_free"), ("webhooks", "positive_data_acceptance")],
)
def test_schemathesis_finds_nothing_that_the_description_does_not_say(
    worker, key, tmp_path, tag, left_out
):
    done = subprocess.run(
        [
            sys.executable, "-c", "from schemathesis.cli import schemathesis; schemathesis()",
            "run", f"{worker.address}/openapi.json", "--checks", "all",
            "--exclude-checks", left_out, "--phases", PHASES,
            "--max-examples", EXAMPLES, "--include-tag", tag, "--seed", "1", "--no-color",
            "--header", f"Authorization: {basic(key)}",
        ],
        cwd=tmp_path, capture_output=True, text=True, check=False, timeout=1200,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    assert "passed" in done.stdout
