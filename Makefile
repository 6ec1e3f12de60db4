# The one list of commands; README and CI call the same targets.
# Each target brings what it needs: a private .venv, the native module where cargo is installed.

PYTHON ?= python3
VENV := .venv
PY := $(VENV)/bin/python
PIP := $(PY) -m pip --disable-pip-version-check
# One process per core; the tests of a file stay together, since they share what it loads.
# A worker that dies ends the run: its tests would be waited for in vain.
PYTEST := $(PY) -m pytest --numprocesses auto --dist loadfile --max-worker-restart 0
SAMPLE := data/sample-mrt
RUST_SOURCES := $(shell find rust/src -name '*.rs') rust/Cargo.toml rust/Cargo.lock
export RIB_SHARED_DATA ?= ../shared/data

.PHONY: help report test check bench bench-smoke suspects notebooks docs mutations fuzz sample native wheel clean

help:  ## List the targets.
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

$(VENV)/.created:
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed")'
	$(PYTHON) -m venv $(VENV)
	$(PIP) install --quiet --upgrade 'pip>=25.1'
	touch $@

# With cargo, an editable install that builds the native module; without, the same packages and
# the source folder on the path, so that rib runs on its fallback.
$(VENV)/.rib: $(VENV)/.created pyproject.toml $(RUST_SOURCES)
	@if command -v cargo >/dev/null; then \
	  echo "$(PIP) install --editable '.[report,plot]'"; \
	  $(PIP) install --quiet --editable '.[report,plot]'; \
	else \
	  echo "no cargo: installing without the native module"; \
	  $(PY) -c "import tomllib; p = tomllib.load(open('pyproject.toml', 'rb'))['project']; o = p['optional-dependencies']; print('\n'.join(p['dependencies'] + o['report'] + o['plot'] + o['fallback']))" > $(VENV)/requirements.txt && \
	  $(PIP) install --quiet --requirement $(VENV)/requirements.txt && \
	  pwd > "$$($(PY) -c 'import sysconfig; print(sysconfig.get_path("purelib"))')/rib-source.pth"; \
	fi
	touch $@

$(VENV)/.test $(VENV)/.check $(VENV)/.bench $(VENV)/.release: $(VENV)/.%: $(VENV)/.rib
	$(PIP) install --quiet --group $*
	touch $@

native: $(VENV)/.rib  ## Build the native module and install rib into .venv.

report: $(VENV)/.rib  ## The main job on the sample data: out/report.html.
	$(PY) -m rib report $(SAMPLE)/collector.20250121.1200.mrt.bz2 \
	  --baseline $(SAMPLE)/collector.20250117.0000.mrt.bz2 \
	  --vrps $(SAMPLE)/vrps.json.gz --irr $(SAMPLE)/irr.20250121.db.gz \
	  --organisations $(SAMPLE)/as-org2info.txt.gz --relationships $(SAMPLE)/as-rel.txt.bz2 \
	  --delegations $(SAMPLE)/delegated-extended.txt.gz --asn 213394 --output out

test: $(VENV)/.test  ## Rust tests, then the Python suite on the native module and on the fallback.
	@if command -v cargo >/dev/null; then \
	  cargo test --quiet --release --manifest-path rust/Cargo.toml --no-default-features && \
	  RIB_BACKEND=native $(PYTEST); \
	fi
	RIB_BACKEND=fallback $(PYTEST)

check: $(VENV)/.check $(VENV)/.test  ## Formatters, linters, types, stub test, layering.
	$(VENV)/bin/ruff format --check .
	$(VENV)/bin/ruff check .
	$(VENV)/bin/mypy
	$(PY) -m mypy.stubtest rib._core --mypy-config-file pyproject.toml
	$(VENV)/bin/lint-imports
	cargo fmt --manifest-path rust/Cargo.toml --check
	cargo clippy --quiet --release --manifest-path rust/Cargo.toml --all-targets -- -D warnings

bench: $(VENV)/.bench  ## The full benchmark suite; results in benchmarks/history/.
	$(PY) benchmarks/run.py

bench-smoke: $(VENV)/.test  ## The benchmark suite on a small table: every answer checked, nothing kept.
	$(PY) benchmarks/run.py --smoke

suspects: $(VENV)/.bench  ## Recall and precision of hijack_suspects on the composed data, where they are.
	$(PY) benchmarks/suspects_evaluation.py --robust

notebooks: $(VENV)/.test  ## Execute every notebook.
	$(PY) -m pytest tests/notebooks

docs: $(VENV)/.test  ## Run every example of README, docs and docstrings.
	$(PY) -m pytest tests/docs

mutations: $(VENV)/.rib  ## Load 10,000 damaged dumps; MUTATIONS=count, SEED=number.
	$(PY) benchmarks/mutations.py $(or $(MUTATIONS),10000) $(or $(SEED),1)

# Stable Rust, told to take the flags that instrument code; cargo-fuzz alone is not in the toolchain.
FUZZ_SECONDS ?= 600
fuzz: $(VENV)/.rib  ## Fuzz the parsers for FUZZ_SECONDS (600) each; needs `cargo install cargo-fuzz`.
	@cargo fuzz --version >/dev/null 2>&1 || { echo "cargo-fuzz is needed: cargo install cargo-fuzz"; exit 1; }
	cd benchmarks && ../$(PY) -m internet.corpus ../rust/fuzz/corpus
	cd rust && for target in records attributes prefixes; do \
	  RUSTC_BOOTSTRAP=1 cargo fuzz run --sanitizer none $$target -- \
	    -max_total_time=$(FUZZ_SECONDS) -timeout=10 -rss_limit_mb=2048 || exit 1; \
	done

sample: $(VENV)/.rib  ## Generate data/sample-mrt again (the same bytes).
	cd benchmarks && ../$(PY) -m internet.sample ../$(SAMPLE)

# The wheel is built from the source distribution, so that both are known to build. It is tried where nothing of
# this folder is on the path, nor a compiler: PATH is the environment's own. Cargo gets no target folder of ours,
# since it would take a module that is already there and not look at the sources.
wheel: $(VENV)/.release  ## dist/: source distribution and abi3 wheel, tried in a clean environment without Rust.
	rm -rf dist
	$(PY) -m build --outdir dist .
	rm -rf build/clean && $(PYTHON) -m venv build/clean
	build/clean/bin/python -m pip --disable-pip-version-check install --quiet dist/*.whl
	cp tests/wheel/smoke.py build/clean/smoke.py
	cd build/clean && env -i PATH=$(CURDIR)/build/clean/bin RIB_BACKEND=native bin/python smoke.py $(CURDIR)/$(SAMPLE)

clean:  ## Remove what the targets made.
	rm -rf $(VENV) out rust/target rust/fuzz/target rib/_core*.so build dist
