#!/bin/sh
# Make .venv with a Python that Ksys runs on, and install the requirements file given.
set -eu

suitable() {
    "$1" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' 2>/dev/null
}

find_python() {
    for name in python3.13 python3.12 python3.11 python3 python; do
        if command -v "$name" >/dev/null 2>&1 && suitable "$name"; then
            echo "$name"
            return
        fi
    done
    echo "Ksys needs Python 3.11, 3.12 or 3.13 and found none; install one (Debian, Ubuntu: apt install python3 python3-venv) and try again." >&2
    exit 1
}

if ! [ -x .venv/bin/python ] || ! suitable .venv/bin/python; then
    python=$(find_python)
    if ! "$python" -c 'import venv, ensurepip' 2>/dev/null; then
        echo "$python has no venv module; install it (Debian, Ubuntu: apt install python3-venv) and try again." >&2
        exit 1
    fi
    rm -rf .venv
    "$python" -m venv .venv
fi
echo "Installing $1 into .venv"
.venv/bin/python -m pip install --quiet --no-warn-script-location -r "$1"
