# Recado. `make` alone shows what there is to run; `make demo` needs nothing but Python 3.11-3.13.

PYTHON ?= $(shell for python in python3 python3.13 python3.12 python3.11; do \
	$$python -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' 2>/dev/null \
	&& echo $$python && break; done)
BIN := .venv/bin
PYTEST := $(BIN)/pytest

.DEFAULT_GOAL := help
.PHONY: help environment demo up down deploy status test lint types unit integration e2e localstack aws-check sam-local proof chaos load load-chat bench bench-concurrency bench-lanes bench-desk fuzz lab lab-stats train-bot eval-bot eval-signup openapi contracts engines lock clean

help: ## Show this list
	@awk 'BEGIN {FS = ":.*## "} /^[a-z0-9-]+:.*## / {printf "  \033[36m%-12s\033[0m %s\n", $$1, $$2}' $(MAKEFILE_LIST)

environment: ## Make .venv and the environments of the emulator and SAM (only when a lock changed)
	@test -n "$(PYTHON)" || { printf '%s\n' \
		'recado: no Python 3.11, 3.12 or 3.13 on the PATH' \
		'    -> install one (Debian: apt install python3 python3-venv; elsewhere: https://www.python.org/downloads/)' \
		'       or name yours: make demo PYTHON=/path/to/python3.12' >&2; exit 2; }
	@$(PYTHON) -I infra/operations/environments.py

demo: environment ## From nothing to a delivered billing campaign; ONCE=1 stops when done
	@$(if $(RECORD),FORCE_COLOR=1 COLORTERM=truecolor )$(BIN)/recado demo $(if $(ONCE),--once) $(if $(RECORD),--record $(RECORD))

up: environment ## Start the embedded world and deploy template.yaml into it
	@$(BIN)/recado up --deploy

down: ## Stop the embedded world
	@test ! -x $(BIN)/recado || $(BIN)/recado down

deploy: environment ## Build and deploy template.yaml into the running world
	@$(BIN)/recado deploy

status: environment ## What runs, where, and what waits in the queues
	@$(BIN)/recado status

test: lint types unit integration e2e ## Everything below, in this order

lint: environment ## ruff, import-linter, cfn-lint
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/lint-imports
	$(BIN)/cfn-lint template.yaml infra/*.yaml

types: environment ## mypy, strict
	$(BIN)/mypy

unit: environment ## Tests of one service at a time, without a network
	$(PYTEST) -q -n auto --durations 12 tests/unit
	@$(BIN)/python -m loadtests.lab.environment pytest -q tests/lab

integration: environment ## Tests through the real infra/*.yaml, on moto
	$(PYTEST) -q -n auto --durations 12 tests/integration

e2e: environment ## Tests against a deployed embedded world of their own
	$(PYTEST) -q -rs --durations 12 tests/e2e

aws-check: environment ## checkov on the templates as AWS gets them, in a throw-away environment (needs PyPI)
	$(BIN)/python -m tests.unit.template.templates .recado/aws-check
	$(BIN)/uv tool run --python 3.11 checkov==3.3.30 --config-file .checkov.yaml --directory .recado/aws-check --skip-download

sam-local: environment ## Every function in a container with its sample events; FUNCTION=CentralApi EVENT=health IMAGE=debian
	@$(BIN)/python -m samlocal $(if $(FUNCTION),--function $(FUNCTION)) $(if $(EVENT),--event $(EVENT)) $(if $(IMAGE),--image $(IMAGE))

localstack: environment ## The same end-to-end tests on LocalStack; needs Python 3.12+, Java 17+ and npm
	@$(BIN)/python -m operations.localstack_setup
	$(PYTEST) -q tests/unit/loadtests/test_grounds.py
	RECADO_WORLD=localstack $(PYTEST) -q -rs tests/unit/localstack tests/e2e

proof: environment ## Kill senders under a campaign to N people and check everybody; N=10000 LANE=marketing EVENTS=no
	@$(BIN)/python -m loadtests.proof --recipients $(or $(N),10000) --lane $(or $(LANE),marketing) $(if $(filter no,$(EVENTS)),--no-events)

chaos: environment ## A campaign while messages repeat, senders die and events are lost; N=5000 SEED=7 LANE=billing EVENTS=no
	@$(BIN)/python -m loadtests.chaos --recipients $(or $(N),5000) --lane $(or $(LANE),marketing) $(if $(SEED),--seed $(SEED)) $(if $(filter no,$(EVENTS)),--no-events)

load: environment ## Staff use the API and customers the chat while a campaign runs; USERS=20 CUSTOMERS=5 SECONDS=60 PEOPLE=2000
	@$(BIN)/python -m loadtests.load --users $(or $(USERS),20) --customers $(or $(CUSTOMERS),5) --seconds $(or $(SECONDS),60) --people $(or $(PEOPLE),2000)

load-chat: environment ## Customers talk to the bot, alone and beside a campaign; USERS=10 SECONDS=120 PEOPLE=100000 QUOTA=300 EVENTS=no
	@$(BIN)/python -m loadtests.chat --users $(or $(USERS),10) --seconds $(or $(SECONDS),120) --people $(or $(PEOPLE),100000) --quota $(or $(QUOTA),300) $(if $(filter no,$(EVENTS)),--no-events)

bench: environment ## The numbers of docs/bench.md, in half an hour; ONLY=parallel,quota,peer,budget,cold,cost,scale,page SIZE=1
	@$(BIN)/python -m loadtests.bench --only "$(ONLY)" --scale $(or $(SIZE),1)

bench-concurrency: environment ## A campaign at each limit of concurrent senders; PEOPLE=5000 QUOTA=1000
	@$(BIN)/python -m loadtests.concurrency --people $(or $(PEOPLE),5000) --quota $(or $(QUOTA),1000)

bench-lanes: environment ## How long bills wait while marketing runs; QUOTA=100 PEOPLE=20000 (marketing)
	@$(BIN)/python -m loadtests.lanes --marketing $(or $(PEOPLE),20000) --quota $(or $(QUOTA),100)

bench-desk: environment ## Attendants race for requests while some vanish and messages repeat; N=10000 CLAIMERS=50 HANDLING=8 SEED=7 EMBEDDED=yes
	@$(BIN)/python -m loadtests.desk --requests $(or $(N),10000) --claimers $(or $(CLAIMERS),50) $(if $(HANDLING),--handling $(HANDLING)) $(if $(SEED),--seed $(SEED)) $(if $(EMBEDDED),--embedded)

fuzz: environment ## Many requests made up from the API's description, against a deployed world; EXAMPLES=200
	FUZZ_EXAMPLES=$(or $(EXAMPLES),200) $(PYTEST) -q --timeout 3600 tests/e2e/test_api_contract.py

train-bot: environment ## Learn the bot's weights anew from infra/bot_training/examples (scikit-learn, an environment of its own)
	@$(BIN)/python -m bot_training.environment

eval-bot: environment ## Judge the committed weights on the held-out messages, per language, as written and mistyped
	@$(BIN)/python -m bot_training.evaluate

eval-signup: environment ## Judge how replies to invitations are read; FOLDER=dir PLANS="A, B" shows what its .eml files say
	@$(BIN)/python -m signup_evaluation.evaluate $(if $(FOLDER),--folder $(FOLDER)) $(if $(PLANS),--plans "$(PLANS)")

lab: environment ## The same turns over gRPC, Thrift and REST, small; FULL=1 (45 minutes) PARTS=echo,tiny SEED=7 AGAIN=yes DOCS=yes
	@$(BIN)/python -m loadtests.lab --size $(if $(FULL),full,small) $(if $(PARTS),--parts $(PARTS)) $(if $(SEED),--seed $(SEED)) $(if $(AGAIN),--again) $(if $(DOCS),--publish)

lab-stats: environment ## The lab's statistics on any table of runs; CSV=runs.csv OUT=dir USERS=1000 LIMIT=6000 (docs/lab.md)
	@test -n "$(CSV)" || { echo 'recado: no CSV' >&2; echo '    -> make lab-stats CSV=runs.csv' >&2; exit 2; }
	@$(BIN)/python -m loadtests.lab.environment loadtests.lab.stats --csv "$(CSV)" $(if $(OUT),--out "$(OUT)") $(if $(USERS),--users $(USERS)) $(if $(LIMIT),--limit $(LIMIT))

openapi: environment ## Write docs/openapi-*.json anew
	@for service in central chat desk marketing signup assistant; do \
		$(BIN)/python -c "from $$service.api import api; print(api.get_openapi_json_schema())" > docs/openapi-$$service.json.new \
		&& mv docs/openapi-$$service.json.new docs/openapi-$$service.json || exit 1; done

engines: environment ## Try the large models' loading code on tiny models, in an environment of its own (2 GB from PyPI)
	@$(BIN)/python -m operations.engines

contracts: environment ## Write the code of functions/assistant/contracts/models.proto anew
	$(BIN)/python -m grpc_tools.protoc -I functions --plugin=protoc-gen-mypy=$(BIN)/protoc-gen-mypy --plugin=protoc-gen-mypy_grpc=$(BIN)/protoc-gen-mypy_grpc \
		--python_out=functions --grpc_python_out=functions --mypy_out=quiet:functions --mypy_grpc_out=quiet:functions assistant/contracts/models.proto

lock: environment ## Write every lock again, with the newest versions that fit
	PATH="$(CURDIR)/$(BIN):$$PATH" infra/requirements/lock.sh

clean: down ## Remove what was built and the world's state; the environments stay
	rm -rf .recado/build .recado/world .recado/logs .recado/tmp .recado/sample .recado/samlocal .aws-sam
	rm -rf .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis
