#!/usr/bin/env bash
# The Debian packages that tests need besides Node. As root, missing ones are installed; otherwise this says which.
set -euo pipefail

packages=(
  gcc-i686-linux-gnu libc6-dev-i386-cross # the agent under sanitizers
  procps                                  # the docker stub on a terminal
  zstd xz-utils                           # archives as other tools write them
  docker-registry openssl                 # registries for the proxy and the engine to ask
  iproute2 nftables python3 util-linux    # netlink messages played to this machine's kernel
)
# The browser tests take the Chromium that CHROMIUM names, or Debian's.
[ -n "${CHROMIUM-}" ] || packages+=(chromium)

if ! command -v dpkg-query >/dev/null; then
  echo "tests: this is no Debian; they need what Debian calls: ${packages[*]}" >&2
  exit 0
fi
missing=()
for package in "${packages[@]}"; do
  dpkg-query --show --showformat='${db:Status-Status}' "$package" 2>/dev/null | grep -qx installed || missing+=("$package")
done
[ ${#missing[@]} -gt 0 ] || exit 0
if ((EUID != 0)); then
  echo "tests: these Debian packages are missing: ${missing[*]}" >&2
  echo "       as root: apt-get install ${missing[*]}" >&2
  exit 1
fi
apt-get -qq update
DEBIAN_FRONTEND=noninteractive apt-get -qq install --yes --no-install-recommends "${missing[@]}"
