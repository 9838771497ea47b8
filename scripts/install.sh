#!/usr/bin/env bash
# Bring into .venv, by the hashed locks: "product" the product, "dev" also what checks and tests need, "test" also what
# the browser tests need of the system. As root the system's packages are installed; as a user the lack is said.
set -euo pipefail
cd "$(dirname "$0")/.."
source scripts/tools.sh
ring=${1:-product}

# The dev lock holds the product's versions too, so it serves both rings.
is_installed() {
  local stamp="$1 $contents"
  [ -x .venv/bin/rongqiao ] && .venv/bin/python -c '' 2>/dev/null && grep -qxF "$stamp" .venv/installed 2>/dev/null
}

install() {
  local lock=requirements.lock
  [ "$1" = product ] || lock=requirements-dev.lock
  say "installing $lock into .venv"
  bring_uv
  .venv/bin/python -c '' 2>/dev/null || "$uv" venv --quiet --clear --python "$python" .venv
  rm -f .venv/installed
  "$uv" pip sync --quiet --require-hashes --python .venv/bin/python "$lock"
  "$uv" pip install --quiet --no-deps --python .venv/bin/python --editable .
  printf '%s\n' "$1 $contents" >.venv/installed
}

# LightGBM's OpenMP runtime. Without the system's, models/openmp.py takes the copy that scikit-learn's wheel brings.
bring_openmp() {
  "$python" -c 'import ctypes; ctypes.CDLL("libgomp.so.1")' 2>/dev/null || apt_install libgomp1 ||
    say "libgomp.so.1 is missing; scikit-learn's copy serves LightGBM"
}

bring_browser() {
  command -v chromium >/dev/null || apt_install chromium ||
    say "Chromium is missing: browser tests are skipped (as root: apt-get install chromium)"
  find /usr/share/fonts -name 'NotoSansCJK*' 2>/dev/null | grep -q . || apt_install fonts-noto-cjk ||
    say "a CJK font is missing: browser tests are skipped (as root: apt-get install fonts-noto-cjk)"
}

find_python
contents=$(cat pyproject.toml requirements.lock requirements-dev.lock | sha256sum | cut -d' ' -f1)
case $ring in
  product) is_installed product || is_installed dev || install product ;;
  dev | test) is_installed dev || install dev ;;
  *) say "install.sh: product, dev or test, not $ring"; exit 2 ;;
esac
bring_openmp
[ "$ring" != test ] || bring_browser
