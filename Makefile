# Every target sets up what it needs. Times: a laptop with 2 cores, after the first download (2-3 GB on Linux).
PYTHON ?= python3
VENV   ?= .venv
BIN    := $(VENV)/bin
READY  := $(VENV)/.ready

.DEFAULT_GOAL := help
.PHONY: help setup book pdf test lint format exercises kill-matrix labs lab wheel constraints clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-13s%s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: $(READY) ## virtual environment, pinned packages, this package    (3 min and a download, once)

$(READY): pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	  echo "make: $(PYTHON) is $$($(PYTHON) --version 2>&1); this course needs Python 3.11 or newer. Try: make PYTHON=python3.12" >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip' || { \
	  echo "make: $(PYTHON) comes without venv; on Debian and Ubuntu: apt-get install python3-venv" >&2; exit 1; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e ".[book,test]"
	@touch $@

book: $(READY) ## build the book to book/_build/html, warnings are errors    (3 min, after an edit of a page: 40 s)
	$(BIN)/python book/build.py

pdf: book ## print the book to book/_build/book.pdf, by Chromium    (4 min)
	$(BIN)/python book/paper/print_book.py

test: book ## all tests, the labs and the built book's pages included    (25 min)
	$(BIN)/python -m pytest

lint: $(READY) ## format, lint, types    (20 s)
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy

format: $(READY) ## let ruff format and mend the code    (1 s)
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

exercises: $(READY) ## generate exercises/ from the masters in solutions/    (2 s)
	$(BIN)/python -m dcn_course.checking.build

kill-matrix: $(READY) ## run every known mistake through the checks, for the book's table    (3 min)
	$(BIN)/python -m dcn_course.checking.mutants.table book/exercises/kill_matrix.json

labs: $(READY) ## run the labs again and keep their outputs    (1 min)
	$(BIN)/jupyter nbconvert --to notebook --execute --inplace --ExecutePreprocessor.record_timing=False \
	  --ExecutePreprocessor.store_widget_state=False book/labs/*.ipynb

lab: $(READY) ## open the labs in JupyterLab    (stays open)
	$(BIN)/jupyter lab book/labs

wheel: $(READY) ## build the package to dist/    (10 s)
	$(BIN)/python -m build --wheel

constraints: $(READY) ## resolve constraints.txt anew from pyproject.toml    (10 s)
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --all-extras --upgrade \
	  --no-header --no-annotate pyproject.toml -o constraints.txt

clean: ## delete what was built, but not the environment    (1 s)
	rm -rf book/_build dist .pytest_cache .mypy_cache .ruff_cache .import_linter_cache
