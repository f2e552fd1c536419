PYTHON ?= python3.11
BIN := .venv/bin
export PREFECT_SERVER_ANALYTICS_ENABLED := false
.DEFAULT_GOAL := help
.PHONY: help setup demo run serve test check bench train teach lock

help: ## List the targets
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 10

setup: .venv/installed ## Install everything into .venv

.venv/installed: uv.lock pyproject.toml
	@scripts/setup $(PYTHON)
	@touch $@

demo: setup ## Run a night over data/samples and answer for the three users
	@scripts/demo

run: setup ## Run the nightly flow once: make run SOURCE=folder
	@$(BIN)/fieldback run $(SOURCE)

serve: setup ## Serve the API and its page
	@$(BIN)/fieldback serve

test: setup ## Run all tests (SQLite and PostgreSQL, flow, API, browser)
	@scripts/test

check: setup ## Format, lint, types, import contracts
	@$(BIN)/ruff format --check -q . && $(BIN)/ruff check -q . && $(BIN)/mypy && $(BIN)/lint-imports --no-logo

bench: setup ## Measure on labelled data: make bench GOLD=folder THEMES=folder
	@scripts/bench $(GOLD) $(THEMES)

train: setup ## Rebuild the models from the corpus (30 minutes)
	@scripts/train

teach: setup ## Fit the teacher anew and keep its judgements (an hour)
	@scripts/train teacher

lock: ## Update the lock file
	@$(BIN)/uv lock --upgrade
