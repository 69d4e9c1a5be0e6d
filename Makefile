# Ksys: `make run` shows a living plant, `make test` proves it.
SHELL := /bin/sh
PY := .venv/bin/python
export PIP_DISABLE_PIP_VERSION_CHECK = 1
# Images of Python often set it: each site, command and test would compile all of Ksys anew.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: run test coverage test-fast test-js test-pythons lint lint-js fmt bench demo screenshots messages browser clean lock audit licences

run: .venv/run.done
	@exec $(PY) app.py

S := tests/support/npm/scripts
BIN := $(S)/node_modules/.bin
SCRIPTS := "assets/**/*.{js,mjs}" "tests/js/*.mjs"
NO_NODE := the scripts of assets/ are not looked at; install Node 20 (Debian, Ubuntu: apt install nodejs npm)

# Most tests wait for a browser or a server: four at a time keep two cores busy. They come folder by
# folder, else the longest, which are files of one test, would come last.
test: .venv/test.done browser
	@$(PY) -m pytest -n 4 --dist loadfile --no-loadscope-reorder $(PYTEST)

# Counting lines takes time where tests run much code of ours, so it is asked for.
coverage: .venv/test.done browser
	@$(PY) -m pytest -n 4 --dist loadfile --no-loadscope-reorder --cov --cov-report=term:skip-covered $(PYTEST)

test-fast: .venv/test.done
	@$(PY) -m pytest -n 2 -m "not db and not browser" --hypothesis-profile=fast $(PYTEST)

test-pythons: .venv/test.done
	@sh setup/pythons.sh

test-js:
	@if command -v node >/dev/null; then node --test tests/js/; else echo "$(NO_NODE)"; fi

lint: .venv/test.done lint-js
	$(PY) -m ruff check . && $(PY) -m ruff format --check . && $(PY) -m mypy .

lint-js:
	@if ! command -v npm >/dev/null; then echo "$(NO_NODE)"; else \
		sh setup/scripts.sh && $(BIN)/tsc --project $(S)/tsconfig.json \
		&& $(BIN)/eslint --config $(S)/eslint.config.mjs assets tests/js \
		&& $(BIN)/prettier --config $(S)/.prettierrc.json --check $(SCRIPTS); fi

fmt: .venv/test.done
	$(PY) -m ruff check --fix . && $(PY) -m ruff format .
	@if [ -d $(S)/node_modules ]; then \
		$(BIN)/prettier --config $(S)/.prettierrc.json --log-level warn --write $(SCRIPTS); fi

bench: .venv/test.done
	@$(PY) -m bench

demo: .venv/run.done
	@$(PY) manage.py demo

screenshots: .venv/test.done browser
	PYTHONPATH=. $(PY) setup/screenshots.py

messages: .venv/run.done
	@PYTHONPATH=. $(PY) setup/messages.py

lock: .venv/test.done
	@sh setup/lock.sh && $(MAKE) -s licences

audit: .venv/test.done
	@sh setup/audit.sh

licences: .venv/test.done
	@$(PY) setup/licences.py

clean:
	rm -rf .venv .venvs .pytest_cache .ruff_cache .mypy_cache .hypothesis

.venv/run.done: requirements.txt setup/plotly/package-lock.json
	@sh setup/python.sh requirements.txt
	@sh setup/plotly.sh
	@touch $@

.venv/test.done: requirements.txt requirements-dev.txt .venv/run.done
	@sh setup/python.sh requirements-dev.txt
	@touch $@

browser: .venv/test.done
	@sh setup/browser.sh
