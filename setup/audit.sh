#!/bin/sh
# Ask the databases of PyPI and OSV for known weaknesses of all that requirements.lock names (or the
# file given). One that cannot be asked, of all packages or of some, is told in a sentence and is a
# failure; the other one is asked all the same.
set -u
lock=${1:-requirements.lock}
packages=$(grep -c '^[^# ].*==' "$lock") || {
    echo "$lock names no package" >&2
    exit 1
}
status=0

told() {
    echo "$*" >&2
    status=1
}

for service in pypi osv; do
    echo "Asking $service of $packages packages of $lock"
    ended=0
    answer=$(.venv/bin/pip-audit --require-hashes --disable-pip --progress-spinner off \
        --vulnerability-service "$service" -r "$lock" 2>&1) || ended=$?
    missing=$(printf '%s\n' "$answer" | grep -c 'could not be audited')
    case $answer in
    *'Found '*' known vulnerabilit'*)
        told "$(printf '%s\n' "$answer" | grep -v 'could not be audited')" ;;
    *)
        if [ "$ended" -ne 0 ]; then
            told "$service could not be asked: $(printf '%s\n' "$answer" | tail -n 1)"
            continue
        fi ;;
    esac
    if [ "$missing" -gt 0 ]; then
        told "$service could not be asked of $missing of $packages packages: nothing is said of them"
    elif [ "$ended" -eq 0 ]; then
        echo "$service names no known weakness of the $packages packages"
    fi
done
exit $status
