# Two commands matter: `make demo` shows the product, `make test` proves it. Both need only Python >= 3.10.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
FACTORY ?= four_orders
SERVE ?= 1
PORT ?= 8000
BENCHLESS = $(BIN)/benchless --app sbk_mes --sites-path sites

.DEFAULT_GOAL := help
.PHONY: help demo test lint test-benchless test-app browser bench-test clean

help: ## list the targets
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*##/\t/' | expand -t 18

$(VENV)/.runtime: pyproject.toml setup.py
	@$(PYTHON) -c 'import sys; sys.exit(0 if sys.version_info >= (3, 10) else "SBK MES needs Python 3.10 or newer; this is %d.%d. Use make PYTHON=..." % sys.version_info[:2])'
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@echo "Installing SBK MES and benchless into $(VENV) ..."
	@$(BIN)/pip install --quiet --disable-pip-version-check --editable '.[benchless]'
	@touch $@

$(VENV)/.test: $(VENV)/.runtime
	@echo "Installing what the tests need into $(VENV) ..."
	@$(BIN)/pip install --quiet --disable-pip-version-check --editable '.[benchless,test]'
	@touch $@

demo: $(VENV)/.runtime ## make a demo factory, turn its orders into planned work orders, serve http://127.0.0.1:8000/mes
	@test -d sites/demo || $(BENCHLESS) new-site demo --admin-password admin
	@$(BENCHLESS) --site demo mes-demo --factory $(FACTORY)
	@test "$(SERVE)" = 0 || $(BENCHLESS) --site demo serve --port $(PORT)

browser: # the browser tests drive Debian's Chromium; install it where that is possible, else the tests skip aloud
	@command -v chromium >/dev/null 2>&1 || { [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1 && \
		echo "Installing Chromium for the browser tests ..." && apt-get update -qq && \
		DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends chromium fonts-noto-cjk >/dev/null; } || \
		echo "No Chromium here: the browser tests will be skipped."

test: $(VENV)/.test browser lint test-benchless test-app ## everything: style, types, benchless, the app, its pages in a browser

lint: $(VENV)/.test ## style and types
	@$(BIN)/ruff check . && $(BIN)/ruff format --check . && $(BIN)/mypy

test-benchless: $(VENV)/.test ## the embedded runtime alone
	@$(BIN)/pytest tests/benchless -q

test-app: $(VENV)/.test ## the app on benchless
	@$(BIN)/pytest tests sbk_mes --ignore tests/benchless -q

bench-test: ## the same app tests inside a real bench: make bench-test BENCH=/path/to/bench SITE=site.name
	@test -n "$(BENCH)" -a -n "$(SITE)" || { echo "Say which: make bench-test BENCH=/path/to/bench SITE=site.name"; exit 2; }
	@cd "$(BENCH)/sites" && MES_BENCH="$(BENCH)" MES_SITE="$(SITE)" ../env/bin/python -m pytest -c "$(CURDIR)/pyproject.toml" \
		--rootdir "$(CURDIR)" -p no:cacheprovider -q --ignore "$(CURDIR)/tests/benchless" "$(CURDIR)/tests" "$(CURDIR)/sbk_mes"

clean: ## forget the environment and the demo site
	rm -rf $(VENV) sites build *.egg-info
