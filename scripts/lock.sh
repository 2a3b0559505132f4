#!/bin/sh
# Pins the newest versions that pyproject.toml allows, with hashes, for Linux and macOS alike.
# Usage: lock.sh UV. The locks name no registry.
set -eu
uv=$1
lock() {
    "$uv" pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header \
        --no-annotate --no-emit-index-url "$@"
}
dev=requirements/dev.lock
lock pyproject.toml --extra demo --extra spark --extra postgres --extra dev --output-file "$dev"
lock pyproject.toml --extra demo --constraint "$dev" --output-file requirements/demo.lock
lock requirements/build.in --constraint "$dev" --output-file requirements/build.lock
lock pyproject.toml requirements/spark.in --constraint "$dev" --output-file requirements/spark.lock
