# Needed on the machine: Python 3.11 to 3.13, Java 17 or newer, make. Everything else goes into .venv; nothing but
# Python packages is downloaded. On Linux PyPI's torch brings gigabytes of CUDA libraries; for the CPU build:
#   PIP_EXTRA_INDEX_URL=https://download.pytorch.org/whl/cpu make demo

PYTHON ?=
SWIFT := swift==2.38.3
S3A := sagemaker_pyspark==1.4.5
SPARK35 := pyspark==3.5.9 py4j==0.10.9.7
BIN := .venv/bin
TYPED := corpus jobs demo bench infra/*.py

.DEFAULT_GOAL := help
.PHONY: help demo test test-cluster test-hdfs test-infra test-readers test-store check bench bench-alignment bench-noise schemas package package-environment constraints

help: ## show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-16s %s\n", $$1, $$2 }' Makefile

demo: .venv/.made ## build a corpus from the bundled WARC file and say how well it matched
	$(BIN)/corpus build demo/sample.warc.gz --out demo-out
	$(BIN)/python -m demo.precision demo-out
	@echo "Open demo-out/report.html in a browser: the funnel, and documents as a reader of the corpus sees them."

test: check .venv-spark35/.made .venv-s3/.made ## check, all tests on Spark 4, the whole chain again on Spark 3.5
	$(BIN)/python -m pytest
	.venv-spark35/bin/python -m pytest -m end_to_end tests/jobs

test-infra: .venv-infra/.made ## what infra/ holds, read by linters, schemas and an imitation of AWS; terraform is the machine's
	.venv-infra/bin/python -m pytest -o addopts= -o filterwarnings=default -o pythonpath= -ra infra/checks

test-readers: .venv-readers/.made ## exports, as Megatron-Energon, MosaicML Streaming, NeMo Curator and open_flamingo read them
	.venv-readers/bin/python -m pytest tests/unit/test_export_readers.py

test-hdfs: .venv/.made .hadoop/.made ## what is claimed of every store, on HDFS: by hdfs-native, and by libhdfs where it can be compiled
	$(BIN)/python -m pytest -m hdfs tests/stores

test-store: .venv/.made ## the same on a store of yours: make test-store STORE=gs://bucket/prefix
	CORPUS_TEST_STORE=$(STORE) $(BIN)/python -m pytest tests/stores

test-cluster: package .venv-s3/.made .venv-spark35/.made .s3a-jars/.made ## a cluster here, killed in many ways: an hour
	$(BIN)/python -m pytest -m cluster tests/cluster
	.venv-spark35/bin/python -m pytest -m cluster tests/cluster

check: .venv/.made ## style, types, and which module may import which
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy --strict $(TYPED)
	$(BIN)/lint-imports

bench: .venv/.made ## time the stages on this machine
	$(BIN)/python -m bench

bench-alignment: demo ## say how well each way of matching does on pages where it is known; ALIGNMENT names more of them
	$(BIN)/python -m bench.alignment --build demo-out $(ALIGNMENT)

bench-noise: demo ## say which signs of noise tell wrong pairs from right ones
	$(BIN)/python -m bench.noise demo-out

schemas: .venv/.made ## write schemas/ and docs/filters.md from the code
	$(BIN)/python -m corpus.schema_files schemas
	$(BIN)/python -m corpus.filters.listing docs/filters.md

package: .venv/.made ## what a cluster is given: dist/ with wheel, zip for --py-files, entry points, schemas, example settings
	infra/package.sh

package-environment: .venv/.made ## the same with environment.tar.gz for --archives; run it where Python stands as on the cluster
	infra/package.sh environment

constraints: .venv/.made ## pin every package anew in constraints.txt
	infra/constraints.sh

# A stamp inside the environment is written last, so a broken installation is made again.
.venv/.made: pyproject.toml constraints.txt
	python=$$(infra/host.sh "$(PYTHON)") && "$$python" -m venv .venv
	$(BIN)/python -m pip install --quiet --upgrade "pip>=24"
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable ".[spark,clip,dev]"
	touch $@

# The S3 server of tests/stores, apart from everything else: nothing of ours imports it.
.venv-s3/.made: .venv/.made Makefile
	$(BIN)/python -m venv --clear --without-pip .venv-s3
	$(BIN)/python -m pip --python .venv-s3/bin/python install --quiet $(SWIFT)
	touch $@

# Hadoop's client for S3, which pyspark does not bring: an old one, for tests alone, from a package of Amazon's.
.s3a-jars/.made: .venv/.made Makefile
	rm -rf .s3a-jars && mkdir .s3a-jars
	$(BIN)/python -m pip download --quiet --no-deps --no-build-isolation --dest .s3a-jars $(S3A)
	cd .s3a-jars && tar xzf sagemaker_pyspark-*.tar.gz --wildcards --strip-components=3 \
	  '*/deps/jars/hadoop-aws-*.jar' '*/deps/jars/aws-java-sdk-bundle-*.jar' && rm sagemaker_pyspark-*.tar.gz
	touch $@

# A name node and a data node, and libhdfs: old ones, for tests alone, from packages of Spark's and pydoop's.
.hadoop/.made: .venv/.made tests/stores/hadoop.sh
	tests/stores/hadoop.sh $(BIN)/python $(CURDIR)/.hadoop
	touch $@

# Spark 3.5 alone, in front of the packages of .venv: torch and the rest are not installed twice. addsitedir also reads
# the .pth files there, among them that of the editable installation.
.venv-spark35/.made: .venv/.made Makefile
	$(BIN)/python -m venv --clear --without-pip .venv-spark35
	$(BIN)/python -m pip --python .venv-spark35/bin/python install --quiet --no-deps $(SPARK35)
	base=$$($(BIN)/python -c 'import sysconfig; print(sysconfig.get_path("purelib"))') && \
	front=$$(.venv-spark35/bin/python -c 'import sysconfig; print(sysconfig.get_path("purelib"))') && \
	echo "import site; site.addsitedir('$$base')" > "$$front/packages_of_venv.pth"
	touch $@

# Loaders of others, in front of the packages of .venv as above.
.venv-readers/.made: .venv/.made tests/readers.txt
	$(BIN)/python -m venv --clear --without-pip .venv-readers
	$(BIN)/python -m pip --python .venv-readers/bin/python install --quiet --no-deps --requirement tests/readers.txt
	base=$$($(BIN)/python -c 'import sysconfig; print(sysconfig.get_path("purelib"))') && \
	front=$$(.venv-readers/bin/python -c 'import sysconfig; print(sysconfig.get_path("purelib"))') && \
	echo "import site; site.addsitedir('$$base')" > "$$front/packages_of_venv.pth"
	touch $@

# Linters and imitations of clouds, which pin packages of their own.
.venv-infra/.made: infra/checks/requirements.txt
	python=$$(infra/host.sh "$(PYTHON)") && "$$python" -m venv --clear .venv-infra
	.venv-infra/bin/python -m pip install --quiet --requirement infra/checks/requirements.txt
	touch $@
