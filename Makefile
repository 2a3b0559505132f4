# `make help` lists the targets. Everything lives in .venv; nothing else on the machine is touched.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
.DEFAULT_GOAL := help
.PHONY: help demo test lint types imports format lock docs bench soak spark clean

help: ## list the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | awk -F'\t' '{printf "  make %-9s %s\n", $$1, $$2}'

$(VENV)/.demo: requirements/demo.lock pyproject.toml scripts/set_up.sh
	@PYTHON="$(PYTHON)" sh scripts/set_up.sh requirements/demo.lock $@

$(VENV)/.dev: requirements/dev.lock pyproject.toml scripts/set_up.sh
	@PYTHON="$(PYTHON)" sh scripts/set_up.sh requirements/dev.lock $@

# Apache Spark and the client in .venv are one package, so it has an environment of its own inside.
$(VENV)/spark/.spark: requirements/spark.lock pyproject.toml scripts/set_up.sh | $(VENV)/.dev
	@PYTHON="$(PYTHON)" sh scripts/set_up.sh requirements/spark.lock $@ $(VENV)/spark

demo: $(VENV)/.demo ## set up, run the main job on a real year of orders and on a made shop
	@$(BIN)/regulars demo

test: $(VENV)/.dev ## set up and pass all checks: format, lint, types, imports, tests
	@$(MAKE) --no-print-directory lint types imports
	@$(BIN)/pytest -n 2 --dist worksteal

lint: $(VENV)/.dev ## format and lint, changing nothing
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .

types: $(VENV)/.dev ## mypy, strict
	@$(BIN)/mypy

imports: $(VENV)/.dev ## the river's import contracts
	@$(BIN)/lint-imports

format: $(VENV)/.dev ## format and mend what can be mended
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .

docs: $(VENV)/.dev ## write the generated pages of docs/ anew
	@$(BIN)/python scripts/write_docs.py

lock: $(VENV)/.dev ## pin the newest allowed versions, with hashes, for all platforms
	@sh scripts/lock.sh $(BIN)/uv

# Of these `make test` takes some sources, some orders of arrival; with examples they take all.
EVERY := tests/intake/test_every_source.py tests/intake/test_reimport.py tests/intake/identity tests/contract/test_one_order.py tests/insight/test_recommend_offers.py tests/ledger/test_machine.py

soak: $(VENV)/.dev $(VENV)/spark/.spark ## hours: laws, hostile files, kill -9 by the hundred, Spark
	@REGULARS_EXAMPLES=300 $(BIN)/pytest -n 2 --dist worksteal tests/property $(EVERY)
	@$(BIN)/pytest -n 2 --dist worksteal -m long tests
	@$(BIN)/pytest -n 2 --dist worksteal tests/soak/soak_fuzz.py tests/soak/soak_kills.py
	@$(BIN)/pytest -s tests/soak/soak_events.py tests/soak/soak_serve.py tests/soak/soak_throughput.py
	@$(BIN)/pytest -s tests/soak/soak_ledger.py tests/soak/soak_ledger_faults.py tests/soak/soak_planted.py
	@$(BIN)/pytest -s tests/soak/soak_benefits.py
	@$(BIN)/pytest tests/soak/soak_spark.py

spark: $(VENV)/spark/.spark ## set up Apache Spark for `make soak`, 1.6 GB; it needs Java 17 or 21

bench: $(VENV)/.dev ## measure, side by side with the bare engine
	@$(BIN)/python -m benchmarks

clean: ## remove the environment, caches and the demo's shops
	@rm -rf $(VENV) demo demo-made .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis
