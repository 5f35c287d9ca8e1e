# `make` alone lists what there is. The environment is in .venv and, where uv is not installed, uv in .uv; uv's cache
# and compiled kernels are in the user's cache (docs/install.md). Needs make and a Python >= 3.9 with the venv module;
# nothing is downloaded but packages, and Python 3.10 itself where there is none.

PY := 3.10
VENV := .venv
WORKERS := 2
ARGS :=
SECONDS_EACH := 600
TARGETS :=
PIP_AUDIT := pip-audit==2.10.1
# asteval 0.9 as Lava asks for it: SECURITY.md says why no text of a file reaches it.
KNOWN := --ignore-vuln GHSA-3wwr-3g9f-9gc7 --ignore-vuln GHSA-vp47-9734-prjw

# A uv that answers, else our own; a version manager's shim may be on the path and not work.
UV := $(shell uv --version >/dev/null 2>&1 && echo uv || echo .uv/bin/uv)
OWN_UV := $(filter .uv/bin/uv,$(UV))
PYTHON := $(VENV)/bin/python
READY := $(VENV)/.ready

.DEFAULT_GOAL := help
.PHONY: help demo figures test test-py test-installed test-browser test-long fuzz audit lint docs linkcheck bench bench-smoke mutants schema \
	pins clean
.DELETE_ON_ERROR:

help: ## list the targets
	@sed -n 's/^\([a-z-]*\):.*## /\1|/p' Makefile | while IFS='|' read -r name text; do \
		printf '  make %-13s %s\n' "$$name" "$$text"; done
	@echo
	@echo "  PY=3.12 VENV=.venv-3.12   another Python, in a folder of its own (default $(PY), $(VENV))"
	@echo "  WORKERS=4                 how many processes run the tests (default $(WORKERS))"
	@echo "  SECONDS_EACH=60           how long each target of make fuzz runs (default $(SECONDS_EACH))"
	@echo "  ARGS=...                  passed on: make test ARGS='-k ledger', make pins ARGS=--upgrade"

demo: $(READY) ## the main job: store patterns, see the cost in joules, draw a figure
	@"$(PYTHON)" demos/store_patterns.py $(ARGS)

figures: $(READY) ## the figures of the paper, small, into figures/; ARGS='--workers 1' is passed on
	@mkdir -p figures
	@for id in $$("$(PYTHON)" -m lava_caching figure --list | cut -d ' ' -f 1); do \
		"$(PYTHON)" -m lava_caching figure $$id --quick --out figures/$$id.png --quiet $(ARGS) || exit 1; done

test: $(READY) ## every test and doctest
	@"$(PYTHON)" -m pytest -n $(WORKERS) $(ARGS)

test-py: ## the same on another Python: make test-py PY=3.13
	@$(MAKE) --no-print-directory test PY='$(PY)' VENV='.venv-$(PY)'

test-installed: ## the wheel in an empty environment: make test-installed PY=3.13 ARGS=--tests runs the tests on it
	@.ci/installed $(PY) $(ARGS)

test-browser: $(READY) ## the report in a real browser: needs Debian's packages chromium and chromium-driver
	@"$(PYTHON)" -m pytest -m browser tests/browser $(ARGS)

test-long: $(READY) ## 15 times as many drawn examples, signals at many moments, hours of sweeps and Lava runs; then fuzz
	@HYPOTHESIS_PROFILE=long "$(PYTHON)" -m pytest -n $(WORKERS) tests/conformance tests/core tests/hardware $(ARGS)
	@"$(PYTHON)" -m pytest -m long -n $(WORKERS) $(ARGS)
	@$(MAKE) --no-print-directory fuzz

fuzz: $(READY) ## the readers of files, fed with ever new inputs; SECONDS_EACH=600 for each, TARGETS='plan record'
	@"$(PYTHON)" -m fuzz.several --seconds $(SECONDS_EACH) --at-once $(WORKERS) $(TARGETS) $(ARGS)

audit: requirements.txt | $(OWN_UV) ## known flaws of the pinned packages; needs the network
	@"$(UV)" tool run -q --from $(PIP_AUDIT) pip-audit --strict --progress-spinner off --disable-pip --no-deps \
		-r requirements.txt $(KNOWN) $(ARGS) || { echo "audit: a pinned package has a flaw that is not known here," \
		"or pypi.org, which lists the flaws, was not reached for all packages: see the lines above" >&2; exit 1; }

