# Everything a person runs on redproof. It needs Python 3.11 or newer and make; all else goes into .venv.
#
#   PYTHON=python3.12   the interpreter to build .venv with (default: python3)
#   ARGS="..."          further arguments for the pytest run of `verify` or `test`, for `bench`, `faults`, `matrix`,
#                       or packages for `images`

PYTHON ?= python3
ARGS ?=

venv := .venv
bin := $(venv)/bin
# .venv belongs to one interpreter and one checkout: any other pair rebuilds it.
made_for := $(PYTHON) $(CURDIR)

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help verify matrix test images lint format bench faults docs clean

help: ## list these targets
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/  make \1|\2/p' $(MAKEFILE_LIST) | while IFS='|' read -r target text; do \
		printf '%-14s %s\n' "$$target" "$$text"; done

verify: $(venv)/installed-test ## run the properties against the bundled server and a real Redis, and write the page
	@$(bin)/python -m pytest properties $(ARGS)

matrix: $(venv)/installed-test ## judge servers of eleven versions, and draw the table of commands by servers
	@$(bin)/redproof matrix --targets docs/matrix.toml --out .redproof/matrix $(ARGS)

publish: $(venv)/installed-test ## draw the site of the reports in reports/published into .redproof/published
	@$(bin)/redproof report reports/published --baseline reports/published/known.toml --out .redproof/published $(ARGS)

test: $(venv)/installed-test ## run redproof's own tests
	@$(bin)/python -m pytest tests $(ARGS)

images: $(venv)/installed-test ## build container images of the servers in Debian's suites, and print their names
	@$(bin)/python properties/containers/build_images.py $(ARGS)

lint: $(venv)/installed-lint ## check format, style, types, the import contracts and the examples for CI
	@$(bin)/ruff format --check
	@$(bin)/ruff check
	@$(bin)/mypy
	@$(bin)/lint-imports
	@$(bin)/actionlint docs/ci/github-fuzz.yml
	@$(bin)/check-jsonschema --quiet --builtin-schema vendor.github-actions action.yml
	@$(bin)/check-jsonschema --quiet --builtin-schema vendor.gitlab-ci docs/ci/gitlab-ci.yml

format: $(venv)/installed-lint ## rewrite the sources in the house format
	@$(bin)/ruff format
	@$(bin)/ruff check --fix

bench: $(venv)/installed-bench ## measure the bundled server and the model, as ratios within one run
	@$(bin)/python -m redproof_reports.bench $(ARGS)

faults: $(venv)/installed-test ## measure how soon campaigns find planted faults, guided and drawn, for docs/planted-faults.md
	@$(bin)/python tests/quality/measure_faults.py $(ARGS)

docs: $(venv)/installed-docs ## build the documentation into docs/_build/html, warnings as errors
	@$(bin)/sphinx-build --fail-on-warning --keep-going --quiet docs docs/_build/html
	@echo "docs/_build/html/index.html"

clean: ## remove .venv and everything that a run leaves behind
	rm -rf $(venv) .redproof .hypothesis .pytest_cache .mypy_cache .ruff_cache .import_linter_cache dist docs/_build
	find model server properties reports tests -name __pycache__ -type d -prune -exec rm -rf {} +

ifneq ($(shell cat $(venv)/made-for 2>/dev/null),$(made_for))
.PHONY: $(venv)/made-for
endif
$(venv)/made-for:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
		echo 'redproof needs Python 3.11 or newer; choose one, for instance: make PYTHON=python3.12' >&2; exit 1; }
	@$(PYTHON) -m venv --clear $(venv)
	@echo '$(made_for)' > $@

# One stamp for each extra of pyproject.toml: nothing is installed again until that file changes.
$(venv)/installed-%: $(venv)/made-for pyproject.toml
	@echo 'Installing redproof[$*] into $(venv) ...'
	@$(bin)/python -m pip install --quiet --disable-pip-version-check --editable '.[$*]'
	@touch $@
