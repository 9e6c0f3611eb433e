#!/usr/bin/env bash
# Builds the agent, a static i386 program, with Debian's cross compiler and musl. Usage: build.sh WORKDIR OUTPUT
# The result depends only on this folder, the compiler and the musl named in ../musl/version.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
work=$1 output=$2
compiler=$("$here/../musl/prepare.sh" "$work/musl")

mkdir -p "$(dirname "$output")"
"$compiler" -std=c11 -Os -march=pentium4 -mfpmath=sse -Wall -Wextra -Werror \
  -fno-asynchronous-unwind-tables -ffunction-sections -fdata-sections -Wl,--gc-sections -Wl,--build-id=none -s \
  -ffile-prefix-map="$here"=. -o "$output" "$here"/*.c
