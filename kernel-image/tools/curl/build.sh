#!/usr/bin/env bash
# Builds curl as one static i386 program from Debian's source. Usage: build.sh WORKDIR OUTPUT
# Debian's own needs thirty libraries, 5 MB that travel and a second that the emulator's dynamic linker takes.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
work=$1 output=$2
# shellcheck source=version
. "$here/version"
# shellcheck source=../../debian.sh
. "$here/../../debian.sh"

debs=$work/../debs
fetch_locked "$debs" curl
rm -rf "$work"
mkdir -p "$work"
work=$(cd "$work" && pwd)
unpack_locked "$debs" "$work/libraries" libmbedtls-dev zlib1g-dev

dsc=curl_$PACKAGE_VERSION.dsc
sources=$debs/curl_$PACKAGE_VERSION
if ! [ -e "$sources/$dsc" ]; then
  mkdir -p "$sources"
  read -ra options <<<"$(private_apt "$work/apt")"
  sed 's/^deb /deb-src /' "$work/apt/etc/sources.list" >"$work/apt/etc/sources.list.d/source.list"
  apt-get "${options[@]}" -qq update
  (cd "$sources" && apt-get "${options[@]}" -qq --download-only source "curl=$PACKAGE_VERSION")
fi
echo "$DSC_SHA256  $sources/$dsc" | sha256sum --check --quiet
dpkg-source --no-check --extract "$sources/$dsc" "$work/source" >/dev/null

cd "$work/source"
libraries=$work/libraries/usr/lib/i386-linux-gnu
CC=i686-linux-gnu-gcc \
  CFLAGS="-Os -march=pentium4 -mfpmath=sse -ffunction-sections -fdata-sections -ffile-prefix-map=$work=." \
  CPPFLAGS="-I$work/libraries/usr/include -I$work/libraries/usr/include/i386-linux-gnu" \
  LDFLAGS="-static -L$libraries" \
  ./configure --quiet --build=x86_64-linux-gnu --host=i686-linux-gnu --disable-shared --disable-dependency-tracking \
  --with-mbedtls --with-ca-bundle=/etc/ssl/certs/ca-certificates.crt --with-zlib --disable-threaded-resolver --disable-manual \
  --without-{brotli,libidn2,libpsl,librtmp,libssh2,nghttp2,zstd} --disable-{ntlm,tls-srp} \
  --disable-{dict,gopher,imap,ldap,ldaps,mqtt,pop3,rtsp,smb,smtp,telnet,tftp} >configure.log 2>&1 ||
  { tail -20 configure.log >&2; exit 1; }
make -s V=0 -j"$(nproc)" LDFLAGS="-all-static -L$libraries -Wl,--gc-sections,--build-id=none" >make.log 2>&1 ||
  { tail -20 make.log >&2; exit 1; }
i686-linux-gnu-strip src/curl
install -D -m 755 src/curl "$output"
