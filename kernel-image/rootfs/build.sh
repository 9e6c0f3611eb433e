#!/usr/bin/env bash
# Builds the guest's root filesystem, agent and docker stub included, as a gzipped cpio. Usage: build.sh WORKDIR OUTPUT
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
work=$1 output=$2
# shellcheck source=../debian.sh
. "$here/../debian.sh"

fetch_locked "$work/../debs" rootfs
rm -rf "$work"
mkdir -p "$work"
"$here/../agent/build.sh" "$work/../agent" "$work/agent"
"$here/../docker-stub/build.sh" "$work/../agent" "$work/docker-stub"
"$here/../docker-init/build.sh" "$work/../agent" "$work/docker-init"
unpack_locked "$work/../debs" "$work/packages" busybox-static bash-static libc-bin

root=$work/root
mkdir -p "$root"/{dev,etc,mnt,opt/tools,proc,root,run,sys,tmp}
mkdir -p "$root"/usr/{bin,sbin,lib,share,local/bin,local/sbin}
mkdir -p "$root"/var/{cache,lib/docker,log,spool,tmp}
ln -s usr/bin usr/sbin usr/lib "$root"
ln -s /run "$root/var/run"
ln -s /proc/self/mounts "$root/etc/mtab"
mknod -m 600 "$root/dev/console" c 5 1
chmod 1777 "$root"/tmp "$root"/var/tmp

install -m 755 "$work/packages/usr/bin/busybox" "$work/packages/usr/bin/bash-static" "$root/usr/bin"
mv "$root/usr/bin/bash-static" "$root/usr/bin/bash"
# bash moves over é and 語 as one character only with a UTF-8 locale.
mkdir -p "$root/usr/lib/locale"
cp -R --no-preserve=mode,ownership "$work/packages/usr/lib/locale/C.utf8" "$root/usr/lib/locale"
install -m 755 "$work/agent" "$root/init"
ln -s ../../init "$root/usr/sbin/init"
install -D -m 755 "$work/docker-stub" "$root/usr/bin/docker"
ln -s docker "$root/usr/bin/xray"
install -m 755 "$work/docker-init" "$root/usr/bin/docker-init"

# Every BusyBox command but those that belong to an init or a package system this host does not have.
"$root/usr/bin/busybox" --list-full | while read -r path; do
  case ${path##*/} in
    busybox | init | linuxrc | run-init | nuke | resume | dpkg | dpkg-deb | rpm | rpm2cpio | bb | sulogin) continue ;;
  esac
  target=$root/usr/${path#usr/}
  [ -e "$target" ] || case $target in
    */sbin/*) ln -s ../bin/busybox "$target" ;;
    *) ln -s busybox "$target" ;;
  esac
done

cp -R --no-preserve=mode,ownership "$here/tree/." "$root"
chmod 640 "$root/etc/shadow"
chmod 700 "$root/root"
ln -s /opt/tools/usr/lib/ld-linux.so.2 /opt/tools/usr/lib/i386-linux-gnu "$root/usr/lib"
ln -s /opt/tools/usr/share/terminfo /opt/tools/usr/share/bash-completion "$root/usr/share"
ln -s /opt/tools/etc/ssl /opt/tools/etc/services /opt/tools/etc/protocols "$root/etc"

find "$root" -exec touch --no-dereference --date="@$SOURCE_DATE_EPOCH" {} +
mkdir -p "$(dirname "$output")"
(cd "$root" && find . -print0 | sort -z |
  cpio --quiet --null --create --format=newc --reproducible --owner=0:0) >"$work/rootfs.cpio"
gzip -n -9 <"$work/rootfs.cpio" >"$output"
