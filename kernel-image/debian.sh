# Debian's i386 packages, whatever machine builds: a private apt (own lists, own empty dpkg status) that asks the mirror
# this machine's apt already uses, and only for bookworm's main. Sourced by the recipes.
# What packages.lock pins is fetched in exactly that version and checked against its sha256.
# shellcheck shell=bash

image_root=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
export LC_ALL=C TZ=UTC DEBIAN_FRONTEND=noninteractive
umask 022

# The date of everything made here: no earlier than the newest file of the packages, or it would hide their dates.
export SOURCE_DATE_EPOCH=1793491200

# private_apt DIR: prepares DIR and prints the options that make apt-get use it.
private_apt() {
  local dir=$1 mirror
  mirror=$(apt-get indextargets --format '$(REPO_URI) $(RELEASE) $(COMPONENT)' 'Identifier: Packages' |
    awk '$2 == "bookworm" && $3 == "main" { print $1; exit }')
  mkdir -p "$dir"/{state/lists/partial,cache/archives/partial,etc/apt.conf.d,etc/preferences.d,etc/sources.list.d}
  : >"$dir/status"
  echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] ${mirror:-http://deb.debian.org/debian} bookworm main" \
    >"$dir/etc/sources.list"
  echo "-o APT::Architecture=i386 -o APT::Architectures=i386 -o Dir::State=$dir/state -o Dir::State::status=$dir/status" \
    "-o Dir::Cache=$dir/cache -o Dir::Etc::sourcelist=$dir/etc/sources.list -o Dir::Etc::sourceparts=$dir/etc/sources.list.d" \
    "-o Dir::Etc::preferencesparts=$dir/etc/preferences.d -o APT::Sandbox::User=root -o APT::Install-Recommends=false"
}

# locked SETS...: prints the lines of packages.lock in any of these sets: package version sha256 source source-version.
locked() {
  awk -v want=" $* " '$1 == "set" { on = index(want, " " $2 " ") } !/^(#|set )/ && NF && on' "$image_root/packages.lock" | sort -u
}

# fetch_locked DIR SETS...: puts the .deb of every package of these sets into DIR.
fetch_locked() {
  local dir=$1 options missing=()
  shift
  mkdir -p "$dir"
  while read -r package version sum _; do
    [ -e "$dir/${package}_$sum.deb" ] || missing+=("$package=$version")
  done < <(locked "$@")
  if [ ${#missing[@]} -gt 0 ]; then
    read -ra options <<<"$(private_apt "$dir/apt")"
    apt-get "${options[@]}" -qq update
    (cd "$dir" && apt-get "${options[@]}" -qq download "${missing[@]}") || {
      echo "packages.lock: this mirror no longer has one of: ${missing[*]}" >&2
      echo "(snapshot.debian.org keeps every version; or renew the lock: kernel-image/lock.sh)" >&2
      return 1
    }
    while read -r package version sum _; do
      [ -e "$dir/${package}_$sum.deb" ] && continue
      local got
      got=$(ls "$dir/${package}_${version//:/%3a}"_*.deb)
      echo "$sum  $got" | sha256sum --check --quiet || { echo "packages.lock: $package $version: not the bytes that were pinned" >&2; return 1; }
      mv "$got" "$dir/${package}_$sum.deb"
    done < <(locked "$@")
  fi
}

# unpack_locked DEBS TARGET PACKAGES...: extracts the data of these locked packages, running nothing of theirs.
# /bin, /sbin and /lib become links into /usr, where bookworm's packages do not put everything yet.
unpack_locked() {
  local debs=$1 target=$2 package sum
  shift 2
  mkdir -p "$target"/usr/{bin,sbin,lib}
  ln -sfn usr/bin "$target/bin" && ln -sfn usr/sbin "$target/sbin" && ln -sfn usr/lib "$target/lib"
  for package in "$@"; do
    sum=$(awk -v p="$package" '$1 == p { print $3; exit }' "$image_root/packages.lock")
    dpkg-deb --fsys-tarfile "$debs/${package}_$sum.deb" | tar --extract --directory "$target" --keep-directory-symlink
  done
}

# pack DIR [LIST]: writes DIR (or the paths of LIST, a file of NUL-terminated paths) to stdout as a tar that depends on
# nothing but its content.
pack() {
  local list=${2-}
  [ -n "$list" ] || { list=$(mktemp); (cd "$1" && find . -mindepth 1 -printf '%P\0') >"$list"; }
  sort -z "$list" | tar --create --directory "$1" --format=posix --numeric-owner --mtime="@$SOURCE_DATE_EPOCH" --clamp-mtime \
    --pax-option='exthdr.name=%d/PaxHeaders/%f,delete=atime,delete=ctime,delete=mtime' \
    --no-recursion --null --files-from -
  [ -n "${2-}" ] || rm "$list"
}
