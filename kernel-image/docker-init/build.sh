#!/usr/bin/env bash
# Builds docker-init, a static i386 program, with Debian's cross compiler and musl. Usage: build.sh WORKDIR OUTPUT
# The result depends only on this folder, ../musl and the compiler.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
work=$(realpath -m "$1") output=$(realpath -m "$2")
compiler=$("$here/../musl/prepare.sh" "$work/musl")
mkdir -p "$(dirname "$output")"
cd "$here"
"$compiler" -o "$output" ./*.c
