#!/bin/sh
# Install what tests of browser, paper, TimescaleDB, Redis and PgBouncer need, where that is possible without asking.
set -u

missing=""
command -v chromium >/dev/null 2>&1 || missing="chromium"
browser="${TEST_CHROMIUM:-chromium}"
command -v "$browser" >/dev/null 2>&1 || [ "$browser" = chromium ] || missing="$missing $browser"
command -v chromedriver >/dev/null 2>&1 || missing="$missing chromium-driver"
command -v redis-server >/dev/null 2>&1 || missing="$missing redis-server"
command -v pgbouncer >/dev/null 2>&1 || missing="$missing pgbouncer"
command -v pdftotext >/dev/null 2>&1 || missing="$missing poppler-utils"
command -v fc-list >/dev/null 2>&1 && fc-list :lang=ko | grep -q . || missing="$missing fonts-noto-cjk"

as_root=""
[ "$(id -u)" = 0 ] || as_root="sudo -n"

if [ -n "$missing" ]; then
    if command -v apt-get >/dev/null 2>&1 && $as_root true 2>/dev/null; then
        echo "Installing $missing"
        export DEBIAN_FRONTEND=noninteractive
        # shellcheck disable=SC2086 # a list of packages, split on purpose
        { $as_root apt-get update -qq && $as_root apt-get install -y -qq $missing; } >/dev/null || exit 1
    else
        echo "Tests that need them will be skipped; to run them type: sudo apt-get install $missing"
    fi
fi

modules() {
    [ -d "$1/node_modules" ] || npm ci --prefix "$1" --legacy-peer-deps --no-audit --no-fund --silent
}

if ! command -v npm >/dev/null 2>&1; then
    echo "Tests of TimescaleDB, axe-core and csv-parse will be skipped; to run them type: sudo apt-get install npm"
elif ! { modules tests/support/npm/timescale && modules tests/support/npm/axe \
    && modules tests/support/npm/csv; }; then
    echo "Tests of TimescaleDB, axe-core and csv-parse will be skipped: npm could not install what they need"
fi
