"""The command line: a promise of verbs, exit codes, one JSON object, and instant help."""

from __future__ import annotations

import csv
import json
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from command_line import as_json, regulars

ORDERS = "order_id,customer_id,placed_at,product_id,category,paid\n" + "".join(
    f"o{who}-{day},c{who},2026-{1 + day // 28:02d}-{1 + day % 28:02d},p{who % 3},cat{who % 3},"
    f"{10 + who}\n"
    for who in range(40)
    for day in range(who % 5, 170, 9 + who % 25)
)
VERBS = (
    "init", "import", "understand", "people", "plan", "report", "run", "rejects", "rebuild",
    "doctor", "demo", "simulate", "lifetime", "due", "backtest", "recommend",
)  # fmt: skip


@pytest.fixture(scope="module")
def home(tmp_path_factory) -> Path:
    """A home that has gone through the whole job once."""
    folder = tmp_path_factory.mktemp("cli")
    (folder / "orders.csv").write_text(ORDERS)
    result = as_json("--home", folder / "shop", "run", folder / "orders.csv")
    assert {"home", "files", "as_of", "customers", "stages", "date", "actions", "file"} <= set(
        result
    )
    return folder / "shop"


def test_help_names_every_verb_and_loads_nothing_heavy():
    heavy = "duckdb|pyarrow|numpy|pandas|ibis|sqlalchemy|scipy|jinja2|cryptography"
    code = (
        "import sys; import regulars; sys.argv = ['regulars', '--help']\n"
        "try:\n    from regulars.edges.cli import main; main()\n"
        "finally:\n"
        f"    loaded = [m for m in '{heavy}'.split('|') if m in sys.modules]\n"
        "    print('HEAVY', loaded)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert "HEAVY []" in done.stdout, done.stdout + done.stderr
    for verb in VERBS:
        assert f"\n  {verb} " in done.stdout


def test_init_makes_a_commented_home_once(tmp_path):
    assert as_json("init", tmp_path / "shop") == {"home": str(tmp_path / "shop")}
    for name in ("regulars.toml", "playbook.toml", "benefits.toml"):
        assert (tmp_path / "shop" / name).read_text().startswith("#")
    again = regulars("init", tmp_path / "shop", code=1)
    assert again.stderr.startswith("home.invalid: ")
    assert again.stdout == ""


def test_import_carries_what_is_promised(home, tmp_path):
    (report,) = as_json("--home", home, "import", home.parent / "orders.csv")["files"]
    assert set(report) >= {
        "file", "format", "encoding", "rows_read", "accepted", "duplicate", "rejected", "orders",
        "cancelled", "guests", "customers", "gross", "paid", "refunded", "from", "to",
    }  # fmt: skip
    assert (report["accepted"], report["duplicate"]) == (0, report["rows_read"])


def test_understand_carries_what_is_promised(home):
    found = as_json("--home", home, "understand", "--as-of", "2026-05-01")
    assert set(found) >= {"as_of", "customers", "stages", "depth", "warmth", "rfm", "seconds"}
    assert found["as_of"] == "2026-05-01"
    assert sum(found["stages"].values()) == sum(found["depth"].values()) == found["customers"]


def test_people_in_every_format(home, tmp_path):
    rows = as_json("--home", home, "people")["rows"]
    assert len(rows) == 40
    out = tmp_path / "people.csv"
    regulars("--home", home, "people", "--format", "csv", "--out", out)
    with out.open(encoding="utf-8-sig", newline="") as file:
        assert len(list(csv.DictReader(file))) == 40
    regulars("--home", home, "people", "--format", "parquet", "--out", tmp_path / "p.parquet")
    import pyarrow.parquet as pq

    from regulars.people.columns import SCHEMA

    assert pq.read_table(tmp_path / "p.parquet").schema.equals(SCHEMA)
    assert json.loads(regulars("--home", home, "people", "--format", "json").stdout) == rows
    assert "customer_id" in regulars("--home", home, "people").stdout
    refused = regulars("--home", home, "people", "--format", "parquet", code=1)
    assert refused.stderr.startswith("output.failed: ")
    stage = rows[0]["stage"]
    some = as_json("--home", home, "people", "--stage", stage)["rows"]
    assert {row["stage"] for row in some} == {stage}


def test_one_customer_with_everything_known_and_why(home):
    found = as_json("--home", home, "people", "--customer", "c7")
    assert found["rows"][0]["ref"] == "c7"
    assert found["purchases"]
    assert found["history"]
    assert len(found["why"]["en"]) == len(found["why"]["zh"]) >= 5
    text = regulars("--home", home, "people", "--customer", "c7").stdout
    assert "Everything known" in text


def test_plan_carries_what_is_promised_and_exports(home, tmp_path):
    plan = as_json("--home", home, "plan", "--budget", "50")
    assert set(plan) >= {"date", "actions", "held_out", "cost", "budget", "by_play"}
    assert plan["reserved"] <= plan["budget"] == 50
    assert as_json("--home", home, "plan", "--budget", "50") == plan
    out = tmp_path / "plan.csv"
    regulars("--home", home, "plan", "--budget", "50", "--format", "csv", "--out", out)
    with out.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert sum(row["decision"] == "act" for row in rows) == plan["actions"]


def test_report_in_both_languages(home, tmp_path):
    for language in ("zh", "en"):
        file = tmp_path / f"{language}.html"
        assert as_json("--home", home, "report", "--lang", language, "--out", file) == {
            "file": str(file)
        }
        assert f'lang="{language}' in file.read_text()[:2000]


def test_rejects_rebuild_and_doctor(home):
    assert as_json("--home", home, "rejects") == {"rows": []}
    rebuilt = as_json("--home", home, "rebuild")
    assert rebuilt["identical"] is True
    findings = as_json("--home", home, "doctor")["findings"]
    assert {finding["level"] for finding in findings} <= {"ok", "warning"}


def test_the_home_may_come_from_the_environment_or_the_folder(home, monkeypatch):
    monkeypatch.setenv("REGULARS_HOME", str(home))
    assert len(as_json("people")["rows"]) == 40
    monkeypatch.delenv("REGULARS_HOME")
    monkeypatch.chdir(home)
    assert len(as_json("people")["rows"]) == 40


@pytest.mark.parametrize(
    ("arguments", "code", "starts"),
    [
        (["people"], 1, "home.invalid: "),
        (["--home", "HOME", "import", "nowhere.csv"], 1, "intake.unreadable: "),
        (["--home", "HOME", "people", "--stage", "lots"], 1, "value.unknown: "),
        (["--home", "HOME", "people", "--customer", "nobody"], 1, "people.no_such_customer: "),
        (["--home", "HOME", "understand", "--as-of", "yesterday"], 1, "value.unknown: "),
        (["--home", "HOME", "people", "--format", "xml"], 2, "Usage: "),
        (["--home", "HOME", "import"], 2, "Usage: "),
        (["nonsense"], 2, "Usage: "),
        (["--home", "HOME", "plan", "--budget", "-1"], 2, "Usage: "),
    ],
)
def test_errors_are_a_code_and_a_sentence_and_usage_is_2(
    home, tmp_path, monkeypatch, arguments, code, starts
):
    monkeypatch.chdir(tmp_path)
    arguments = [str(home) if one == "HOME" else one for one in arguments]
    done = regulars("--json", *arguments, code=code)
    assert done.stdout == ""
    assert done.stderr.startswith(starts)


def test_a_mistake_in_the_settings_is_told_with_its_line(tmp_path):
    regulars("init", tmp_path / "shop")
    path = tmp_path / "shop" / "regulars.toml"
    text = path.read_text().replace("# margin = 0.3", "margin = 3")
    path.write_text(text)
    line = next(n for n, one in enumerate(text.splitlines(), 1) if one.startswith("margin"))
    done = regulars("--home", tmp_path / "shop", "people", code=1)
    assert f"regulars.toml, line {line}, shop.margin = '3'" in done.stderr


def test_understanding_before_any_orders_says_what_to_do(tmp_path):
    regulars("init", tmp_path / "shop")
    done = regulars("--home", tmp_path / "shop", "understand", code=1)
    assert "regulars import FILE" in done.stderr


def test_whoever_reads_only_the_first_lines_ends_nothing_badly(home):
    command = [sys.executable, "-m", "regulars", "--home", str(home), "people", "--format", "csv"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as running:
        running.stdout.close()
        assert running.stderr.read() == b""
    assert running.returncode in (0, -signal.SIGPIPE)
