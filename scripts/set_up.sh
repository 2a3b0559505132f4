#!/bin/sh
# Makes an environment from a lock with exact versions and hashes. Usage: set_up.sh LOCK STAMP [VENV]
set -eu
lock=$1
stamp=$2
venv=${3:-.venv}
python=${PYTHON:-python3}

if ! command -v "$python" >/dev/null 2>&1; then
    echo "Python 3.11 or newer is needed. Debian: apt-get install python3 python3-venv; macOS: brew install python" >&2
    exit 1
fi
if ! "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))'; then
    echo "Python 3.11 or newer is needed; $python is $("$python" -V 2>&1). Name another one: make PYTHON=python3.12 …" >&2
    exit 1
fi
if ! "$python" -c 'import venv, ensurepip' >/dev/null 2>&1; then
    version=$("$python" -c 'import sys; print("%d.%d" % sys.version_info[:2])')
    echo "Python's venv module is missing. Debian: apt-get install python$version-venv (or python3-venv)" >&2
    exit 1
fi
if [ ! -x "$venv/bin/python" ] || ! "$venv/bin/python" -c '' >/dev/null 2>&1; then
    rm -rf "$venv"
    echo "Making $venv …" >&2
    "$python" -m venv "$venv"
fi
echo "Installing what $lock pins …" >&2
install() {
    "$venv/bin/python" -m pip install --quiet --disable-pip-version-check "$@"
}
# The build tools come first, from their own lock, so that what has no wheel builds with them and
# nothing unpinned is fetched.
install --require-hashes --only-binary :all: -r requirements/build.lock
install --require-hashes --no-build-isolation --prefer-binary -r "$lock"
install --no-deps --no-build-isolation --editable .
touch "$stamp"
