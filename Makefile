# Two commands are all a newcomer needs: `make run` and `make test`. Both set everything up first.
PYTHON ?= $(shell command -v python3.11 || command -v python3)
VENV := .venv
BIN := $(VENV)/bin
PIP_INSTALL := $(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt

.PHONY: setup run test tests ruff mypy lint bench clean

setup: $(VENV)/.ready-dev
	@echo "Ready. Now: make run"

run: $(VENV)/.ready
	@$(BIN)/clavilux run $(ARGS)

# mypy runs on one processor: beside the tests it costs no wait of its own.
test: ruff
	@$(MAKE) --no-print-directory -j2 tests mypy

tests: $(VENV)/.ready-dev
	@$(BIN)/python -m pytest -n auto --dist loadfile --no-loadscope-reorder $(ARGS)

lint: ruff mypy

ruff: $(VENV)/.ready-dev
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check --quiet .

mypy: $(VENV)/.ready-dev
	@$(BIN)/mypy

bench: $(VENV)/.ready-dev
	@$(BIN)/clavilux bench $(ARGS)

clean:
	rm -rf $(VENV) build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis *.egg-info
	find app tests benchmarks scripts -name __pycache__ -type d -prune -exec rm -rf {} +

$(VENV)/.ready: pyproject.toml constraints.txt scripts/system-libraries.sh
	@sh scripts/system-libraries.sh run "$(PYTHON)"
	@test -x $(BIN)/pip || "$(PYTHON)" -m venv $(VENV)
	@echo "Installing Python packages into $(VENV) …"
	@$(PIP_INSTALL) --editable '.[control]'
	@touch $@

$(VENV)/.ready-dev: $(VENV)/.ready
	@sh scripts/system-libraries.sh test "$(PYTHON)"
	@$(PIP_INSTALL) --editable '.[control,dev]'
	@touch $@
