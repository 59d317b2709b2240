# clerk_c. `make help` lists what there is; `make demo` and `make test` are each
# enough on a bare machine with Python, gcc and make.

PYTHON ?= python3
VENV ?= .venv
JOBS ?= $(shell nproc 2>/dev/null || echo 2)
export PYTHON VENV CC JOBS

# What the goals need installed: `demo` and `build` less than the tests.
LEVEL := $(if $(filter-out help demo build asan sdist wheels clean changelog,$(or $(MAKECMDGOALS),help)),test,build)
READY = $(VENV)/.ready-$(LEVEL)
RUN = $(VENV)/bin/python
C_SOURCES := $(wildcard csrc/*/*.[ch])
GENERATOR := $(shell find tools -name '*.py' -o -name '*.pyi.in') schema/clerk.json
TABLES := build/generated/tables.c
EXTENSION_SOURCES := $(C_SOURCES) $(GENERATOR) setup.py
PYTHON_SOURCES := $(shell find clerk_c -name '*.py*' -not -path '*/__pycache__/*')

.PHONY: help demo test docs bench report build asan sdist wheels ctest ctest-asan ctest-tsan \
	ctest-valgrind fuzz fuzz-short fuzz-long fuzz-merge pytest pytest-asan coverage lint \
	lint-source lint-format lint-ruff lint-mypy format clean adopt changelog
.DELETE_ON_ERROR:
.SUFFIXES:
.SECONDARY: # keep object files

help: ## this list
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1|\2/p' Makefile | \
		awk -F'|' '{printf "%-22s %s\n", $$1, $$2}'

demo: $(VENV)/.built ## build, then manage users on a local stand-in (LIVE=1: the real API)
	@$(RUN) examples/demo.py $(if $(LIVE),--live)

test: $(VENV)/.built ## every test: style, C under ASan and valgrind, Python
	@MAKE="$(MAKE)" tools/run_tests.sh

bench: .venv-bench/.built ## compare with the reference package and others (QUICK=1)
	@mkdir -p build/bench && cd build/bench && ../../.venv-bench/bin/python -m clerk_c.bench \
		$(if $(QUICK),--quick) --html report.html $(BENCH_ARGS)

# Not part of anything else: it takes a quarter of an hour and a machine that does nothing else.
report: .venv-bench/.built ## measure, and write docs/benchmark and the README's numbers
	@mkdir -p docs/benchmark build/bench
	@cd build/bench && ../../.venv-bench/bin/python -m clerk_c.bench $(if $(QUICK),--quick) \
		--json ../../docs/benchmark/report.json --png ../../docs/benchmark/report.png $(BENCH_ARGS)
	@.venv-bench/bin/python tools/report.py

docs: $(READY) ## the documentation site, in build/site; warnings are errors
	@NO_MKDOCS_2_WARNING=1 $(RUN) -m mkdocs build --strict --quiet

build: $(VENV)/.built ## the extension modules, for $(VENV)

# --- environments -----------------------------------------------------------

$(VENV)/.ready-build: pyproject.toml tools/bootstrap.sh
	@tools/bootstrap.sh system build
	@tools/bootstrap.sh venv $(VENV) testing
	@touch $@

$(VENV)/.ready-test: pyproject.toml tools/bootstrap.sh
	@tools/bootstrap.sh system test
	@tools/bootstrap.sh venv $(VENV) test
	@touch $(VENV)/.ready-build $@

$(VENV)/.built: $(EXTENSION_SOURCES) | $(READY)
	@echo "Building clerk_c for $$($(RUN) --version)"
	@$(RUN) setup.py --quiet build_ext --inplace
	@touch $@

# An installation like a user's: no editable import hook adds to the start-up times.
.venv-bench/.built: $(EXTENSION_SOURCES) $(PYTHON_SOURCES) $(wildcard clerk_c/bench/*.c) pyproject.toml
	@tools/bootstrap.sh system build
	@test -x .venv-bench/bin/python || $(PYTHON) -m venv .venv-bench
	@echo "Installing clerk_c and the reference into .venv-bench"
	@.venv-bench/bin/python -m pip install --quiet --disable-pip-version-check '.[bench]'
	@touch $@

# The binding's tests run a second time on this build.
asan: build/asan/.built ## the extension modules with ASan and UBSan, in build/asan/lib
build/asan/.built: $(EXTENSION_SOURCES) $(PYTHON_SOURCES) | $(READY)
	@rm -rf build/asan/lib/clerk_c && mkdir -p build
	@CLERK_C_SANITIZE=1 $(RUN) setup.py --quiet build \
		--build-base build/asan --build-lib build/asan/lib 2>build/asan.log || \
		{ cat build/asan.log; exit 1; }
	@touch $@

# --- to give away -----------------------------------------------------------

sdist: $(READY) ## the source archive, in dist/
	@$(RUN) setup.py --quiet sdist --dist-dir dist && ls dist/*.tar.gz

wheels: ## wheels that bring their libraries, for each CPython here, in dist/
	@tools/wheels/build_wheels.sh dist

# --- C tests ----------------------------------------------------------------
# Every core file linked into every test, once with sanitizers, once without for
# valgrind. CK_TORTURE compiles in the switch that makes allocations fail.

$(TABLES): $(GENERATOR)
	@mkdir -p $(@D)
	@$(PYTHON) tools/generate.py --output $@ && touch $@

, := ,
C_WARNINGS := -Wall -Wextra -Wshadow -Wconversion -Wstrict-prototypes -Werror
C_FLAGS := -std=c11 -D_GNU_SOURCE -DCK_TORTURE -DCK_FUZZ_MAIN -g -O1 \
	-fno-omit-frame-pointer -Icsrc -Icsrc/core $(C_WARNINGS)
C_LIBS := -lcmocka -lcjson -lcurl -lssl -lcrypto -lpthread -lm
C_CORE := $(patsubst %.c,%.o,$(wildcard csrc/core/*.c) $(TABLES))
C_HELPERS := $(patsubst %.c,%.o,$(filter-out tests/core/test_%,$(wildcard tests/core/*.c)))
C_TESTS := $(patsubst tests/core/%.c,%,$(wildcard tests/core/test_*.c))
C_FUZZERS := $(patsubst tests/fuzz/%.c,%,$(wildcard tests/fuzz/fuzz_*.c))

define c_mode # folder under build/c, extra flags
build/c/$(1)/%.o: %.c
	@mkdir -p $$(@D)
	@$$(CC) $$(C_FLAGS) $(2) -MMD -MP -c $$< -o $$@
build/c/$(1)/test_%: build/c/$(1)/tests/core/test_%.o \
		$$(addprefix build/c/$(1)/,$$(C_HELPERS) $$(C_CORE))
	@$$(CC) $(2) $$^ $$(C_LIBS) -o $$@
build/c/$(1)/fuzz_%: build/c/$(1)/tests/fuzz/fuzz_%.o $$(addprefix build/c/$(1)/,$$(C_CORE))
	@$$(CC) $(2) $$^ $$(C_LIBS) -o $$@
-include $$(shell find build/c/$(1) -name '*.d' 2>/dev/null)
endef
$(eval $(call c_mode,asan,-fsanitize=address$(,)undefined -fno-sanitize-recover=undefined))
$(eval $(call c_mode,plain,))
$(eval $(call c_mode,tsan,-fsanitize=thread))
# libFuzzer comes with clang; which warns about other things than gcc, and is not asked to.
FUZZ_CC ?= clang
build/c/fuzz/%: private CC = $(FUZZ_CC)
$(eval $(call c_mode,fuzz,-w -UCK_FUZZ_MAIN -fsanitize=fuzzer$(,)address$(,)undefined \
	-fno-sanitize-recover=undefined))
$(eval $(call c_mode,gcov,-O0 --coverage -fprofile-update=atomic))

ctest: ctest-asan ctest-tsan ctest-valgrind fuzz ## the C tests and the fuzzers' corpora
ctest-asan: ## each C test with ASan and UBSan
ctest-asan: $(addprefix build/c/asan/,$(C_TESTS))
	@tools/run_c_tests.sh $^
ctest-tsan: ## the transport's and loops' with TSan
ctest-tsan: $(addprefix build/c/tsan/,test_loop test_loop_faults test_loop_storm \
		test_transport)
	@TSAN_OPTIONS=die_after_fork=0 tools/run_c_tests.sh $^
ctest-valgrind: ## each C test under valgrind
ctest-valgrind: $(addprefix build/c/plain/,$(C_TESTS))
	@VALGRIND=1 tools/run_c_tests.sh $^
fuzz: ## the fuzzers' corpora, with ASan and UBSan
fuzz: $(addprefix build/c/asan/,$(C_FUZZERS))
	@tools/run_c_tests.sh $^

FUZZED = $(or $(NAME),$(patsubst fuzz_%,%,$(C_FUZZERS)))
fuzz-short: $(TABLES) ## libFuzzer with a fixed seed, seconds each; needs clang
	@tools/fuzz.sh short $(FUZZED)
fuzz-long: $(TABLES) ## libFuzzer for SECONDS=600 each (NAME=jwt: that target alone)
	@tools/fuzz.sh long $(or $(SECONDS),600) $(FUZZED)
fuzz-merge: $(TABLES) ## what fuzz-long has found, made small, into tests/fuzz/corpus
	@tools/fuzz.sh merge $(FUZZED)

# --- Python tests and style -------------------------------------------------

pytest: $(VENV)/.built ## the Python tests (ARGS="-k name")
	@tools/run_pytest.sh $(VENV)/bin/pytest -q -n $(JOBS) -W error --tb=short $(ARGS)

# Leaks are for tests/robust and the C tests: Python itself leaves too much behind.
ASAN_SET = PYTHONPATH=build/asan/lib PYTHONMALLOC=malloc \
	ASAN_OPTIONS=detect_leaks=0 UBSAN_OPTIONS=print_stacktrace=1 \
	LD_PRELOAD="$$($(CC) -print-file-name=libasan.so)"

pytest-asan: build/asan/.built ## the binding's tests under ASan
	@$(ASAN_SET) $(RUN) -c 'import sys; sys.path.remove(""); from clerk_c import _core; \
		assert "/asan/" in _core.__file__, _core.__file__'
	@$(ASAN_SET) tools/run_pytest.sh $(VENV)/bin/pytest -q -n $(JOBS) -W error --tb=short \
		$(or $(ARGS),tests/binding)

# --- coverage ---------------------------------------------------------------
# Not part of `make test`: it is the C tests and most of the Python tests a second time, slower.

COVERED := $(filter-out tests/core tests/docs tests/fuzz tests/packaging tests/typing,\
	$(patsubst %/,%,$(wildcard tests/*/)))

