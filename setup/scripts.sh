#!/bin/sh
# Install what checks the scripts of assets/: versions are pinned, nothing of it is shipped.
set -eu
here=tests/support/npm/scripts
[ $here/node_modules/.package-lock.json -nt $here/package-lock.json ] ||
    npm ci --prefix $here --no-audit --no-fund --silent || {
        echo "npm could not install what checks the scripts; npm ci --prefix $here says why" >&2
        exit 1
    }
