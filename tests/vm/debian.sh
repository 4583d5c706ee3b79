# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2034,SC2154
#
# A Debian 12 in a folder, and results in TAP; sourced after lib.sh, by who
# begins with in_private. A Debian without our packages is kept in the cache:
# chroot/bookworm-*. The caller sets
#
#   work	an empty folder, for the caller to remove
#   root	where the Debian is that inside and install_packages are for

suite=bookworm
number=0
failed=0

# What the packages need; what else comes before the network, for the order of
# the units; bash-completion to find ours.
router_packages="bash-completion,dkms,gcc,ifupdown,kmod,libmnl0,libncursesw6"
router_packages="$router_packages,linux-headers-amd64,make,nftables,systemd"

# in_private SCRIPT ARGUMENT...: what is mounted in the folder is gone when the
# script ends, however it does.
in_private() {
	[ "$(id -u)" = 0 ] || die "as root: it makes a Debian in a folder"
	[ -n "${ECMP_PRIVATE-}" ] ||
		ECMP_PRIVATE=1 exec unshare --mount -- "$@"
}

# result NAME [PROBLEM...]: good without a problem.
result() {
	local name=$1
	shift

	number=$((number + 1))
	if [ $# -eq 0 ]; then
		echo "ok $number - $name"
		return
	fi
	failed=1
	echo "not ok $number - $name"
	printf '%s\n' "$@" | sed 's/^/#   /'
}

finish() {
	echo "1..$number"
	exit $failed
}

# inside COMMAND...: in that Debian, offline.
inside() {
	unshare --net -- chroot "$root" /usr/bin/env -i \
		PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LC_ALL=C.UTF-8 \
		DEBIAN_FRONTEND=noninteractive "$@" </dev/null
}

# shellcheck disable=SC2317 # step calls it
make_base() {
	rm -rf --one-file-system "$base" "$base.new"
	mkdir -p "$base.new" || return
	debootstrap --variant=minbase --include="$1" "$suite" \
		"$base.new" || return
	rm -rf "$base.new"/var/cache/apt/archives/*.deb
	# Nothing of it is to be started.
	printf '#!/bin/sh\nexit 101\n' >"$base.new/usr/sbin/policy-rc.d"
	chmod 755 "$base.new/usr/sbin/policy-rc.d"
	mv "$base.new" "$base"
}

# debian_base TEXT PACKAGES: sets base, a Debian of its smallest packages and
# these, by commas; made if it is not in the cache, which is called TEXT.
debian_base() {
	base=$cache/chroot/$suite-$(sha256sum <<<"$2" | cut -c 1-8)
	[ -e "$base/usr/sbin/policy-rc.d" ] || step "$1" make_base "$2"
}

# install_packages VERSION: both, as dpkg does it.
install_packages() {
	cp "$out"/deb/ecmpctl_"$1"_*.deb "$out/deb/ecmp-dkms_$1_all.deb" \
		"$root/tmp/" || return
	inside dpkg -i "/tmp/ecmpctl_$1_$arch.deb" "/tmp/ecmp-dkms_$1_all.deb" \
		>"$work/log" 2>&1 && return
	tail -n 20 "$work/log" "$root"/var/lib/dkms/ecmp/*/build/make.log 2>/dev/null
	return 1
}

# set_versions: sets arch, and version_now, that of the packages. Needs dpkg-dev.
set_versions() {
	arch=$(dpkg --print-architecture)
	version_now=$(dpkg-parsechangelog -S Version \
		-l "$top/tools/packaging/debian/changelog")
}

# make_more BASE PACKAGE...
# shellcheck disable=SC2317 # step calls it
make_more() {
	local root=$base.new from=$1 status
	shift

	# shellcheck disable=SC2034 # for suite.sh
	want=$suite
	# shellcheck source=suite.sh
	. "$vm/suite.sh"
	suite_sources "$suite" && aptget update || return
	aptget install -y --download-only --no-install-recommends \
		-o Dir::State::Status="$from/var/lib/dpkg/status" \
		-o Debug::NoLocking=1 "$@" || return
	rm -rf --one-file-system "$base" "$root"
	cp -a "$from" "$root" && mkdir "$root/tmp/debs" &&
		cp "$work"/archives/*.deb "$root/tmp/debs/" || return
	mount -t proc proc "$root/proc" || return
	inside sh -c 'apt-get install -y --no-install-recommends \
		-o DPkg::Options::=--force-unsafe-io /tmp/debs/*.deb'
	status=$?
	umount "$root/proc"
	rm -rf "$root/tmp/debs" "$work/archives"
	[ $status = 0 ] && mv "$root" "$base"
}

# debian_more TEXT PACKAGE...: sets base to what it is with these packages, too,
# and without what they recommend.
debian_more() {
	local text=$1 from=$base
	shift

	base=$from-$(sha256sum <<<"$*" | cut -c 1-8)
	[ -e "$base/usr/sbin/policy-rc.d" ] ||
		step "$text" make_more "$from" "$@"
}
