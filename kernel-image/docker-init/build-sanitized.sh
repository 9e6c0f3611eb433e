#!/usr/bin/env bash
# Builds docker-init for tests as the agent is (../agent/build-sanitized.sh). Usage: build-sanitized.sh OUTPUT
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
exec "$here/../sanitized-gcc.sh" -o "$1" "$here"/*.c
