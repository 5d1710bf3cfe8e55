# Sourced by the other commands: the virtual environment in var/venv, made from the pinned requirements.

VENV=var/venv
PYTHON_MINIMUM=3.11

die() {
    printf '%s: %s\n' "$(basename "$0")" "$*" >&2
    exit 1
}

say() {
    printf '%s\n' "$*" >&2
}

is_new_enough() {
    "$1" -c "import sys; sys.exit(sys.version_info < (${PYTHON_MINIMUM/./, }))" >/dev/null 2>&1
}

# Print the name of a Python that is new enough: $PYTHON if set, else the first on PATH.
find_python() {
    local name
    if [ -n "${PYTHON:-}" ]; then
        is_new_enough "$PYTHON" || die "PYTHON=$PYTHON is not a Python $PYTHON_MINIMUM or newer."
        printf '%s' "$PYTHON"
        return
    fi
    for name in python3 python3.13 python3.12 python3.11 python; do
        if command -v "$name" >/dev/null && is_new_enough "$name"; then
            printf '%s' "$name"
            return
        fi
    done
    die "needs Python $PYTHON_MINIMUM or newer; found $(python3 --version 2>/dev/null || echo none). Install one, or set PYTHON to its path."
}

# install FILE: bring the virtual environment to what FILE pins. Returns 0 if it did something, 1 if all was there.
install() {
    local file=$1 stamp=$VENV/.installed-$1 python wanted
    if ! is_new_enough "$VENV/bin/python"; then
        python=$(find_python) || exit 1
        say "Creating a virtual environment in $VENV …"
        rm -rf "$VENV"
        "$python" -m venv "$VENV" || die "could not create $VENV. On Debian and Ubuntu: apt install python3-venv"
    fi
    wanted=$("$VENV/bin/python" -c 'import hashlib, sys
print(sys.version.split()[0], hashlib.sha256(open(sys.argv[1], "rb").read()).hexdigest())' "$file")
    if [ "$(cat "$stamp" 2>/dev/null)" = "$wanted" ]; then
        return 1
    fi
    say "Installing $file …"
    "$VENV/bin/python" -m pip install -qq --disable-pip-version-check --no-deps --require-hashes --requirement "$file" ||
        die "could not install $file. Is there a network?"
    printf '%s\n' "$wanted" >"$stamp"
}
