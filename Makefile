# Ksys: `make run` shows a living plant, `make test` proves it.
SHELL := /bin/sh
PY := .venv/bin/python
export PIP_DISABLE_PIP_VERSION_CHECK = 1

.PHONY: run test test-fast test-pythons lint fmt bench demo screenshots messages browser clean

run: .venv/run.done
	@exec $(PY) app.py

test: .venv/test.done browser
	@$(PY) -m pytest --cov --cov-report=term:skip-covered $(PYTEST)

test-fast: .venv/test.done
	@$(PY) -m pytest -n 2 -m "not db and not browser" --hypothesis-profile=fast $(PYTEST)

test-pythons: .venv/test.done
	@sh setup/pythons.sh

lint: .venv/test.done
	$(PY) -m ruff check . && $(PY) -m ruff format --check . && $(PY) -m mypy .

fmt: .venv/test.done
	$(PY) -m ruff check --fix . && $(PY) -m ruff format .

bench: .venv/test.done
	@$(PY) -m bench

demo: .venv/run.done
	@$(PY) manage.py demo

screenshots: .venv/test.done browser
	PYTHONPATH=. $(PY) setup/screenshots.py

messages: .venv/run.done
	.venv/bin/pybabel compile --directory locale

clean:
	rm -rf .venv .venvs .pytest_cache .ruff_cache .mypy_cache .hypothesis

.venv/run.done: requirements.txt
	@sh setup/python.sh requirements.txt
	@touch $@

.venv/test.done: requirements.txt requirements-dev.txt .venv/run.done
	@sh setup/python.sh requirements-dev.txt
	@touch $@

browser: .venv/test.done
	@sh setup/browser.sh
