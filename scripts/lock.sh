#!/usr/bin/env bash
# Write both locks anew: versions and hashes, no addresses. Pins stay unless pyproject asks otherwise or UPGRADE=1.
set -euo pipefail
cd "$(dirname "$0")/.."
source scripts/tools.sh

compile() {
  "$uv" pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-annotate \
    --custom-compile-command "make lock" --no-emit-index-url --no-emit-find-links \
    ${UPGRADE:+--upgrade} "$@" pyproject.toml
}

bring_uv
compile --output-file requirements.lock
compile --all-extras --group dev --constraint requirements.lock --output-file requirements-dev.lock
