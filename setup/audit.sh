#!/bin/sh
# Ask the databases of PyPI and OSV for known weaknesses of all that requirements.lock names (or the
# file given). Where neither could be asked of every package, that is a failure.
set -eu
lock=${1:-requirements.lock}
for service in pypi osv; do
    echo "Asking $service of $lock"
    .venv/bin/pip-audit --strict --require-hashes --disable-pip --progress-spinner off \
        --vulnerability-service "$service" -r "$lock"
done