lint: $(READY) ## style, types and the layers of the package
	@"$(PYTHON)" -m ruff check .
	@"$(PYTHON)" -m ruff format --check .
	@"$(PYTHON)" -m mypy
	@"$(VENV)/bin/lint-imports" --no-logo

docs: $(READY) ## the documentation site, strictly, into docs/_build/html
	@"$(PYTHON)" -m sphinx -W --keep-going -n -E -q -d docs/_build/doctrees -b html docs docs/_build/html $(ARGS)
	@echo "docs/_build/html/index.html"

linkcheck: $(READY) ## whether the links of the documentation that lead elsewhere still work; needs the network
	@"$(PYTHON)" -m sphinx -q -d docs/_build/doctrees -b linkcheck docs docs/_build/linkcheck $(ARGS)

bench: $(READY) ## how fast we are, against what a user would take instead; ARGS='perceptron mlp' names some
	@"$(PYTHON)" benchmarks/all.py $(ARGS)

bench-smoke: $(READY) ## the same, small: fails where a ratio falls far short of its bound
	@"$(PYTHON)" benchmarks/all.py --smoke $(ARGS)

mutants: $(READY) ## are faults in the core noticed: a sample, about an hour on one core; ARGS='hardware --again'
	@"$(PYTHON)" tests/mutation/run.py $(ARGS)

schema: $(READY) ## the JSON schemas of the profiles, made from the loader's models
	@for kind in volatile nonvolatile pair chip; do \
		"$(PYTHON)" -m lava_caching hardware schema $$kind > hardware_profiles/schema/$$kind.schema.json; done

pins: | $(OWN_UV) ## compile requirements.in to requirements.txt
	@"$(UV)" pip compile -q --universal --python-version 3.10 --no-header --no-annotate $(ARGS) \
		requirements.in -o requirements.txt

clean: ## remove environments, caches and builds
	rm -rf .venv .venv-* .uv build dist docs/_build docs/generated .hypothesis .import_linter_cache .mutants .mypy_cache .pytest_cache .ruff_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# Made once, and brought up to date when the pins or the project's metadata change. Packages that somebody added by
# hand stay. -q silences uv's notes about interpreters it cannot use, not its errors.
$(READY): requirements.txt pyproject.toml | $(OWN_UV)
	@case "$$("$(PYTHON)" --version 2>/dev/null)" in "Python $(PY)."*) ;; *) \
		echo "making $(VENV) with Python $(PY)" >&2; \
		rm -rf "$(VENV)"; \
		"$(UV)" venv -q --no-project --python "$(PY)" "$(VENV)" || { \
			echo "Python $(PY) was not found: install it, for example with '$(UV) python install $(PY)'," \
				"'apt install python$(PY)' or 'pyenv install $(PY)', or name one with 'make PY=/path/to/python'" >&2; \
			exit 1; }; \
	esac
	@echo "installing the pinned packages into $(VENV) (the first time downloads about 250 MB)" >&2
	@"$(UV)" pip install -q --python "$(PYTHON)" --compile-bytecode -r requirements.txt
	@"$(UV)" pip install -q --python "$(PYTHON)" --no-build-isolation --no-deps -e .
	@echo "compiling the kernels (once)" >&2
	@"$(PYTHON)" -c 'from lava_caching.kernels import learning_float, learning_integer, mlp, on_devices, perceptron, replay, spiking, traces'
	@touch "$(READY)"

.uv/bin/uv:
	@echo "uv is not installed: putting it into .uv" >&2
	@rm -rf .uv
	@for python in python3 /usr/bin/python3 python; do \
		"$$python" -c 'import ensurepip, sys, venv; sys.exit(sys.version_info < (3, 9))' 2>/dev/null || continue; \
		"$$python" -m venv .uv && .uv/bin/python -m pip install -q --disable-pip-version-check uv && exit 0; \
		rm -rf .uv; exit 1; \
	done; \
	echo "found no Python >= 3.9 with the modules venv and ensurepip: install them, for example with" \
		"'apt install python3-venv', or install uv" >&2; \
	exit 1
