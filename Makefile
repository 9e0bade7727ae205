PY := .venv/bin/python
UV := $(shell uv --version 2>/dev/null)
PYTHON ?=
WORKERS ?= 2
LAB_ARGS ?=
TEST_ARGS ?=
BENCH_ARGS ?=
EXAMPLES ?= 10000
BY ?= tests
MODULES ?=
SAMPLE ?=
NB ?=
FRAMES ?= all

# The index opens rendered, and nothing asks the network: no news, no update check, no list of extensions.
LAB_OPTIONS := --LabApp.default_url=/lab/tree/README.md --LabApp.extension_manager=readonly
LAB_SETTINGS := { \
	"@jupyterlab/docmanager-extension:plugin": {"defaultViewers": {"markdown": "Markdown Preview"}}, \
	"@jupyterlab/apputils-extension:notification": {"fetchNews": "false", "checkForUpdates": false}}

# Certificates added to this machine are honoured where it has a list of them; elsewhere uv brings its own.
ifneq ($(wildcard /etc/ssl/certs/ca-certificates.crt),)
export UV_SYSTEM_CERTS ?= 1
export UV_NATIVE_TLS ?= 1
endif

.DEFAULT_GOAL := help
.PHONY: help lab test fuzz mutants package oldest newest notebooks animation book slides bench bench-sliders lint lock clean

help:  ## list the targets
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/make \1~\2/p' Makefile | awk -F '~' '{printf "%-19s %s\n", $$1, $$2}'

lab: .venv/installed  ## open the index of the series in JupyterLab; LAB_ARGS="--no-browser --port 9000" pass through
	@$(PY) -m jupyterlab $(LAB_OPTIONS) $(LAB_ARGS)

test: .venv/installed  ## run every test: library, notebooks, rules; then print the coverage of adamlib
	@$(PY) -m coverage erase
	@OPENBLAS_NUM_THREADS=1 $(PY) -m coverage run -m pytest -n $(WORKERS) --dist loadfile $(TEST_ARGS); status=$$?; \
	$(PY) -m coverage combine --quiet && $(PY) -m coverage report --skip-covered; exit $$status

fuzz: .venv/installed  ## bad input to every public function, random moves of every slider, every notebook under guard; EXAMPLES=10000 tries, or moves
	@ADAMLIB_EXAMPLES=$(EXAMPLES) OPENBLAS_NUM_THREADS=1 $(PY) -m pytest -n $(WORKERS) \
		tests/library/test_bad_values.py tests/library/explore/test_stress.py tests/house/test_safety.py $(TEST_ARGS)

mutants: .venv/installed  ## change the mathematics, one slip at a time, and print how many the tests notice (hours); MODULES=averages, SAMPLE=20, BY=notebooks
	@$(PY) -c 'import cosmic_ray' 2>/dev/null || $(if $(UV),uv pip install --quiet --python $(PY),$(PY) -m pip install --quiet) 'cosmic-ray>=8.4'
	@OPENBLAS_NUM_THREADS=1 $(PY) tools/mutants/run.py --by $(BY) $(if $(SAMPLE),--sample $(SAMPLE)) --workers $(WORKERS) $(MODULES)

package: oldest newest  ## build sdist and wheel, and run the tests on the installed wheel, with the oldest and the newest versions (needs uv)

oldest: .venv/installed  ## run the tests on the installed wheel with the oldest versions that pyproject.toml allows (needs uv)
	@$(PY) tools/installed.py --resolution lowest-direct --python '$(or $(PYTHON),3.11)' -- -n $(WORKERS) --dist loadfile $(TEST_ARGS)

newest: .venv/installed  ## the same with the newest versions; PYTHON=3.13 for another Python
	@$(PY) tools/installed.py --python '$(or $(PYTHON),3.11)' -- -n $(WORKERS) --dist loadfile $(TEST_ARGS)

notebooks: .venv/installed  ## run the notebooks from a clean kernel and store their outputs; NB=01 for one
	@$(PY) notebooks/regenerate.py $(NB)

animation: .venv/installed  ## make the film of the README: a GIF, and an MP4 where there is ffmpeg
	@$(PY) notebooks/regenerate.py animation

book: .venv/installed  ## build the site with sliders that need no kernel; FRAMES=few or none is quicker
	@OPENBLAS_NUM_THREADS=1 $(PY) -m book.build --frames $(FRAMES)

slides: .venv/installed  ## make the slides of one notebook, figures first: make slides NB=05
	@OPENBLAS_NUM_THREADS=1 $(PY) -m book.slides $(NB) --frames $(FRAMES)

bench: .venv/installed  ## measure how fast adamlib is, beside C, PyTorch and JAX (installs the extra bench); BENCH_ARGS pass through
	@$(PY) -c 'import torch, jax, optax' 2>/dev/null || $(if $(UV),uv pip install --quiet --python $(PY),$(PY) -m pip install --quiet) \
		'torch==2.13.0' 'optax>=0.2.3' 'jax>=0.4.30'
	@$(PY) -m benchmarks.speed $(BENCH_ARGS)

bench-sliders: .venv/installed  ## measure how fast sliders move their picture, beside other ways (installs the extra bench)
	@$(PY) -c 'import ipympl' 2>/dev/null || $(if $(UV),uv pip install --quiet --python $(PY),$(PY) -m pip install --quiet) 'ipympl>=0.9'
	@$(PY) -m benchmarks.sliders

lint: .venv/installed  ## check the style of modules and notebooks, and the types of adamlib
	@$(PY) -m ruff check .
	@$(PY) -m ruff format --check .
	@$(PY) -m mypy adamlib

lock:  ## renew requirements.lock (needs uv)
	@uv pip compile pyproject.toml --universal --python-version 3.11 --extra fast --extra lab --extra test --extra lint --extra browser --extra book \
		--no-annotate --no-header --upgrade --output-file requirements.lock

clean:  ## remove the environment and everything that can be made again
	@rm -rf .venv book/_build .pytest_cache .hypothesis .ruff_cache .mypy_cache .coverage .coverage.* dist

# The stamp is written last, so a half-built environment is built again.
.venv/installed: requirements.lock pyproject.toml
	@rm -f $@
ifneq ($(UV),)
	@echo "Building .venv with $(UV)"
	@$(PY) -c '' 2>/dev/null || { rm -rf .venv; uv venv --quiet --python '$(or $(PYTHON),>=3.11)' .venv; }
	@uv pip install --quiet --compile-bytecode --python $(PY) -r requirements.lock
	@uv pip install --quiet --python $(PY) --no-deps -e .
else
	@echo "Building .venv with pip; this takes a minute or two"
	@$(or $(PYTHON),python3) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "Python 3.11 or newer is needed as python3: install it and name it, as in: make $(MAKECMDGOALS) PYTHON=python3.12"; exit 1; }
	@$(or $(PYTHON),python3) -c 'import ensurepip, venv' 2>/dev/null || \
		{ echo "Python's venv module is missing: install the package python3-venv (on Debian: apt-get install python3-venv), or uv"; exit 1; }
	@$(PY) -m pip --version >/dev/null 2>&1 || $(or $(PYTHON),python3) -m venv --clear .venv
	@$(PY) -m pip install --quiet --disable-pip-version-check -r requirements.lock
	@$(PY) -m pip install --quiet --disable-pip-version-check --no-deps -e .
endif
	@mkdir -p .venv/share/jupyter/lab/settings
	@echo '$(LAB_SETTINGS)' > .venv/share/jupyter/lab/settings/overrides.json
	@touch $@
