#!/usr/bin/env bash
# Builds the tools layer, a gzipped tar: the files listed in `files`, the libraries they need, and the copyright of every
# package they come from. Usage: build.sh WORKDIR OUTPUT
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
work=$1 output=$2
# shellcheck source=../debian.sh
. "$here/../debian.sh"

fetch_locked "$work/../debs" tools
rm -rf "$work"
mapfile -t packages < <(locked tools | cut -d' ' -f1)
unpack_locked "$work/../debs" "$work/all" "${packages[@]}"
all=$work/all tree=$work/tree

# add PATH: copies a file of the unpacked packages, what a link of it leads to, and the libraries a program needs.
add() {
  local path=$1 needed found # a library, where it is
  [ -e "$tree/$path" ] || [ -L "$tree/$path" ] && return
  [ -e "$all/$path" ] || [ -L "$all/$path" ] || { echo "tools: no package has $path" >&2; exit 1; }
  mkdir -p "$tree/$(dirname "$path")"
  cp -a "$all/$path" "$tree/$path"
  if [ -L "$all/$path" ]; then
    found=$(realpath --no-symlinks --relative-to="$all" "$(dirname "$all/$path")/$(readlink "$all/$path")")
    add "$(merged "$found")"
    return
  fi
  for needed in $(objdump -p "$all/$path" 2>/dev/null | awk '/^ +NEEDED/ { print $2 }' || true); do
    found=usr/lib/i386-linux-gnu/$needed
    [ -e "$all/$found" ] || found=usr/lib/$needed
    add "$found"
  done
}
merged() { case $1 in bin/* | sbin/* | lib/*) echo "usr/$1" ;; *) echo "$1" ;; esac; }

grep -v '^#' "$here/files" | while read -r pattern; do
  for path in "$all"/$pattern; do add "${path#"$all"/}"; done
done
add usr/lib/ld-linux.so.2
"$here/curl/build.sh" "$work/../curl" "$tree/usr/bin/curl"

# Names that Debian's alternatives would make.
ln -s nano-tiny "$tree/usr/bin/nano"
ln -s iptables-nft "$tree/usr/sbin/iptables"
ln -s iptables-nft-save "$tree/usr/sbin/iptables-save"
ln -s xtables-nft-multi "$tree/usr/sbin/ip6tables"

mkdir -p "$tree/usr/share/bash-completion/completions"
find "$tree/usr/bin" "$tree/usr/sbin" -printf '%f\n' | sort -u | while read -r name; do
  completion=$all/usr/share/bash-completion/completions/$name
  if [ -e "$completion" ]; then cp -L "$completion" "$tree/usr/share/bash-completion/completions/$name"; fi
done
rm -f "$tree/usr/share/bash-completion/completions/mount"

# What ca-certificates' own script would write.
mkdir -p "$tree/etc/ssl/certs"
find "$all/usr/share/ca-certificates" -name '*.crt' | sort | xargs cat >"$tree/etc/ssl/certs/ca-certificates.crt"

install -D -m 644 "$work/../curl/source/debian/copyright" "$tree/usr/share/doc/curl/copyright"
for package in libmbedtls-dev zlib1g-dev; do
  install -D -m 644 "$work/../curl/libraries/usr/share/doc/$package/copyright" "$tree/usr/share/doc/$package/copyright"
done
# The copyright of each package that gave a file.
find "$tree" -type f -printf '%P\n' | sort >"$work/taken"
for package in "${packages[@]}"; do
  dpkg-deb --fsys-tarfile "$work/../debs/${package}_$(locked tools | awk -v p="$package" '$1 == p { print $3 }').deb" | tar -t |
    sed 's#^\./##; s#^\(bin\|sbin\|lib\)/#usr/\1/#' | sort >"$work/given"
  copyright=$all/usr/share/doc/$package/copyright
  if [ -n "$(comm -12 "$work/taken" "$work/given")" ] && [ -e "$copyright" ]; then
    install -D -m 644 "$copyright" "$tree/usr/share/doc/$package/copyright"
  fi
done

chmod -R u=rwX,go=rX "$tree"
mkdir -p "$(dirname "$output")"
pack "$tree" | gzip -n -9 >"$output"
