#!/usr/bin/env bash
# Builds the guest kernel from Debian's linux-source package. Usage: build.sh WORKDIR OUTPUT
# The result depends only on this folder, the package version and the compiler: no build time, user, host or path
# enters the image.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
work=$1 output=$2
# shellcheck source=version
. "$here/version"

mkdir -p "$work"
cd "$work"
deb=linux-source-${SERIES}_${PACKAGE_VERSION}_all.deb
if ! [ -e "$deb" ]; then
  apt-get -qq update
  apt-get -qq download "linux-source-$SERIES=$PACKAGE_VERSION" || {
    echo "kernel: this machine's apt has no linux-source-$SERIES $PACKAGE_VERSION (it is in bookworm-security; snapshot.debian.org" >&2
    echo "keeps every version; or pin a newer one in kernel-image/kernel/version)" >&2
    exit 1
  }
fi
echo "$PACKAGE_SHA256  $deb" | sha256sum --check --quiet
if ! [ -e source/.unpacked ]; then
  rm -rf source && mkdir source
  dpkg-deb --fsys-tarfile "$deb" | tar -xO "./usr/src/linux-source-$SERIES.tar.xz" | tar -xJ -C source --strip-components=1
  touch source/.unpacked
fi

cd source
export ARCH=i386 KBUILD_BUILD_TIMESTAMP='1970-01-01' KBUILD_BUILD_USER=drydock KBUILD_BUILD_HOST=drydock KBUILD_BUILD_VERSION=1
export KCONFIG_CONFIG=.config
make -s tinyconfig
./scripts/kconfig/merge_config.sh -m -Q .config "$here/fragment.config" >/dev/null
make -s olddefconfig

lost=0
while read -r line; do
  case $line in
    '' | '#'*) continue ;;
    *=n) grep -q "^${line%=n}=" .config && { echo "kernel config: ${line%=n} is set, the fragment turns it off" >&2; lost=1; } ;;
    *) grep -qxF "$line" .config || { echo "kernel config: lost $line" >&2; lost=1; } ;;
  esac
done <"$here/fragment.config"
[ "$lost" = 0 ] || exit 1

make -s -j"$(nproc)" bzImage
install -D -m 644 arch/x86/boot/bzImage "$output"
