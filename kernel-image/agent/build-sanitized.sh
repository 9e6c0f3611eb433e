#!/usr/bin/env bash
# Builds the agent for tests, to be run with `--channel FD` on the machine at hand. Usage: build-sanitized.sh OUTPUT
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
exec "$here/../sanitized-gcc.sh" -o "$1" "$here"/*.c
