# The commands a person types. Each sets up what it needs in .venv and is quick the second time.
PYTHON ?= python3
BIN := .venv/bin
PIP := $(BIN)/python -m pip install --disable-pip-version-check -q
# uv installs where it is there, pip else. torch comes by pip either way: pip's settings may say where this machine has
# a torch without CUDA, and uv, which doesn't read them, would bring 2 GB of it.
UV := $(shell command -v uv 2>/dev/null)
INSTALL := $(if $(UV),$(UV) pip install -q --python $(BIN)/python,$(PIP))

.PHONY: app check test test-lowest bench bench-peers clean
app: .venv/app.stamp
	$(BIN)/streamlit run app.py

# Before every commit: lint, types, and the tests that a change reaches. It says what it left out; `make check
# ARGS=--list` lists that.
check: .venv/test.stamp
	$(BIN)/python -m tests.run check $(ARGS)

# Everything, in a real Chromium too. LSTM_VIZ_TESTS=full is the thorough form, which .ci/run calls.
test: .venv/test.stamp
	$(BIN)/python -m tests.run test

# The unit tests on the lowest versions that pyproject.toml allows, and on other Pythons: PYTHONS="3.12 3.13".
test-lowest: .venv/test.stamp
	$(BIN)/python -m tests.lowest_versions $(PYTHONS)

# Recording against its peers: a table, and benchmarks/results with CSV and pictures (benchmarks/README.md).
bench: .venv/app.stamp
	$(BIN)/python -m benchmarks.recording

# JAX and NeuralHydrology, which the table names as not installed without this. The latter asks for much that its
# LSTM does without.
bench-peers: .venv/app.stamp
	$(INSTALL) -r requirements-bench.txt
	$(INSTALL) --no-deps neuralhydrology==1.13.0

.venv/bin/python:
	@$(PYTHON) -c "import sys; sys.exit(sys.version_info < (3, 11))" || \
		{ echo "lstm-viz needs Python 3.11 or newer; $(PYTHON) is $$($(PYTHON) -V). Try: make PYTHON=python3.12 app"; exit 1; }
	$(PYTHON) -m venv .venv || \
		{ echo "No virtual environment could be made. On Debian and Ubuntu: apt install python3-venv"; exit 1; }

.venv/app.stamp: requirements.txt pyproject.toml | .venv/bin/python
	$(if $(UV),$(PIP) $$(grep '^torch==' requirements.txt))
	$(INSTALL) -r requirements.txt
	$(INSTALL) --no-deps -e .
	touch $@

.venv/test.stamp: requirements.txt requirements-test.txt | .venv/bin/python
	$(if $(UV),$(PIP) $$(grep '^torch==' requirements.txt))
	$(INSTALL) -r requirements-test.txt
	touch $@

clean:
	rm -rf .venv .test_cache .pytest_cache .mypy_cache .ruff_cache .hypothesis

# The documentation as a site in build/docs, its pictures taken of the running app (docs/decisions, CONTRIBUTING.md).
.PHONY: docs
docs: .venv/docs.stamp
	$(BIN)/python -m scripts.docs_screenshots
	$(BIN)/python -m sphinx -q -W --keep-going -b html docs build/docs
	@echo "Open build/docs/index.html"

.venv/docs.stamp: requirements.txt requirements-docs.txt pyproject.toml | .venv/app.stamp
	$(INSTALL) -r requirements-docs.txt
	touch $@
