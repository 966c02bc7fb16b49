# Plain make. `make demo` and `make test` are the front door; both install what they need.

SEED ?=
SEEDS ?= 200
RUNS ?= 200
SWIFT = swift
DEMO = Examples/lamplighter

.PHONY: setup setup-tests build dist test test-s3 lint format demo feature hosts bench sim chaos sdk-check adapters rehearse-feature fuzz proto ci clean

setup:
	@ops/setup.sh

build: setup
	$(SWIFT) build -c release --product snowflake

setup-tests:
	@ops/setup.sh --tests

# What runs in one process first, then whole films by many: those take every core, and a few at a time is enough.
test: setup-tests
	$(SWIFT) build --build-tests
	$(SWIFT) test --skip-build --skip EndToEndTests
	$(SWIFT) test --skip-build --filter EndToEndTests --experimental-maximum-parallelization-width 4

# The S3 store against a real Ceph gateway.
test-s3: setup-tests
	$(SWIFT) test --filter S3Tests

lint:
	$(SWIFT) format lint --strict --recursive Sources Tests Package.swift

format:
	$(SWIFT) format --in-place --recursive Sources Tests Package.swift

demo: build
	.build/release/snowflake render $(DEMO) --size 1920x1080

# A feature of 754 shots, whole, without keys, through a coordinator and workers: hours on two cores, about 20 GB outside
# the work tree (FEATURE="--act 1 --size 1920x1080" for one act of it). It goes on where it was stopped.
feature: build
	python3 ops/feature.py --report docs/feature $(FEATURE)

# The same film by hosts that share nothing but a bad wire. Needs user namespaces (`unshare -Urnm`).
hosts: build
	python3 ops/hosts-film.py

# The command with everything of Swift's in it, for the images in docker/.
dist: setup
	$(SWIFT) build -c release --static-swift-stdlib --product snowflake
	mkdir -p docker/dist
	cp -r .build/release/snowflake .build/release/GRDB_GRDB.resources docker/dist/
	strip docker/dist/snowflake

bench: build
	$(SWIFT) build -c release --product farm-load
	$(SWIFT) build -c release --product media-bench
	$(SWIFT) build -c release --product store-bench
	$(SWIFT) build -c release --product dashboard-bench
	$(SWIFT) build -c release --product breakdown-bench
	ops/bench.sh

# Seeds of the simulated farm: all of them, or one with its story.
sim: setup
	SNOWFLAKE_SIM_SEED=$(SEED) SNOWFLAKE_SIM_SEEDS=$(SEEDS) $(SWIFT) test --filter SimulationTests.ReplayTests

# Real processes that are killed, frozen, cut off, filled up and lied to. Needs user namespaces (`unshare -Urnm`).
chaos: build
	python3 ops/chaos.py --runs $(RUNS) --seed $(or $(SEED),1) --jobs $(or $(JOBS),1)

# Noise for the readers of screenplays and the shot engine: a million inputs.
fuzz: setup-tests
	SNOWFLAKE_FUZZ=1000000 $(SWIFT) test --filter 'FuzzTests|GeneratedTests'

# The simulated services, asked by the services' own SDKs from PyPI.
sdk-check: build
	python3 -m venv .build/sdk-venv
	.build/sdk-venv/bin/pip install -q runwayml google-genai fal-client lumaai luma_agents replicate openai elevenlabs
	.build/sdk-venv/bin/python ops/sdk-check.py

# The programs in Examples/adapters, tried with tiny models made on the spot: about 12 GB of packages, in two environments,
# because audiocraft wants a torch of its own. (Its other pins are old: it is installed beside newer ones.)
adapters:
	python3 -m venv .build/adapters-venv
	.build/adapters-venv/bin/pip install -q torch diffusers transformers accelerate pillow 'rembg[cpu]' onnx
	.build/adapters-venv/bin/python Examples/adapters/test_adapters.py
	python3 -m venv .build/audiogen-venv
	.build/audiogen-venv/bin/pip install -q torch==2.1.0 torchaudio==2.1.0 xformers==0.0.22.post7 'numpy<2' 'transformers<4.45'
	.build/audiogen-venv/bin/pip install -q --no-deps audiocraft demucs
	.build/audiogen-venv/bin/pip install -q av einops flashy hydra-core hydra_colorlog julius num2words sentencepiece librosa \
		encodec soundfile spacy torchmetrics dora-search openunmix lameenc 'numpy<2'
	.build/audiogen-venv/bin/python Examples/adapters/test_adapters.py AudioGen

# A feature of 754 shots against simulated services, with crashes (SEED=1,2,3 SPEED=30 CRASH=20).
rehearse-feature: build
	python3 ops/rehearse-feature.py --seeds $(or $(SEED),1) --speed $(or $(SPEED),30) $(if $(CRASH),--crash-every $(CRASH))

# Writes the generated wire code anew.
proto: setup
	$(SWIFT) package resolve
	$(SWIFT) build -c release --package-path .build/checkouts/swift-protobuf --scratch-path .build-protoc --product protoc-gen-swift
	protoc --plugin=protoc-gen-swift=.build-protoc/release/protoc-gen-swift --proto_path=proto \
		--swift_opt=Visibility=Package --swift_opt=UseAccessLevelOnImports=true --swift_opt=FileNaming=DropPath \
		--swift_out=Sources/Protocol proto/messages.proto

ci:
	bash .ci/run

clean:
	rm -rf .build .build-protoc
