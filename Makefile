# SPDX-License-Identifier: Apache-2.0
#
# `make demo` and `make test` start from a bare Debian 12 with Swift 6.3 in PATH. V=1 shows commands.

.DEFAULT_GOAL := help
.PHONY: help deps test-deps test-library docs-library build build-testing samples demo test bench bench-unwind bench-symbols bench-render bench-pairs fuzz sanitize sanitize-address sanitize-thread faults faults-short hostile hostile-short test-kernel soak install uninstall deb lint format clean lint-js lint-words swift-is-there

ifeq ($(V),1)
Q :=
say := @:
else
Q := @
say := @printf '  %-8s %s\n'
MAKEFLAGS += --no-print-directory
endif

root := $(shell [ "$$(id -u)" = 0 ] || echo sudo)
binary := .build/release/flameback

help:
	@echo 'make demo    profile a real program: flame.svg, stacks.folded, profile.pb.gz'
	@echo 'make test    check the format, run all tests (as root, through sudo if need be)'
	@echo 'make bench   what profiling costs, in numbers; beside perf, where linux-perf is installed'
	@echo 'make bench-unwind  how whole stacks are, and what unwinding costs (BENCH_OPTIONS=--full)'
	@echo 'make bench-symbols  whether names are right, and what they cost; beside llvm-symbolizer'
	@echo 'make bench-render  what drawing costs, beside flamegraph.pl and in a browser (BENCH_OPTIONS=--quick)'
	@echo 'make bench-pairs BASE=BINARY  both builds do the same jobs in turn: is this one slower?'
	@echo 'make fuzz    read untrusted bytes, FUZZ_SECONDS=60 seconds for each reader: nothing may trap or hang'
	@echo 'make sanitize  the unit tests under the address and the thread sanitizer'
	@echo 'make faults-short  one round of each fault, a few minutes: what make test leaves out'
	@echo 'make hostile  attacks by an unprivileged user on flameback run by root, by sudo and with capabilities'
	@echo 'make faults  the fault matrix, with perf and bpftrace for comparison; writes docs/faults.md'
	@echo 'make test-kernel  the program on Linux 6.1, in a guest;  make soak: half an hour under churn'
	@echo 'make build   $(binary)'
	@echo 'make install PREFIX=/usr/local DESTDIR=: program, man pages, completions;  make deb: a Debian package'
	@echo 'make samples samples/bin: programs whose true profile is known'
	@echo 'make deps    install the Debian packages to build with; test-deps: and to test with'
	@echo 'make lint    check layout, words and structure;  make format: lay out all sources;  make clean: remove what was built'

# --- Debian packages ------------------------------------------------------------------------------

# The first line builds flameback, the second is what Swift itself needs, the third the samples and
# the demo.
packages := clang libbpf-dev libelf-dev libdw-dev libiberty-dev liblz4-dev liblzma-dev zlib1g-dev pkg-config \
  binutils ca-certificates git libc6-dev libcurl4 libncurses6 libsqlite3-0 libstdc++-12-dev libxml2 tzdata \
  gcc g++ perl esbuild
# Readers of what the tests write: pprof, a browser, an XML parser, an SVG renderer; the kernel's own
# list of BPF programs; perf, for a second opinion; makers of debug files; then programs to profile.
test_packages := golang-go chromium chromium-driver python3-selenium libxml2-utils librsvg2-bin bpftool \
  linux-perf dwz llvm gzip python3 xz-utils postgresql-15 libcap2-bin libdebuginfod1 nodejs rustc strace \
  zsh fish

# $(call install,PACKAGES): one dpkg-query when nothing is missing.
define install
	@installed=" $$(dpkg-query -W -f '$${db:Status-Status}:$${Package} ' $(1) 2>/dev/null)"; missing=; \
	for package in $(1); do \
	  case "$$installed" in *" installed:$$package "*) ;; *) missing="$$missing $$package" ;; esac; \
	done; \
	[ -z "$$missing" ] && exit; \
	echo "  APT     $$missing"; \
	$(root) apt-get -qq update; \
	$(root) env DEBIAN_FRONTEND=noninteractive apt-get -qq -y --no-install-recommends \
	  -o DPkg::Lock::Timeout=600 install $$missing $(if $(Q),>/dev/null)
endef

deps:
	$(call install,$(packages))

# Tools that benchmarks compare with, besides perf.
bench_packages := libdevel-nytprof-perl

# Programs and compilers for the part `unmarked` of bench-unwind. It also takes nginx, whose package would
# start a server.
unmarked_packages := libgmp-dev nettle-dev gnutls-bin ffmpeg musl-tools fp-compiler mono-runtime mono-mcs \
  libboost-context-dev php-cli crystal

# Installing PostgreSQL would start a server. This setting prevents it; tests start their own.
postgresql_settings := /etc/postgresql-common/createcluster.d/none-for-tests.conf

test-deps:
	@[ -d /etc/postgresql-common ] || echo 'create_main_cluster = false' | \
	  $(root) install -D -m 644 /dev/stdin $(postgresql_settings)
	$(call install,$(packages) $(test_packages))

swift-is-there:
	@command -v swift >/dev/null || { echo 'make: swift is not in PATH: install Swift 6.3 for Debian 12 from https://www.swift.org/install' >&2; exit 1; }

# --- The program ----------------------------------------------------------------------------------

build: swift-is-there
	$(say) SWIFT $(binary)
	$(Q)swift build -c release --static-swift-stdlib --product flameback

# The same modules once more linked, with switches for tests and benchmarks.
build-testing: build
	$(say) SWIFT $(binary)-testing
	$(Q)swift build -c release --static-swift-stdlib --product flameback-testing

# --- Installing -------------------------------------------------------------------------------------

PREFIX ?= /usr/local
ZSH_FOLDER ?= $(PREFIX)/share/zsh/site-functions

