# The two commands a person types. Both set up what they need in .venv and are quick the second time.
PYTHON ?= python3
BIN := .venv/bin

.PHONY: app test bench bench-peers clean
app: .venv/app.stamp
	$(BIN)/streamlit run app.py

test: .venv/test.stamp
	$(BIN)/python -m tests.everything

# Recording against its peers: a table, and benchmarks/results with CSV and pictures (benchmarks/README.md).
bench: .venv/app.stamp
	$(BIN)/python -m benchmarks.recording

# JAX and NeuralHydrology, which the table names as not installed without this. The latter asks for much that its
# LSTM does without.
bench-peers: .venv/app.stamp
	$(BIN)/python -m pip install --disable-pip-version-check -q -r requirements-bench.txt
	$(BIN)/python -m pip install --disable-pip-version-check -q --no-deps neuralhydrology==1.13.0

.venv/bin/python:
	@$(PYTHON) -c "import sys; sys.exit(sys.version_info < (3, 11))" || \
		{ echo "lstm-viz needs Python 3.11 or newer; $(PYTHON) is $$($(PYTHON) -V). Try: make PYTHON=python3.12 app"; exit 1; }
	$(PYTHON) -m venv .venv || \
		{ echo "No virtual environment could be made. On Debian and Ubuntu: apt install python3-venv"; exit 1; }

.venv/app.stamp: requirements.txt pyproject.toml | .venv/bin/python
	$(BIN)/python -m pip install --disable-pip-version-check -q -r requirements.txt
	$(BIN)/python -m pip install --disable-pip-version-check -q --no-deps -e .
	touch $@

.venv/test.stamp: requirements.txt requirements-test.txt | .venv/bin/python
	$(BIN)/python -m pip install --disable-pip-version-check -q -r requirements-test.txt
	touch $@

clean:
	rm -rf .venv .pytest_cache .mypy_cache .ruff_cache .hypothesis

# The documentation as a site in build/docs, its pictures taken of the running app (docs/decisions, CONTRIBUTING.md).
.PHONY: docs
docs: .venv/docs.stamp
	$(BIN)/python -m scripts.docs_pictures
	$(BIN)/python -m sphinx -q -W --keep-going -b html docs build/docs
	@echo "Open build/docs/index.html"

.venv/docs.stamp: requirements.txt requirements-docs.txt pyproject.toml | .venv/app.stamp
	$(or $(INSTALL),$(BIN)/python -m pip install --disable-pip-version-check -q) -r requirements-docs.txt
	touch $@
