#!/usr/bin/env bash
# Writes every lock again: exact versions with hashes, no registry's address in any of them.
set -euo pipefail
cd "$(dirname "$0")"

lock_for() { uv pip compile --quiet --no-emit-index-url --no-header --universal --generate-hashes --python-version "$@"; }
lock() { lock_for 3.11 "$@"; }

extras="--extra runtime --extra people --extra signup --extra assistant --extra operate --extra develop"
lock ../../pyproject.toml $extras --output-file develop.txt
for layer in runtime people signup assistant; do
  # The Lambda runtime brings boto3 and what it needs; a layer carries only the rest.
  lock ../../pyproject.toml --extra "$layer" --constraint develop.txt \
    --no-emit-package boto3 --no-emit-package botocore --no-emit-package s3transfer \
    --no-emit-package jmespath --no-emit-package python-dateutil --no-emit-package six --no-emit-package urllib3 \
    --output-file "../../layers/$layer/requirements.txt"
done
lock ../../pyproject.toml --extra websocket --no-deps --output-file ../../layers/websocket/requirements.txt
for environment in emulator sam uv peers; do lock "$environment.in" --output-file "$environment.txt"; done
for environment in trainer lab; do lock "$environment.in" --constraint develop.txt --output-file "$environment.txt"; done
lock samlocal.in --constraint sam.txt --output-file samlocal.txt
# LocalStack and the functions in it run with Python 3.12 or newer.
lock_for 3.12 lambda.in --constraint develop.txt --output-file lambda.txt
lock_for 3.12 localstack.in --override localstack-overrides.in --output-file localstack.txt
# What PyTorch for CUDA does not need to start on CPUs.
without=()
for package in cuda-bindings cuda-pathfinder cuda-toolkit nvidia-cuda-cccl nvidia-cusolver nvidia-nvtx triton; do
  without+=(--no-emit-package "$package")
done
uv pip compile --quiet --no-emit-index-url --no-header --generate-hashes --python-version 3.11 engines.in \
  --python-platform x86_64-manylinux_2_28 --constraint develop.txt "${without[@]}" --output-file engines.txt