# Manual and completions are generated by the program, so their version is its own. Builds nothing:
# `sudo make install` must not leave files of root in .build.
install:
	@[ -x $(binary) ] || { echo 'make: first make build' >&2; exit 1; }
	$(say) INSTALL '$(DESTDIR)$(PREFIX)'
	$(Q)install -D $(binary) '$(DESTDIR)$(PREFIX)/bin/flameback'
	$(Q)folder=$$(mktemp -d) && trap 'rm -r "$$folder"' EXIT && \
	  Packaging/manual.py $(binary) "$$folder" && gzip -9n "$$folder"/*.1 && \
	  install -d '$(DESTDIR)$(PREFIX)/share/man/man1' && \
	  install -m 644 "$$folder"/*.1.gz '$(DESTDIR)$(PREFIX)/share/man/man1'
	$(Q)$(call completions,bash,$(PREFIX)/share/bash-completion/completions/flameback)
	$(Q)$(call completions,zsh,$(ZSH_FOLDER)/_flameback)
	$(Q)$(call completions,fish,$(PREFIX)/share/fish/vendor_completions.d/flameback.fish)

# $(call completions,SHELL,FILE)
# Sourced, not run: without the first line of a script.
completions = $(binary) --generate-completion-script $(1) | sed '1{/^\#!/d}' | install -D -m 644 /dev/stdin '$(DESTDIR)$(2)'

uninstall:
	$(Q)rm -f '$(DESTDIR)$(PREFIX)/bin/flameback' '$(DESTDIR)$(PREFIX)'/share/man/man1/flameback*.1.gz \
	  '$(DESTDIR)$(PREFIX)/share/bash-completion/completions/flameback' '$(DESTDIR)$(ZSH_FOLDER)/_flameback' \
	  '$(DESTDIR)$(PREFIX)/share/fish/vendor_completions.d/flameback.fish'

deb: deps
	$(call install,dpkg-dev fakeroot lintian)
	$(Q)$(MAKE) build
	$(say) DEB .build/deb
	$(Q)Packaging/deb.sh $(binary) .build/deb
	$(Q)lintian --fail-on error,warning .build/deb/*.deb

# --- The samples, each with frame pointers (fp) and without (nofp) --------------------------------

c_samples := $(filter-out plugin,$(basename $(notdir $(wildcard samples/*.c))))
sample_names := $(c_samples) templates swiftburn libplugin.so libother.so

fp_flags := -g -fno-omit-frame-pointer -mno-omit-leaf-frame-pointer
nofp_flags := -fomit-frame-pointer
c_flags := -O2 -Wall -Wextra -Werror -fno-optimize-sibling-calls -pthread
swift_fp_flags := -g -Xcc -fno-omit-frame-pointer
swift_nofp_flags := -Xcc -fomit-frame-pointer

samples: $(foreach kind,fp nofp,$(addprefix samples/bin/$(kind)/,$(sample_names)))

# $(eval $(call sample_rules,KIND))
define sample_rules
$(addprefix samples/bin/$(1)/,$(c_samples)): samples/bin/$(1)/%: samples/%.c samples/burn.h Makefile
	$$(say) CC $$@
	$$(Q)mkdir -p $$(@D) && $$(CC) $$(c_flags) $$($(1)_flags) -o $$@ $$< -ldl

samples/bin/$(1)/libplugin.so: samples/plugin.c samples/burn.h Makefile
	$$(say) CC $$@
	$$(Q)mkdir -p $$(@D) && $$(CC) $$(c_flags) $$($(1)_flags) -fPIC -shared -o $$@ $$<

# The same under other names.
samples/bin/$(1)/libother.so: samples/plugin.c samples/burn.h Makefile
	$$(say) CC $$@
	$$(Q)mkdir -p $$(@D) && $$(CC) $$(c_flags) $$($(1)_flags) -fPIC -shared \
	  -Dplugin_work=other_work -Dburn_in_plugin=burn_in_other -o $$@ $$<

samples/bin/$(1)/templates: samples/templates.cpp samples/burn.h Makefile
	$$(say) CXX $$@
	$$(Q)mkdir -p $$(@D) && $$(CXX) $$(c_flags) $$($(1)_flags) -o $$@ $$<

samples/bin/$(1)/swiftburn: samples/swiftburn.swift Makefile | swift-is-there
	$$(say) SWIFTC $$@
	$$(Q)mkdir -p $$(@D) && swiftc -O -parse-as-library -static-stdlib $$(swift_$(1)_flags) -o $$@ $$<
endef
$(eval $(call sample_rules,fp))
$(eval $(call sample_rules,nofp))

# --- Demo, tests, benchmarks ------------------------------------------------------------------------

# Profiles Debian's perl, stripped and built without frame pointers, as it counts the words of its library.
count_words := while (/(\w+)/g) { $$n{lc $$1}++ } \
  END { print "$$n{$$_} $$_\n" for sort { $$n{$$b} <=> $$n{$$a} } keys %n }

demo: deps
	$(Q)$(MAKE) build
	$(say) PROFILE perl
	$(Q)$(root) $(binary) record -F 1999 -o flame.svg -o stacks.folded -o profile.pb.gz -- \
	  perl -ne '$(count_words)' $$(find /usr/share/perl/ -name '*.p*') >/dev/null
	@ls -l flame.svg stacks.folded profile.pb.gz
	@awk '{ total += $$NF } END { print total " samples in stacks.folded" }' stacks.folded

# End-to-end tests run alone: other tests would take CPU time from what they measure.
test: test-deps
	$(Q)$(MAKE) build-testing samples lint
	$(say) TEST Tests
	$(Q)swift build --build-tests
	$(Q)Tests/failures-last.sh swift test --skip-build --disable-xctest --skip EndToEndTests
	$(Q)Tests/failures-last.sh $(if $(root),$(root) --preserve-env=CI env "PATH=$$PATH") \
	  swift test --skip-build --disable-xctest --filter EndToEndTests
	$(Q)$(MAKE) hostile-short
	$(Q)$(MAKE) test-library

# The examples of docs/library.md, in a package of their own.
test-library: build
	$(say) TEST Tests/LibraryClient
	$(Q)Tests/LibraryClient/test.sh $(binary)

# DocC pages of what the libraries declare as public: any warning is an error.
docs_folder := .build/docs
docs-library: swift-is-there
	$(say) DOCC $(docs_folder)
	$(Q)rm -rf $(docs_folder) && mkdir -p $(docs_folder)/Flameback-symbols $(docs_folder)/FlamebackRecorder-symbols
	$(Q)swift build --quiet --target FlamebackRecorder
	$(Q)for module in Flameback FlamebackRecorder; do \
	  swift symbolgraph-extract -module-name $$module -minimum-access-level public \
	    -I "$$(swift build --show-bin-path)/Modules" -I Sources/CZlib -target $$(uname -m)-unknown-linux-gnu \
	    -output-dir $(docs_folder)/$$module-symbols && \
	  "$$(dirname "$$(realpath "$$(command -v swift)")")"/docc convert Sources/$$module/$$module.docc \
	    --additional-symbol-graph-dir $(docs_folder)/$$module-symbols \
	    --fallback-bundle-identifier flameback.$$module \
	    --output-path $(docs_folder)/$$module.doccarchive --warnings-as-errors || exit 1; \
	done

# Prints a table; the newest stands in docs/benchmarks.md.
bench: test-deps
	$(Q)$(MAKE) build samples
	$(say) BENCH two_busy_processes
	$(Q)$(root) python3 Benchmarks/two_busy_processes.py $(binary) samples/bin/fp/split

# How many stacks of ordinary programs are whole, and what the whole job costs. BENCH_OPTIONS=--full: 10,000
# samples of each program.
bench-unwind: test-deps
	$(call install,$(bench_packages) $(unmarked_packages))
	$(Q)$(MAKE) build-testing samples
	$(say) SWIFT .build/release/unwind-bench
	$(Q)swift build -c release --static-swift-stdlib --product unwind-bench
	$(say) BENCH unwind
	$(Q)status=0; \
	$(root) env "PATH=$$PATH" python3 Benchmarks/unwind.py $(BENCH_OPTIONS) $(binary) .build/release/unwind-bench || status=1; \
	$(root) python3 Benchmarks/whole_job.py $(binary) || status=1; \
	exit $$status

# Builds its programs once, in .build/bench-symbols, which takes some minutes.
bench-symbols: test-deps
	$(Q)$(MAKE) build
	$(say) SWIFT .build/release/symbols-bench
	$(Q)swift build -c release --static-swift-stdlib --product symbols-bench
	$(say) BENCH symbols
	$(Q)$(root) env "PATH=$$PATH" python3 Benchmarks/symbols.py $(BENCH_OPTIONS) $(binary) .build/release/symbols-bench

# Prints tables; the newest stand in docs/benchmarks.md.
bench-render: test-deps
	$(call install,libdevel-nytprof-perl)
	$(Q)$(MAKE) build
	$(say) BENCH render
	$(Q)$(root) /usr/bin/python3 Benchmarks/render.py $(BENCH_OPTIONS) $(binary) .build/bench-render

# Whether this build is slower than another one's binary: `make bench-pairs BASE=/path/to/flameback`.
bench-pairs: test-deps
	$(call install,$(bench_packages))
	$(Q)$(MAKE) build-testing samples
	$(say) BENCH pairs
	$(Q)$(root) env "PATH=$$PATH" python3 Benchmarks/pairs.py $(BENCH_OPTIONS) $(BASE) $(binary)

# --- Faults -----------------------------------------------------------------------------------------

# The guest's kernel is Debian's, downloaded and unpacked below .build; it is not installed.
fault_packages := bpftrace qemu-system-x86 busybox-static cpio
faults := $(root) env "PATH=$$PATH" python3 Tests/Faults/faults.py

# The cases marked `short`, flameback alone: what `make test` leaves out.
faults-short: test-deps
	$(Q)$(MAKE) build-testing samples
	$(say) FAULTS short
	$(Q)$(faults) --short $(binary)

# Renews the table in docs/faults.md. FAULT_OPTIONS='--only T1,T2 --tools flameback'
faults: test-deps
	$(call install,$(fault_packages))
	$(Q)$(MAKE) build-testing samples
	$(say) FAULTS docs/faults.md
	$(Q)$(faults) $(or $(FAULT_OPTIONS),--write docs/faults.md) $(binary)

# A table of attacks by an unprivileged user. HOSTILE_OPTIONS='--only fifo,race --against root'
hostile hostile-short: test-deps
	$(Q)$(MAKE) build samples
	$(say) HOSTILE '$(if $(filter %-short,$@),short )$(HOSTILE_OPTIONS)'
	$(Q)$(root) env "PATH=$$PATH" python3 Tests/Faults/hostile.py $(if $(filter %-short,$@),--short) $(HOSTILE_OPTIONS) $(binary)

test-kernel: test-deps
	$(call install,$(fault_packages))
	$(Q)$(MAKE) build samples
	$(say) FAULTS 'Linux 6.1'
	$(Q)$(faults) --only 6.1,T26,T29,T32 $(binary)

SOAK_SECONDS := 1800
soak: test-deps
	$(Q)$(MAKE) build samples
	$(say) FAULTS '$(SOAK_SECONDS) s'
	$(Q)$(root) env "PATH=$$PATH" SOAK_SECONDS=$(SOAK_SECONDS) python3 Tests/Faults/faults.py --only T39 $(FAULT_OPTIONS) $(binary)

# --- Fuzzing: untrusted bytes ---------------------------------------------------------------------

FUZZ_SECONDS := 60
fuzz_folder := .build/fuzz
fuzz_objects := $(patsubst Sources/CShims/%.c,$(fuzz_folder)/%.o,$(wildcard Sources/CShims/*.c))
fuzz_headers := $(shell find bpf Sources/CShims/include -name '*.h')
# $(call swift_of,MODULE…): their sources.
swift_of = $(foreach module,$(1),$(shell find Sources/$(module) -name '*.swift'))

# Fuzzers, the readers of each, which are cases of its FuzzedReader, and its sources.
fuzzers := unwind-table inputs records lists symbols
fuzz_readers_of_unwind-table := UnwindTable
fuzz_readers_of_inputs := AnyInput Folded PerfScript Bpftrace Pprof JSON Speedscope Markup Payload Inflate
fuzz_readers_of_records := ProcFile SideBandRecord CopiedStack KernelTypes
fuzz_readers_of_lists := ControlFile LZ4 Xz
fuzz_readers_of_symbols := Names PerfMap JITDump GoFunctionTable Dwarf ObjectFile FunctionRanges \
  WorkerAnswer WorkerRequest WorkerMessages
fuzz_common := $(call swift_of,Bytes ProfileModel Files System ObjectFiles)
fuzz_sources_of_unwind-table := $(fuzz_common) $(call swift_of,Unwinding) \
  Tests/UnwindingTests/UnwindTableCheck.swift Tests/Fuzz/UnwindTableFuzzer.swift
fuzz_sources_of_inputs := $(call swift_of,Bytes ProfileModel Files Compression Formats FlameGraphs) \
  Sources/Flameback/FormatList.swift Tests/FlamebackTests/InputsCheck.swift \
  Tests/Fuzz/EmbeddedStubs.swift Tests/Fuzz/ReaderFuzzer.swift
fuzz_sources_of_records := $(fuzz_common) $(call swift_of,Unwinding Sampling) bpf/EmbeddedObject.swift \
  Tests/SamplingTests/RecordsCheck.swift Tests/Fuzz/EmbeddedStubs.swift Tests/Fuzz/ReaderFuzzer.swift
fuzz_sources_of_lists := $(fuzz_common) $(call swift_of,Compression Advice) \
  Tests/AdviceTests/ListsCheck.swift Tests/Fuzz/ReaderFuzzer.swift
fuzz_sources_of_symbols := $(fuzz_common) $(call swift_of,Symbolization) \
  Tests/SymbolizationTests/SymbolsCheck.swift Tests/SymbolizationTests/MessagesCheck.swift \
  Tests/Fuzz/ReaderFuzzer.swift

# libFuzzer measures coverage only of code that is compiled with it: all sources go into one module, so
# imports of its parts are removed, and it has the name of one part that they use. New inputs stay in
# .build; those worth keeping go to the corpus.
#
# $(eval $(call fuzzer_rules,NAME))
define fuzzer_rules
$(fuzz_folder)/$(1): $(fuzz_sources_of_$(1)) $(fuzz_objects) Makefile | swift-is-there
	$$(say) SWIFTC $$@
	$$(Q)rm -rf $$@-sources && mkdir -p $$@-sources
	$$(Q)for file in $$(fuzz_sources_of_$(1)); do \
	  sed -E '/import (Bytes|ProfileModel|Files|System|ObjectFiles|Unwinding|Symbolization|Compression|Formats|FlameGraphs|Flameback|Sampling|BPFProgram|Advice)$$$$/d' \
	    $$$$file >$$@-sources/$$$$(echo $$$$file | tr / -); \
	done
	$$(Q)echo 'module CShims { header "$(CURDIR)/Sources/CShims/include/shims.h" export * }' \
	  >$$@-sources/module.modulemap
	$$(Q)swiftc -O -wmo -g -swift-version 6 -sanitize=fuzzer,address -use-ld=lld -parse-as-library \
	  -module-name ObjectFiles -package-name flameback -I $$@-sources $(addprefix -I Sources/,CZlib CLzma CLz4 CElfutils CLibbpf) \
	  -o $$@ $$@-sources/*.swift -Xcc -I$(CURDIR)/Sources/CShims/include $(fuzz_objects) \
	  -liberty -lz -llzma -llz4 -ldw -lelf -lbpf

fuzz_runs += $$(addprefix $(1):,$$(fuzz_readers_of_$(1)))
# One reader alone.
$$(addprefix fuzz-,$$(fuzz_readers_of_$(1))): fuzz-%: $(fuzz_folder)/$(1)
	$$(say) FUZZ '$$*, $$(FUZZ_SECONDS) s'
	$$(Q)python3 Tests/Fuzz/fuzz.py $$(FUZZ_SECONDS) $(fuzz_folder) $(1):$$*
endef
$(foreach fuzzer,$(fuzzers),$(eval $(call fuzzer_rules,$(fuzzer))))

$(fuzz_folder)/%.o: Sources/CShims/%.c $(fuzz_headers)
	$(Q)mkdir -p $(@D) && clang -O2 -g -fsanitize=address,undefined -fno-sanitize-recover=all \
	  -ISources/CShims/include -c -o $@ $<

# Fuzzes one reader after the other and prints a table: `make fuzz FUZZ_SECONDS=300`.
fuzz: $(addprefix $(fuzz_folder)/,$(fuzzers))
	$(say) FUZZ '$(FUZZ_SECONDS) s a reader'
	$(Q)python3 Tests/Fuzz/fuzz.py $(FUZZ_SECONDS) $(fuzz_folder) $(fuzz_runs)

# The unit tests under the address and the thread sanitizer, which need a build each.
sanitize: sanitize-address sanitize-thread

sanitize-address sanitize-thread: sanitize-%: test-deps
	$(say) TEST 'Tests, $* sanitizer'
	$(Q)Tests/sanitize.sh $*

# --- Layout and checks ------------------------------------------------------------------------------

# Formatters and linters of C, Python and shell; Swift brings its own.
lint_packages := clang-format black flake8 shellcheck shfmt python3-venv

swift_sources := Sources Tests Plugins bpf samples Package.swift
source_folders := Sources Tests Plugins bpf samples Benchmarks Packaging
# $(call sources,PATTERN): files that people write, when a rule needs them.
sources = $(shell find $(source_folders) -name '$(1)' -not -path 'samples/bin/*' -not -path 'Tests/Fuzz/*/*')
c_sources = $(call sources,*.[ch]) $(call sources,*.cpp)
python_sources = $(call sources,*.py)
shell_sources = .ci/run $(call sources,*.sh)

