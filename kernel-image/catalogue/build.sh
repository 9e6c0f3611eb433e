#!/usr/bin/env bash
# Builds the static registry: layers here, as WORKDIR/layers/NAME.tar and .tar.zst; then assemble.ts makes images of
# them. Usage: build.sh WORKDIR OUTPUT
# A Debian layer is what installing more packages changes: debian ← tls ← nginx, redis, python.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
work=$1 output=$2
# shellcheck source=../debian.sh
. "$here/../debian.sh"

fetch_locked "$work/../debs" busybox debian ubuntu tls nginx redis python
rm -rf "$work"
mkdir -p "$work"/{layers,repository}

# mmdebstrap installs from a repository that holds the pinned packages and no others.
locked debian ubuntu tls nginx redis python | while read -r package _ sum _; do
  ln -s "$(realpath "$work/../debs/${package}_$sum.deb")" "$work/repository"
done
(cd "$work/repository" && dpkg-scanpackages --multiversion . 2>/dev/null >Packages)

# system SET: installs the packages of SET into WORKDIR/SET.
system() {
  local set=$1 tree=$work/$1 options=() line
  while read -r line; do options+=(--dpkgopt="$line"); done < <(grep ^path- "$here/files/debian/etc/dpkg/dpkg.cfg.d/docker-slim")
  mmdebstrap --quiet --mode=root --architectures=i386 --variant=custom --include="$(locked "$set" | cut -d' ' -f1 | paste -sd,)" \
    --hook-dir=/usr/share/mmdebstrap/hooks/merged-usr "${options[@]}" \
    '' "$tree" "deb [trusted=yes] copy:$(realpath "$work/repository") ./" >"$work/$set.log" 2>&1 || { cat "$work/$set.log" >&2; return 1; }
  rm -rf "$tree"/{dev,run,tmp}/* "$tree"/var/lib/apt/lists/* "$tree"/var/cache/{apt,ldconfig}/* "$tree"/var/cache/debconf/*-old \
    "$tree"/var/lib/dpkg/*-old "$tree"/etc/{passwd,group,shadow,gshadow,subuid,subgid}- "$tree"/etc/{hostname,resolv.conf,machine-id} \
    "$tree"/etc/apt/sources.list "$tree"/etc/apt/apt.conf.d/99mmdebstrap "$tree"/etc/dpkg/dpkg.cfg.d/99mmdebstrap \
    "$tree"/var/lib/systemd/* "$tree"/etc/.pwd.lock
  find "$tree/var/log" -type f -delete
  add_files debian "$tree"
}

add_files() { if [ -d "$here/files/$1" ]; then cp -R --no-preserve=ownership,timestamps "$here/files/$1/." "$2"; fi; }

# listing TREE: a line for what each path is, another for the content of each file.
listing() {
  (cd "$1" && find . -mindepth 1 -printf '%P\t%y %m %U:%G %l\n' && find . -type f -printf '%P\0' | xargs -0 sha256sum | sed 's/^\([^ ]*\)  \(.*\)$/\2\t\1/') | sort
}

# layer NAME TREE [PARENT-TREE]: packs TREE, or what differs in it from its parent, with the directories that lead there.
layer() {
  local name=$1 tree=$2 parent=${3-}
  if [ -n "$parent" ]; then
    listing "$parent" >"$work/$name.parent"
    listing "$tree" >"$work/$name.listing"
    if comm -23 <(cut -f1 "$work/$name.parent" | uniq) <(cut -f1 "$work/$name.listing" | uniq) | grep .; then
      echo "catalogue: layer $name removes these files of its parent: it would need whiteouts" >&2
      return 1
    fi
    comm -13 "$work/$name.parent" "$work/$name.listing" | cut -f1 |
      awk '{ while ($0 != "") { if (seen[$0]++) break; print; if (!sub(/\/[^\/]*$/, "")) break } }' | tr '\n' '\0' >"$work/$name.list"
    pack "$tree" "$work/$name.list" >"$work/layers/$name.tar"
  else
    pack "$tree" >"$work/layers/$name.tar"
  fi
  # zstd, as OCI allows and Docker reads since 20.10: a quarter smaller than gzip, and all of it travels with the repository.
  zstd --quiet --force -19 --no-progress "$work/layers/$name.tar"
}

mkdir -p "$work/hello"
i686-linux-gnu-gcc -Wall -Wextra -Werror -Os -static -nostdlib -ffreestanding -fno-stack-protector -fno-asynchronous-unwind-tables \
  -fno-pic -no-pie -s -Wl,--build-id=none -o "$work/hello/hello" "$here/hello/hello.c"
layer hello "$work/hello"

unpack_locked "$work/../debs" "$work/busybox-package" busybox-static
mkdir -p "$work"/busybox/{bin,dev,etc,home,proc,root,sys,tmp,usr/bin,usr/sbin,var/spool/mail,var/www}
chmod 1777 "$work/busybox/tmp"
chmod 700 "$work/busybox/root"
install -m 755 "$work/busybox-package/usr/bin/busybox" "$work/busybox/bin"
"$work/busybox/bin/busybox" --list | while read -r applet; do
  [ -e "$work/busybox/bin/$applet" ] || ln "$work/busybox/bin/busybox" "$work/busybox/bin/$applet"
done
ln -s ../../bin/env "$work/busybox/usr/bin/env"
add_files busybox "$work/busybox"
chmod 640 "$work/busybox/etc/shadow"
layer busybox "$work/busybox"

system debian
layer debian "$work/debian"

# Ubuntu's own image has procps where Debian's slim one has not, and people type ps first.
system ubuntu
add_files ubuntu "$work/ubuntu"
layer ubuntu "$work/ubuntu" "$work/debian"

system tls
layer tls "$work/tls" "$work/debian"

system nginx
rm "$work/nginx/etc/nginx/sites-enabled/default"
ln -sf /dev/stdout "$work/nginx/var/log/nginx/access.log"
ln -sf /dev/stderr "$work/nginx/var/log/nginx/error.log"
add_files nginx "$work/nginx"
layer nginx "$work/nginx" "$work/tls"

system redis
mkdir -p "$work/redis/data"
chown --reference="$work/redis/var/lib/redis" "$work/redis/data"
add_files redis "$work/redis"
layer redis "$work/redis" "$work/tls"

system python
ln -s python3 "$work/python/usr/bin/python"
layer python "$work/python" "$work/tls"

"$here/../../node_modules/.bin/tsx" "$here/assemble.ts" "$work" "$output"
