# What there is to do: `make help`. Settings come from the environment, from .env, or from the line: make run PORT=8001
VENV ?= .venv
ARGS ?=
CALLS ?= 1000
SEED ?=
UPDATE ?=
QUICK_TESTS = tests/candidates tests/interviews tests/conversations tests/calls/test_schedule.py tests/calls/test_eligibility.py tests/calls/test_callers.py
BIN := $(VENV)/bin
READY := $(VENV)/requirements.txt
# What `manage.py check --deploy` looks at: nothing of the machine's own settings
PRODUCTION = env -i PATH="$$PATH" HOME="$$HOME" VAR_DIR=$(abspath var/check) DEBUG=false HOST=0.0.0.0 \
  SECRET_KEY=a-long-text-that-only-this-check-of-the-settings-has-ever-seen-0123456789 \
  PUBLIC_BASE_URL=https://calls.example.com TWILIO_ACCOUNT_SID=AC00000000000000000000000000000000 \
  TWILIO_AUTH_TOKEN=00000000000000000000000000000000 TWILIO_PHONE_NUMBER=+15005550006 \
  MONGODB_URI=mongodb://db.example.com/ EMAIL_URL=smtp+tls://user:password@mail.example.com:587 \
  DEFAULT_FROM_EMAIL=interviews@example.com BEHIND_PROXY=true

.DEFAULT_GOAL := help
.PHONY: help run test quick torture browser bench check format shell clean FORCE

help: ## list what there is to do
	@grep -E '^[a-z]+:.*## ' Makefile | sed -E 's/^([a-z]+):.*## /  make \1\t/' | expand -t 16
	@echo "  Variables: PORT (8000), HOST (127.0.0.1), VENV (.venv); ARGS for make test; CALLS, SEED for make torture"

run: $(READY) ## run everything on http://localhost:8000; Ctrl-C stops it
	@exec $(BIN)/python manage.py serve

test: $(READY) ## run the tests; ARGS="tests/calls -k busy" for some of them
	@exec $(BIN)/python -m pytest $(ARGS)

quick: $(READY) ## run the tests of pure code, services and documents, without the slow ones: for between two edits
	@exec $(BIN)/python -m pytest -m "not slow" --numprocesses=2 --ignore-glob='*/admin' $(QUICK_TESTS) $(ARGS)

torture: $(READY) ## break whatever can break while calls go on, and audit what became of them; SEED=7 repeats a run
	@exec $(BIN)/python -m tests.tools.torture --calls $(CALLS) $(if $(SEED),--seed $(SEED)) $(if $(UPDATE),--update)

browser: $(READY) ## install what the tests of the pages in a browser need, beside Chromium: 53 MB, so not for everybody
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check playwright==1.65.2
	@umask 077; if command -v npm >/dev/null; then npm install --prefix var/npm --no-save --no-audit --no-fund --loglevel=error axe-core@4.14.1; \
	else echo "npm is missing: the pages are tested without axe-core"; fi

bench: $(READY) ## measure how fast it is; QUICK=1 in three minutes, GATE=1 beside the committed ratios, UPDATE=1 to keep what is found
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check \
	  fastapi==0.165.0 python-multipart==0.0.34
	@exec $(BIN)/python -m tests.tools.bench $(if $(QUICK),--quick) $(if $(GATE),--gate) $(if $(UPDATE),--update)

check: $(READY) ## everything CI checks besides the tests
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/lint-imports
	$(BIN)/mypy
	$(BIN)/python manage.py makemigrations --check --dry-run
	@echo "manage.py check --deploy, with settings as in production"
	@$(PRODUCTION) $(BIN)/python manage.py check --deploy --fail-level WARNING
	$(BIN)/python .ci/audit

format: $(READY) ## format the code and mend what lint can mend
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

shell: $(READY) ## Django's shell
	@exec $(BIN)/python manage.py shell

clean: ## remove the virtual environment and the caches; var/, with the data, stays
	rm -rf $(VENV) .coverage .coverage.* htmlcov var/check .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# Made anew, or updated, only when requirements.txt is another than the one it was made of
$(READY): FORCE
	@if ! { [ -x $(BIN)/python ] && cmp -s requirements.txt $@; }; then \
	  for python in python3.13 python3.12 python3.11 python3; do \
	    if $$python -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then found=$$python; break; fi; \
	  done; \
	  if [ -z "$$found" ]; then \
	    echo "Python 3.11 or later is needed, and none was found: install python3.11 (or later) and its venv package." >&2; \
	    exit 1; \
	  fi; \
	  if ! $$found -c 'import ensurepip' 2>/dev/null; then \
	    package=$$($$found -c 'import sys; print("python%d.%d-venv" % sys.version_info[:2])'); \
	    echo "$$found cannot make virtual environments; on Debian and Ubuntu: apt-get install $$package" >&2; \
	    exit 1; \
	  fi; \
	  echo "Installing requirements.txt into $(VENV), with $$found"; \
	  [ -x $(BIN)/python ] || $$found -m venv --clear $(VENV) || exit 1; \
	  $(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements.txt || exit 1; \
	  cp requirements.txt $@; \
	fi
