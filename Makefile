# Perhaps: `make` alone lists what can be done here.

PYTHON ?= python3

# The stamps are named after what they stand for, so a changed pin or another Python installs anew
# and a second `make run` starts at once.
VERSION := $(shell $(PYTHON) --version 2>&1)
RUN_STAMP := .venv/run-$(shell { echo "$(VERSION)"; cat requirements.txt; } | sha256sum | cut -c1-16)
DEV_STAMP := .venv/dev-$(shell { echo "$(VERSION)"; cat requirements*.txt; } | sha256sum | cut -c1-16)

# What has a database; frames and scripts never come to it. Besides, tests/several, tests/operations and half of
# tests/privacy run on PostgreSQL always, and no browser can tell the difference, but for one whole story.
ON_POSTGRESQL := tests/storage tests/web tests/faults \
	$(patsubst %,tests/sockets/test_%.py,handshakes leaving) \
	$(patsubst %,tests/hostile/test_%.py,codes crowd_at_nginx guard_rules input) \
	$(patsubst %,tests/privacy/test_%.py,wiretap look_first non_interference shuffle)

# People in browsers. The tests in tests/web run on threads always, those in tests/sockets on both.
ON_THREADS := tests/e2e/test_story.py tests/e2e/test_phones.py

.DEFAULT_GOAL := help
.NOTPARALLEL:
.PHONY: help run test postgresql attack torture lint bench shots vendor format migration chromium servers

help: ## list what can be done here
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

run: $(RUN_STAMP) ## install what is needed and serve Perhaps on port 8000
	@exec .venv/bin/python -m facilitator

test: lint chromium servers ## check formatting, types and import rules, then run every test
	.venv/bin/pytest -n 2 --dist loadfile --no-loadscope-reorder -m "not alone"
	.venv/bin/pytest -m alone --reruns 1
	FACILITATOR_ASYNC_MODE=threading .venv/bin/pytest --reruns 1 $(ON_THREADS)
	TESTS_DATABASE=postgresql .venv/bin/pytest -n 2 --dist loadfile $(ON_POSTGRESQL) -m "not alone"
	TESTS_DATABASE=postgresql .venv/bin/pytest --reruns 1 -m alone tests/faults tests/e2e/test_story.py

postgresql: $(DEV_STAMP) servers ## run every test on PostgreSQL, browsers too
	TESTS_DATABASE=postgresql .venv/bin/pytest -n 2 --dist loadfile -m "not alone"
	TESTS_DATABASE=postgresql .venv/bin/pytest -m alone

torture: $(DEV_STAMP) servers ## break things for longer: 1,000 kills, Redis gone for a minute, storms of a minute
	TORTURE=1 .venv/bin/pytest --timeout 7200 tests/faults tests/several
	TORTURE=1 TESTS_DATABASE=postgresql .venv/bin/pytest --timeout 7200 tests/faults

lint: $(DEV_STAMP) ## only the checks that run no test
	.venv/bin/ruff format --check .
	.venv/bin/ruff check .
	.venv/bin/mypy
	.venv/bin/lint-imports --no-logo

bench: $(DEV_STAMP) ## measure the live room beside its yardsticks
	@exec .venv/bin/python -m tests.bench

shots: $(DEV_STAMP) chromium ## take pictures of every screen in every state, into screenshots/
	@exec .venv/bin/python -m tests.shots screenshots

attack: $(DEV_STAMP) servers ## rob 200 rooms with every key, and try every way to link a guess to its author
	.venv/bin/python -m tests.privacy
	PERHAPS_CLOSINGS=10000 PERHAPS_SEEDS=500 PERHAPS_HISTORIES=1000 \
		.venv/bin/pytest -n 0 $(patsubst %,tests/privacy/test_%.py,shuffle non_interference wiretap)

vendor: ## fetch the browser libraries from npm into static/vendor
	@$(PYTHON) .ci/vendor.py

format: $(DEV_STAMP) ## format the code and mend what ruff can mend
	.venv/bin/ruff check --fix .
	.venv/bin/ruff format .

# The tables are compared with a database at the newest migration; a throwaway one is enough.
migration: $(DEV_STAMP) ## draft a migration from changed tables: make migration NAME="add groups"
	@[ -n "$(NAME)" ] || { echo 'Say what it does: make migration NAME="add groups"'; exit 1; }
	@scratch=$$(mktemp -d) && trap 'rm -r "$$scratch"' EXIT && \
	unset FACILITATOR_DATABASE_URL && export FACILITATOR_DATA_DIR="$$scratch/data" FACILITATOR_KEY_FILE="$$scratch/key" && \
	.venv/bin/flask --app facilitator.app db revision -m "$(NAME)"
	@.venv/bin/ruff format --quiet facilitator/storage/migrations

# An interrupted installation leaves no stamp, and an old stamp would vouch for what is no longer there.
$(RUN_STAMP):
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || \
		{ echo "Perhaps needs Python 3.11 or newer, and $(PYTHON) is $(or $(VERSION),not here)."; exit 1; }
	@$(PYTHON) -c 'import ensurepip' 2>/dev/null || { $(call apt,python3-venv); }
	@{ [ "$$(.venv/bin/python --version 2>&1)" = "$(VERSION)" ] && [ -x .venv/bin/pip ]; } || \
		$(PYTHON) -m venv --clear .venv
	@rm -f .venv/run-* .venv/dev-*
	@echo "Installing what Perhaps runs on ..."
	@.venv/bin/python -m pip install -qq --disable-pip-version-check -r requirements.txt
	@touch $@

$(DEV_STAMP): $(RUN_STAMP)
	@rm -f .venv/dev-*
	@echo "Installing what its tests need ..."
	@.venv/bin/python -m pip install -qq --disable-pip-version-check -r requirements-dev.txt
	@touch $@

chromium:
	@command -v chromium >/dev/null || { $(call apt,chromium); }

# What the tests start for themselves, on loopback and in folders of their own.
servers:
	@command -v redis-server >/dev/null && command -v nginx >/dev/null && ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 || \
		{ $(call apt,postgresql redis-server nginx); }

# Shell: install a Debian package as root or through sudo; where neither works, say so in one sentence.
apt = \
	if [ "$$(id -u)" = 0 ]; then sudo=; else sudo=sudo; fi; \
	{ command -v apt-get && command -v $${sudo:-true}; } >/dev/null || \
		{ echo "Perhaps needs $(1) and may not install it: please install it, then run make again."; exit 1; }; \
	echo "Installing $(1) from Debian ..."; \
	$$sudo apt-get -qq update && \
	$$sudo env DEBIAN_FRONTEND=noninteractive apt-get -qq install --no-install-recommends $(1) >/dev/null