build/coverage/.built: $(EXTENSION_SOURCES) $(PYTHON_SOURCES) | $(READY)
	@rm -rf build/coverage && mkdir -p build/coverage
	@CLERK_C_COVERAGE=1 $(RUN) setup.py --quiet build \
		--build-base build/coverage --build-lib build/coverage/lib 2>build/coverage/build.log || \
		{ cat build/coverage/build.log; exit 1; }
	@touch $@

coverage: build/coverage/.built $(addprefix build/c/gcov/,$(C_TESTS)) ## lines that the tests reach; fails when they are too few
	@find build/coverage build/c/gcov -name '*.gcda' -delete; rm -f build/coverage/counts*
	@tools/run_c_tests.sh $(filter build/c/%,$^) >build/coverage/c.log || { cat build/coverage/c.log; exit 1; }
	@PYTHONPATH=build/coverage/lib $(VENV)/bin/coverage run $(VENV)/bin/pytest -q -n $(JOBS) -W error \
		--tb=short $(or $(ARGS),$(COVERED))
	@$(RUN) tools/coverage_gate.py

C_STYLED := $(wildcard csrc/*/*.[ch] tests/*/*.[ch])

lint: lint-source lint-format lint-ruff lint-mypy ## source rules, clang-format, ruff, mypy
lint-source: ## rules that tools/check_source.py knows; the files of changes/
	@$(PYTHON) tools/check_source.py
	@$(PYTHON) tools/changelog.py >/dev/null
lint-format: $(READY) ## clang-format, only looking
	@$(VENV)/bin/clang-format --dry-run -Werror $(C_STYLED) && echo "$(words $(C_STYLED)) files"
lint-ruff: $(READY) ## ruff check
	@$(VENV)/bin/ruff check --quiet && echo "nothing to report"
lint-mypy: $(READY) ## mypy
	@$(VENV)/bin/mypy

changelog: ## what changes/ holds for the next release; VERSION=0.2.0 writes it
	@$(PYTHON) tools/changelog.py $(if $(VERSION),--release $(VERSION))

adopt: ## adopt a release of the reference: VERSION=7.1.0 (see docs/adopting.md)
	@$(PYTHON) tools/adopt.py $(or $(VERSION),--help) $(ARGS)

format: $(READY) ## rewrite the C files in the tree's style, fix what ruff can
	@$(VENV)/bin/clang-format -i $(C_STYLED)
	@$(VENV)/bin/ruff check --quiet --fix

clean: ## all that was built, environments included
	rm -rf build dist .venv-bench $(VENV) *.egg-info clerk_c/*.so \
		.mypy_cache .pytest_cache .ruff_cache
