#!/usr/bin/env bash
# Renews packages.lock: asks Debian which versions are current and what they depend on.
# Usage: kernel-image/lock.sh, then npm run guest:build.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=debian.sh
. "$here/debian.sh"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
read -ra apt <<<"$(private_apt "$work")"
apt-get "${apt[@]}" -qq update

essential=$(apt-cache "${apt[@]}" dumpavail | awk '/^Package: / { p = $2 } /^Essential: yes/ { print p }' | paste -sd' ')

# What a set is made of: `alone` packages are unpacked as they are, `whole` ones are installed with all they need.
declare -A alone=(
  [firmware]='seabios'
  [rootfs]='busybox-static bash-static libc-bin'
  [busybox]='busybox-static'
  [curl]='libmbedtls-dev zlib1g-dev'
) whole=(
  [tools]='ca-certificates util-linux bsdutils bsdextrautils mount psmisc iproute2 nftables iptables strace less jq tree nano-tiny netbase ncurses-base libcap2-bin libgcc-s1 bash-completion'
  [debian]="$essential usr-is-merged apt"
  [ubuntu]="$essential usr-is-merged apt procps"
  [tls]="$essential usr-is-merged apt libssl3 libtirpc3"
  [nginx]="$essential usr-is-merged apt libssl3 libtirpc3 nginx"
  [redis]="$essential usr-is-merged apt libssl3 libtirpc3 redis-server"
  [python]="$essential usr-is-merged apt libssl3 libtirpc3 python3"
)

# pinned PACKAGE...: one line of the lock for each.
pinned() {
  apt-cache "${apt[@]}" show --no-all-versions "$@" | awk '
    function out() { if (p) print p, v, h, s; p = "" }
    /^Package: / { out(); p = $2; s = $2; sv = "" }
    /^Source: / { s = $2; sv = $3 }
    /^Version: / { v = $2 }
    /^SHA256: / { h = $2 }
    /^$/ { if (p) { gsub(/[()]/, "", sv); if (sv == "") { sv = v; sub(/\+b[0-9]+$/, "", sv) } s = s " " sv; out() } }
    END { if (p) { gsub(/[()]/, "", sv); if (sv == "") { sv = v; sub(/\+b[0-9]+$/, "", sv) } s = s " " sv; out() } }' | sort
}

{
  echo '# Debian packages (bookworm, i386) that the guest artifacts are made from: package, version, sha256 of the .deb,'
  echo '# source package, its version. Written by lock.sh.'
  for set in $(printf '%s\n' "${!alone[@]}" | sort); do
    echo
    echo "set $set"
    # shellcheck disable=SC2086
    pinned ${alone[$set]}
  done
  for set in $(printf '%s\n' "${!whole[@]}" | sort); do
    echo
    echo "set $set"
    # shellcheck disable=SC2086
    pinned $(apt-get "${apt[@]}" --simulate install ${whole[$set]} | awk '/^Inst / { print $2 }')
  done
} >"$work/lock"
mv "$work/lock" "$here/packages.lock"
