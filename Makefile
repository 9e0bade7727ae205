PY := .venv/bin/python
NOX := $(PY) -m nox --session
COMPILE := $(PY) -m uv pip compile pyproject.toml --universal --python-version 3.11 --extra fast --extra lab \
	--no-annotate --no-header --no-emit-index-url --quiet --upgrade
UV := $(shell uv --version 2>/dev/null)
PYTHON ?=
# One more worker than cores: where one waits for a browser or a kernel, another works.
WORKERS ?= 3
LAB_ARGS ?=
TEST_ARGS ?=
BENCH_ARGS ?=
EXAMPLES ?= 10000
BY ?= tests
MODULES ?=
SAMPLE ?=
NB ?=

# Certificates added to this machine are honoured where it has a list of them; elsewhere uv brings its own.
ifneq ($(wildcard /etc/ssl/certs/ca-certificates.crt),)
export UV_SYSTEM_CERTS ?= 1
export UV_NATIVE_TLS ?= 1
endif

export OPENBLAS_NUM_THREADS ?= 1

# Where Python is told to write no bytecode, every worker and kernel compiles every module anew.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help lab test book slides lint notebooks animation coverage fuzz mutants oldest newest prereleases bench bench-lessons bench-sliders lock clean

.DEFAULT:
	@echo "There is no target '$@': \`make help\` lists them." >&2; exit 2

##@ For readers

help:  ## list the targets
	@awk -F ':.*## ' '/^##@/ {print title substr($$0, 5); title = "\n"} /^[a-z-]+:.*## / {printf "  make %-14s %s\n", $$1, $$2}' Makefile

lab: .venv/reader  ## open the series in JupyterLab; LAB_ARGS="--no-browser"
	@$(PY) -m adamlib lab --again . -- $(LAB_ARGS)

book: .venv/dev  ## build the site
	@$(PY) -m book.build

slides: .venv/dev  ## make the slides of one lesson: NB=05
	@$(PY) -m book.slides $(NB)

test: .venv/dev  ## run the tests (about six minutes)
	@$(PY) -m pytest -n $(WORKERS) --dist loadfile $(TEST_ARGS)

clean:  ## remove the environment and all that can be made again
	@rm -rf .venv .nox book/_build .pytest_cache .hypothesis .ruff_cache .mypy_cache .coverage* dist

##@ For maintainers

lint: .venv/dev  ## check style, formatting and types
	@$(PY) -m ruff check .
	@$(PY) -m ruff format --check .
	@$(PY) -m mypy adamlib

notebooks: .venv/dev  ## run the notebooks, store their outputs; NB=01
	@$(PY) tools/regenerate.py $(NB)

animation: .venv/dev  ## make the film of the README (MP4 needs ffmpeg)
	@$(PY) tools/regenerate.py animation

coverage: .venv/dev  ## run every test, and say which lines none reaches
	@$(PY) -m coverage erase
	@$(PY) -m coverage run -m pytest -n $(WORKERS) --dist loadfile $(TEST_ARGS); status=$$?; \
	$(PY) -m coverage combine --quiet; $(PY) -m coverage report --skip-covered > .coverage_lines; \
	[ $$status != 0 ] || echo "adamlib is covered to $$($(PY) -m coverage report --format total) %; line by line: .coverage_lines"; \
	exit $$status

fuzz: .venv/dev  ## bad input, random moves, guarded runs; EXAMPLES=10000
	@ADAMLIB_EXAMPLES=$(EXAMPLES) $(PY) -m pytest -n $(WORKERS) \
		tests/library/test_bad_values.py tests/library/explore/test_stress.py tests/house/test_safety.py $(TEST_ARGS)

mutants: .venv/dev  ## does a test notice each slip? MODULES=averages SAMPLE=20
	@$(NOX) mutants -- --by $(BY) $(if $(SAMPLE),--sample $(SAMPLE)) --workers $(WORKERS) $(MODULES)

oldest: .venv/dev  ## test the wheel with the oldest versions allowed
	@$(NOX) oldest -- -n $(WORKERS) $(TEST_ARGS)

newest: .venv/dev  ## test the wheel with the newest; PYTHON=3.13
	@$(NOX) newest $(if $(PYTHON),--python $(PYTHON)) -- -n $(WORKERS) $(TEST_ARGS)

prereleases: .venv/dev  ## test the wheel with what is not yet released
	@$(NOX) prereleases -- -n $(WORKERS) $(TEST_ARGS)

bench: .venv/dev  ## time the engines beside C, PyTorch and JAX; BENCH_ARGS=
	@$(NOX) bench -- benchmarks.speed $(BENCH_ARGS)

bench-lessons: .venv/dev  ## time every notebook, and the first picture
	@$(NOX) bench -- benchmarks.lessons

bench-sliders: .venv/dev  ## time a slider beside other ways to move a picture
	@$(NOX) bench -- benchmarks.sliders

lock: .venv/dev  ## renew both locks
	@$(COMPILE) --group dev --output-file requirements-dev.lock
	@$(COMPILE) --constraint requirements-dev.lock --output-file requirements.lock

# A stamp is written last, so a half-built environment is built again.
.venv/reader: requirements.lock pyproject.toml
	@rm -f $@
ifneq ($(UV),)
	@$(PY) -c '' 2>/dev/null || uv venv --quiet --clear --python '$(or $(PYTHON),>=3.11)' .venv
else
	@'$(or $(PYTHON),python3)' -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || \
		{ echo "$(or $(PYTHON),python3) is missing, or older than Python 3.11: install a newer one and name it, as in: make $(MAKECMDGOALS) PYTHON=/path/to/python3.12"; exit 1; }
	@'$(or $(PYTHON),python3)' -c 'import ensurepip, venv' 2>/dev/null || \
		{ echo "Python's venv module is missing: install the package python3-venv (on Debian: apt-get install python3-venv), or uv"; exit 1; }
	@$(PY) -m pip --version >/dev/null 2>&1 || '$(or $(PYTHON),python3)' -m venv --clear .venv
endif
	@$(PY) tools/environment.py requirements.lock
	@touch $@

.venv/dev: requirements-dev.lock .venv/reader
	@rm -f $@
	@$(PY) tools/environment.py requirements-dev.lock
	@touch $@
