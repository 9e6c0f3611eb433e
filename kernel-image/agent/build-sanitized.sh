#!/usr/bin/env bash
# Builds the agent for tests: i386 as in the guest, with AddressSanitizer and UndefinedBehaviorSanitizer, to run on the
# machine at hand with `--channel FD`. Usage: build-sanitized.sh OUTPUT
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
if ! command -v i686-linux-gnu-gcc >/dev/null; then
  echo "the agent's tests need its compiler: apt-get install gcc-i686-linux-gnu" >&2
  exit 1
fi
libraries=/usr/i686-linux-gnu/lib
i686-linux-gnu-gcc -std=c11 -O1 -g -Wall -Wextra -Werror -fsanitize=address,undefined -fno-sanitize-recover=undefined \
  -fno-omit-frame-pointer -Wl,--dynamic-linker="$libraries/ld-linux.so.2" -Wl,--disable-new-dtags,-rpath,"$libraries" -o "$1" "$here"/*.c
