# Sourced by the scripts: find Python and uv, speak to apt, pass pip's registry settings on to uv.

say() { printf '%s\n' "$*" >&2; }

# Python 3.11 or newer: the one asked for, else the one on the path, else Debian's.
find_python() {
  local candidate
  for candidate in ${PYTHON:-python3 /usr/bin/python3}; do
    if "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
      python=$candidate
      return
    fi
  done
  say "Python 3.11 or newer is missing (python3 with venv; PYTHON=… names another)"
  exit 1
}

# Debian packages, as root only; the lists are fetched once a run. False where that is not possible.
apt_install() {
  [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null || return 1
  if [ -z "${apt_lists:-}" ]; then
    say "apt-get update"
    apt-get update -qq >/dev/null || say "apt-get update failed; trying with the lists at hand"
    apt_lists=fetched
  fi
  say "apt-get install $*"
  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@" >/dev/null
}

# uv from the path, else from a private environment in .tools, made with pip and so by pip's own settings.
bring_uv() {
  find_python
  if uv --version >/dev/null 2>&1; then
    uv=uv
  else
    uv=.tools/bin/uv
    "$uv" --version >/dev/null 2>&1 || make_tools
  fi
  pass_on_pip_settings
}

make_tools() {
  say "uv is missing; installing it into .tools"
  rm -rf .tools
  if ! "$python" -m venv .tools >/dev/null 2>&1; then
    rm -rf .tools
    apt_install python3-venv && "$python" -m venv .tools ||
      { say "python3 -m venv does not work here (as root: apt-get install python3-venv)"; exit 1; }
  fi
  .tools/bin/python -m pip install -qq --disable-pip-version-check uv
}

# uv does not read pip's settings. A provincial network often has one mirror, and it is set for pip.
pass_on_pip_settings() {
  local index cert host
  index=$("$python" scripts/pip_setting.py index-url)
  cert=$("$python" scripts/pip_setting.py cert)
  host=$("$python" scripts/pip_setting.py trusted-host)
  [ -z "$index" ] || export UV_DEFAULT_INDEX=${UV_DEFAULT_INDEX:-$index}
  [ -z "$cert" ] || export SSL_CERT_FILE=${SSL_CERT_FILE:-$cert}
  [ -z "$host" ] || export UV_INSECURE_HOST=${UV_INSECURE_HOST:-$host}
  export UV_HTTP_TIMEOUT=${UV_HTTP_TIMEOUT:-180} UV_PYTHON_DOWNLOADS=never
  unset VIRTUAL_ENV PYTHONPATH PYTHONHOME
}
