#!/usr/bin/env bash
# The compiler for tests of the guest's C programs: i386 as in the guest, with AddressSanitizer and
# UndefinedBehaviorSanitizer, for running on the machine at hand. Debian's cross compiler has all it takes.
set -euo pipefail
libraries=/usr/i686-linux-gnu/lib
if ! command -v i686-linux-gnu-gcc >/dev/null || ! [ -e "$libraries/libasan.so.8" ]; then
  echo "the tests of the agent need its compiler: apt-get install gcc-i686-linux-gnu libc6-dev-i386-cross" >&2
  exit 1
fi
exec i686-linux-gnu-gcc -std=c11 -O1 -g -Wall -Wextra -Werror -fsanitize=address,undefined -fno-sanitize-recover=undefined \
  -fno-omit-frame-pointer -Wl,--dynamic-linker="$libraries/ld-linux.so.2" -Wl,--disable-new-dtags,-rpath,"$libraries" "$@"
