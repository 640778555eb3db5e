# `make test` and `make lint` set themselves up: python >= 3.11, pip and make are all they need.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready

.PHONY: help demo test soak lint types check build lock dictionary clean

help:  ## Say what there is.
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 14

$(READY): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(0 if sys.version_info >= (3, 11) else "healthnews needs Python 3.11 or newer; this is " + sys.version.split()[0] + ". Name another with: make PYTHON=python3.12 ...")'
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@# --no-deps: the lock is complete, and pip's hash mode stumbles over extras (sqlalchemy[asyncio]) that are pinned without them.
	$(BIN)/python -m pip install --quiet --no-deps --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --no-deps --no-build-isolation -e .
	touch $@

demo: $(READY)  ## Run the whole pipeline on the bundled sample site, and show what it found.
	@$(BIN)/healthnews demo

test: $(READY)  ## Run the tests.
	$(BIN)/python -m pytest -n auto --dist worksteal

soak: $(READY)  ## Run what takes long: 100,000 mutated pages through the extractor, its memory over 10,000 pages, a crawl killed 50 times.
	$(BIN)/python benchmarks/extraction_fuzz.py
	$(BIN)/python benchmarks/extraction_memory.py
	$(BIN)/python benchmarks/crawl_kills.py --kills 50

lint: $(READY)  ## Check style and import direction.
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(READY)  ## Check types.
	$(BIN)/mypy

check: lint types test  ## All of the above.

build: $(READY)  ## Build wheel and source distribution into dist/.
	$(BIN)/python -m build --no-isolation

dictionary: $(READY)  ## Write docs/data-dictionary.md anew from the records.
	$(BIN)/healthnews config --data-dictionary > docs/data-dictionary.md

lock: $(READY)  ## Pin the dependencies of pyproject.toml anew.
	$(BIN)/python -m pip install --quiet uv
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-annotate --no-header \
		--extra dev --extra bench --extra dask pyproject.toml -o requirements.lock

clean:  ## Remove what was built; data/ stays.
	rm -rf $(VENV) build dist *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis
