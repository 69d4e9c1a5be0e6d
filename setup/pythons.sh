#!/bin/sh
# Run the fast tests on every Python that Ksys supports and this machine has, each in a venv of its
# own below .venvs/; but not on that of .venv, on which `make test` runs all tests.
set -u

# Print the Python of a version on the path, else the newest of pyenv's; nothing if there is none.
on_machine() {
    for python in "$(command -v "python$1")" \
        $(ls -d "${PYENV_ROOT:-$HOME/.pyenv}/versions/$1".*/bin/"python$1" 2>/dev/null | sort -rV); do
        if [ -x "$python" ] && "$python" -c 'import venv, ensurepip' 2>/dev/null; then
            echo "$python"
            return
        fi
    done
}

is_version() {
    "$1" -c "import sys; sys.exit('%d.%d' % sys.version_info[:2] != '$2')" 2>/dev/null
}

# Make the venv of a version with a Python, where it is not there, and install what tests need.
prepare() {
    rm -f ".venvs/$1/ready"
    is_version ".venvs/$1/bin/python" "$1" || "$2" -m venv --clear ".venvs/$1" || return 1
    ".venvs/$1/bin/python" -m pip install --quiet --no-compile --no-warn-script-location -r requirements-dev.txt
}

failed="" missing="" present=""
for version in 3.11 3.12 3.13; do
    is_version .venv/bin/python $version && continue
    python=$(on_machine $version)
    [ -n "$python" ] || { missing="$missing $version"; continue; }
    present="$present $version"
    # To install is mostly to wait for the network: all do it at once.
    prepare $version "$python" && touch ".venvs/$version/ready" &
done
wait
for version in $present; do
    [ -e ".venvs/$version/ready" ] || { failed="$failed $version"; continue; }
    python=.venvs/$version/bin/python
    echo "== $($python --version), $python: the fast tests"
    # Those of the scripts run in node, those of nginx and Caddy look at what these two do, and those
    # of the house and of what tests need at files and at pytest: whichever Python does.
    fast_tests() {
        $python -m pytest -q -m "not db and not browser" --hypothesis-profile=fast \
            --ignore tests/unit/test_house.py --ignore tests/unit/test_needs.py \
            --ignore tests/unit/test_nginx.py --ignore tests/unit/test_caddy.py \
            --deselect tests/unit/test_scripts.py::test_the_scripts_pass_their_own_tests "$@"
    }
    fast_tests -n 3 || {
        echo "Once more, one at a time, what failed:"
        fast_tests --last-failed --last-failed-no-failures none
    } || failed="$failed $version"
done
[ -z "$missing" ] || echo "Not on this machine, so not tested: Python$missing"
[ -z "$failed" ] || { echo "The fast tests failed on Python$failed" >&2; exit 1; }
