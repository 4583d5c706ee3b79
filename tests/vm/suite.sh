# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2034,SC2154
#
# Packages of a Debian suite that the machine itself may not use; sourced after
# lib.sh. Downloaded with the machine's own mirror and keys: its lists and its
# configuration are neither used nor changed. The caller sets
#
#   want	whose package lists these are: each has its own in the cache
#   work	an empty folder, for the caller to remove

keyring=/usr/share/keyrings/debian-archive-keyring.gpg

# mirror SUITE: the archive that holds SUITE, by the machine's own sources.
# apt itself is asked, since it knows every form that sources are written in.
mirror() {
	local uris kind='[a-z]+'

	case $1 in
	*-security) kind='[a-z]+-security' ;;
	esac
	uris=$(apt-get --print-uris update 2>/dev/null |
		sed -nE "s#^'([^']+/dists/[^']+)/InRelease'.*#\1#p" |
		grep -i debian)
	# Others name their suites like Debian's, but have no updates of them.
	{
		[ "$kind" != '[a-z]+' ] ||
			sed -nE "s#/dists/[a-z]+-updates\$##p" <<<"$uris"
		sed -nE "s#/dists/$kind(/updates)?\$##p" <<<"$uris"
	} | head -n 1
}

lists=$cache/apt/$want
mkdir -p "$lists/partial" "$work/archives/partial" ||
	die "cannot write to $cache"
apt_options=(
	-q
	-o APT::Architecture=amd64
	-o APT::Architectures=amd64
	-o APT::Get::AllowUnauthenticated=false
	-o APT::Sandbox::User=root
	-o APT::Update::Error-Mode=any
	-o Acquire::Languages=none
	-o Acquire::Retries=2
	-o Dir::Cache="$work"
	-o Dir::Cache::pkgcache=pkgcache.bin
	-o Dir::Cache::srcpkgcache=srcpkgcache.bin
	-o Dir::Etc::Preferences=/dev/null
	-o Dir::Etc::PreferencesParts=/dev/null
	-o Dir::Etc::SourceList="$work/sources.list"
	-o Dir::Etc::SourceParts=/dev/null
	-o Dir::State::Lists="$lists"
	-o Dir::State::Status=/dev/null
)
aptget() {
	apt-get "${apt_options[@]}" "$@" >&2
}
aptcache() {
	apt-cache "${apt_options[@]}" "$@"
}

# suite_sources SUITE...: from here on apt knows these; 1 if there is no mirror.
suite_sources() {
	local uri signed='' s

	[ ! -e $keyring ] || signed="[signed-by=$keyring] "
	for s; do
		uri=$(mirror "$s")
		# A mirror of the main archive alone will do.
		[ -n "$uri" ] && echo "deb $signed$uri $s main"
	done >"$work/sources.list"
	[ -s "$work/sources.list" ]
}

package_version() {
	aptcache show --no-all-versions "$1" 2>/dev/null |
		sed -n 's/^Version: //p;T;q'
}
