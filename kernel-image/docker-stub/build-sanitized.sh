#!/usr/bin/env bash
# Builds the stub for tests as the agent is (../agent/build-sanitized.sh), with its socket in the working directory.
# Usage: build-sanitized.sh OUTPUT
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
exec "$here/../sanitized-gcc.sh" -DENGINE_SOCKET='"cli.sock"' -o "$1" "$here"/*.c
