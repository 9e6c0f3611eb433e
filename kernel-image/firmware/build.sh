#!/usr/bin/env bash
# Takes SeaBIOS, the PC firmware that v86 starts, from Debian's package. Usage: build.sh WORKDIR OUTPUT
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
work=$1 output=$2
# shellcheck source=../debian.sh
. "$here/../debian.sh"

fetch_locked "$work/../debs" firmware
rm -rf "$work"
unpack_locked "$work/../debs" "$work" seabios
install -D -m 644 "$work/usr/share/seabios/bios.bin" "$output"