lint: swift-is-there lint-js
	$(call install,$(lint_packages))
	$(say) LINT 'Swift, C, Python, shell'
	$(Q)swift format lint --strict --parallel -r $(swift_sources)
	$(Q)clang-format --dry-run -Werror $(c_sources)
	$(Q)black --quiet --check $(python_sources) || { black --diff $(python_sources); exit 1; }
	$(Q)flake8 $(python_sources)
	$(Q)shfmt -d $(shell_sources)
	$(Q)shellcheck $(shell_sources)
	$(Q)Tests/Lint/lint.py

# Layout and rules are in .oxfmtrc.json and .oxlintrc.json. No formatter breaks a long string.
viewer := Sources/FlameGraphs/Viewer
js_tools := .build/js-tools/bin

lint-js: $(js_tools)/oxfmt
	$(say) LINT 'JavaScript, CSS'
	$(Q)$(js_tools)/oxfmt --check $(viewer) >/dev/null || { $(js_tools)/oxfmt --list-different $(viewer); exit 1; }
	$(Q)$(js_tools)/oxlint --deny-warnings $(viewer) >/dev/null || { $(js_tools)/oxlint $(viewer); exit 1; }
	$(Q)! LC_ALL=C.UTF-8 grep -nE '^.{121}' $(viewer)/*.js $(viewer)/*.css

# Programs in wheels of PyPI; they need no Node.js.
$(js_tools)/oxfmt: Tests/Lint/requirements.txt
	$(call install,$(lint_packages))
	$(say) PIP '$(<:Tests/Lint/%=%)'
	$(Q)/usr/bin/python3 -m venv .build/js-tools && $(js_tools)/pip install --quiet --require-virtualenv -r $< && touch $@

# Words of CONTRIBUTING.md's glossary: `make lint-words LINT_PATHS='docs bpf'`.
lint-words:
	$(Q)Tests/Lint/words.py $(LINT_PATHS)

format: swift-is-there $(js_tools)/oxfmt
	$(call install,$(lint_packages))
	$(Q)swift format --in-place --parallel -r $(swift_sources)
	$(Q)clang-format -i $(c_sources)
	$(Q)black --quiet $(python_sources)
	$(Q)shfmt -w $(shell_sources)
	$(Q)Tests/Lint/markdown.py
	$(Q)$(js_tools)/oxfmt $(viewer) >/dev/null

clean:
	$(Q)rm -rf .build samples/bin flame.svg stacks.folded profile.pb.gz
