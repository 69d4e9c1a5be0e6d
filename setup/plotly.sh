#!/bin/sh
# Bring the part of plotly.js that draws our charts, where npm is: without it the whole one does.
set -u
here=setup/plotly
command -v npm >/dev/null 2>&1 || exit 0
[ $here/node_modules/.package-lock.json -nt $here/package-lock.json ] ||
    npm ci --prefix $here --no-audit --no-fund --silent ||
    echo "npm could not bring the small plotly.js, so the whole one draws; npm ci --prefix $here says why" >&2
exit 0
