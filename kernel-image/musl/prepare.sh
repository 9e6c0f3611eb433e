#!/usr/bin/env bash
# Unpacks Debian's musl-dev for i386 and writes a compiler wrapper for it, whose path it prints. Usage: prepare.sh WORKDIR
# Nothing is installed: apt works on lists of its own, so that the machine's architectures stay as they are.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
mkdir -p "$1"
work=$(cd "$1" && pwd)
# shellcheck source=version
. "$here/version"

deb=$work/musl-dev_${PACKAGE_VERSION}_i386.deb
if ! [ -e "$deb" ]; then
  mirror=$(apt-get indextargets --format '$(CREATED_BY) $(CODENAME) $(REPO_URI)' |
    awk '$1 == "Packages" && $2 == "bookworm" { print $3; exit }')
  mkdir -p "$work/apt/lists/partial" "$work/apt/archives/partial"
  echo "deb [arch=i386 signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $mirror bookworm main" >"$work/apt/sources.list"
  apt=(apt-get -q -o Dir::Etc::sourcelist="$work/apt/sources.list" -o Dir::Etc::sourceparts=/dev/null
    -o Dir::State::lists="$work/apt/lists" -o Dir::Cache="$work/apt" -o APT::Architecture=i386
    -o APT::Architectures::=i386 -o APT::Sandbox::User=root -o Acquire::Languages=none)
  "${apt[@]}" update >&2
  (cd "$work" && "${apt[@]}" download "musl-dev=$PACKAGE_VERSION" >&2)
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

cat >"$work/gcc" <<END
#!/bin/sh
exec i686-linux-gnu-gcc -nostdinc -isystem "$headers" -isystem "\$(i686-linux-gnu-gcc -print-file-name=include)" \\
  -isystem "$work/kernel" -static -no-pie -fno-pie -nostdlib "$libraries/crt1.o" "$libraries/crti.o" \\
  "\$@" -L"$libraries" -lc -lgcc "$libraries/crtn.o"
END
chmod +x "$work/gcc"
echo "$work/gcc"
