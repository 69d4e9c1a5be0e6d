#!/bin/sh
# Pin all that requirements.txt needs, with hashes, for every Python that Ksys supports.
set -eu
.venv/bin/uv pip compile --quiet --no-header --universal --python-version 3.11 --generate-hashes \
    --no-emit-index-url --output-file requirements.lock "$@" requirements.txt
