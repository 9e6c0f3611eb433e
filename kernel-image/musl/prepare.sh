#!/usr/bin/env bash
# Unpacks Debian's musl for i386 and writes a compiler wrapper for it, whose path it prints. Usage: prepare.sh WORKDIR
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
mkdir -p "$1"
work=$(cd "$1" && pwd)
# shellcheck source=version
. "$here/version"
# shellcheck source=../debian.sh
. "$here/../debian.sh"

command -v i686-linux-gnu-gcc >/dev/null || { echo "musl: the compiler is missing: apt-get install gcc-i686-linux-gnu" >&2; exit 1; }
deb=$work/musl-dev_${PACKAGE_VERSION}_i386.deb
if ! [ -e "$deb" ]; then
  read -ra options <<<"$(private_apt "$work/apt")"
  apt-get "${options[@]}" -qq update >&2
  (cd "$work" && apt-get "${options[@]}" -qq download "musl-dev=$PACKAGE_VERSION" >&2)
fi
echo "$PACKAGE_SHA256  $deb" | sha256sum --check --quiet >&2

root=$work/root
if ! [ -e "$root/.unpacked" ]; then
  rm -rf "$root"
  dpkg-deb -x "$deb" "$root"
  touch "$root/.unpacked"
fi
# The kernel's headers come with the cross compiler; its C library's must not be seen beside musl's.
kernel=/usr/i686-linux-gnu/include
mkdir -p "$work/kernel"
for part in linux asm asm-generic; do ln -sfn "$kernel/$part" "$work/kernel/$part"; done
headers=$root/usr/include/i386-linux-musl libraries=$root/usr/lib/i386-linux-musl

# One segment less, no unwind tables, no build id: every page of a small program that is not there need not be mapped
# when it starts. x87 is emulated in the guest, SSE is not.
cat >"$work/gcc" <<END
#!/bin/sh
exec i686-linux-gnu-gcc -nostdinc -isystem "$headers" -isystem "\$(i686-linux-gnu-gcc -print-file-name=include)" \\
  -isystem "$work/kernel" -std=c11 -Os -march=pentium4 -mfpmath=sse -Wall -Wextra -Werror \\
  -fno-asynchronous-unwind-tables -fno-stack-protector -ffunction-sections -fdata-sections -fno-pie \\
  -static -no-pie -nostdlib -Wl,--gc-sections,--build-id=none,-z,noseparate-code,-z,norelro,-z,noexecstack -s \\
  "$libraries/crt1.o" "$libraries/crti.o" "\$@" -L"$libraries" -lc -lgcc "$libraries/crtn.o"
END
chmod +x "$work/gcc"
echo "$work/gcc"
