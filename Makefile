# Development commands; `make help` lists them. Users need none of this.

# Any Python from 3.9 on; `make PYTHON=python3.12 test` sets .venv up anew with that one.
PYTHON = python3
JOBS = 2

BIN = .venv/bin
STAMP = .venv/.channels-compat
FLAGS = $(if $(CHECK),--check)
MINUTES = 20

# A .venv of another Python than the one asked for is not up to date, however new its stamp.
ifneq ($(origin PYTHON),file)
ifneq ($(shell cat $(STAMP) 2>/dev/null),$(PYTHON))
.PHONY: $(STAMP)
endif
endif

define COVERAGE_START_UP_FILE
import pathlib, sysconfig
file = pathlib.Path(sysconfig.get_paths()["purelib"], "a1_coverage_process.pth")
file.write_text("import coverage; coverage.process_startup()\n")
endef
export COVERAGE_START_UP_FILE

.PHONY: help demo test lint matrix golden bench soak fuzz clean

help:
	@echo 'make demo     serve examples/chat on channels 4 and print its address; CHECK=1: drive it with two clients'
	@echo 'make test     the tests for this Python, with coverage'
	@echo 'make lint     ruff and mypy'
	@echo 'make matrix   all tests in all environments; SESSIONS="lint install-3.6": only these; JOBS=1: one at a time'
	@echo 'make golden   record anew what the real old stack does (needs Python 3.6)'
	@echo 'make bench    all benchmarks, in at most 15 minutes; writes benchmarks/RESULTS.md'
	@echo 'make soak     2,000 sockets for 20 minutes (MINUTES=5: for five), then 20,000 that come and go'
	@echo 'make fuzz     what may be handed over, with inputs that atheris chooses, for 20 minutes; MINUTES=5: for five'
	@echo 'make clean    remove .venv, .nox and what tools left behind'

$(STAMP): setup.py pyproject.toml tools/environments.py compat/dropin/channels_compat.pth
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 9) and "Python 3.9 or newer, please: make PYTHON=...")'
	rm -rf .venv
	$(PYTHON) -m venv .venv
	$(PYTHON) tools/environments.py requirements driver > .venv/requirements.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r .venv/requirements.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --editable .
	@# Lets COVERAGE_PROCESS_START have its effect, before the start-up file of compat (they run by name).
	@$(BIN)/python -c "$$COVERAGE_START_UP_FILE"
	@echo '$(PYTHON)' > $@

demo: $(STAMP)
	$(BIN)/python examples/chat/demo.py $(FLAGS)

# COVERAGE_PROCESS_START instead of `coverage run`: the start-up file imports compat before any test runner does.
# Servers that tests start are measured through CONFORMANCE_COVERAGE.
test: $(STAMP)
	@rm -f .coverage .coverage.*
	@status=0; \
	CHANNELS_COMPAT_COVERAGE='$(CURDIR)/.coverage' COVERAGE_PROCESS_START='$(CURDIR)/pyproject.toml' \
		CONFORMANCE_COVERAGE='$(CURDIR)/pyproject.toml' $(BIN)/pytest --ignore=tests/faults --numprocesses auto --dist loadfile --durations=10 $(ARGS) || status=1; \
	{ $(BIN)/coverage combine --quiet && $(BIN)/coverage report; } || status=1; \
	exit $$status

lint: $(STAMP)
	@status=0; $(BIN)/ruff check . || status=1; $(BIN)/mypy || status=1; exit $$status

matrix: $(STAMP)
	$(BIN)/python tools/matrix.py --jobs $(JOBS) $(SESSIONS)

golden: $(STAMP)
	$(BIN)/python -m nox -s golden

bench: $(STAMP)
	$(BIN)/python -m nox -s old redis py38-channels24-django22 py39-channels30-django32
	$(BIN)/python benchmarks/run.py $(ARGS)

soak: $(STAMP)
	$(BIN)/python -m nox -s soak -- --soak $(MINUTES)

fuzz: $(STAMP)
	$(BIN)/python -m nox -s fuzz -- -max_total_time=$$((60 * $(MINUTES)))

clean:
	rm -rf .venv .nox build dist *.egg-info .coverage .coverage.* .pytest_cache .mypy_cache .ruff_cache .hypothesis
