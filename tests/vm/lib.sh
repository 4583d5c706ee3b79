# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# Shared by the scripts of this folder; sourced, never run.
#
# Everything that is fetched or takes long to make lives in a cache outside
# the checkout, so that a fresh clone starts where the last one stopped:
#
#   kernels/PKGVERSION/	stock Debian kernels, with what modules need to build
#   kernels/6.1 ...	symbolic links to the version in use
#   kernels/uml* kcsan*	those that are built from sources (source-kernel)
#   apt/		package lists of suites that the machine does not use
#   guest/		initramfs parts that change rarely
#   times		how long each selftest took, for a fair split

set -u -o pipefail

vm=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd -P)
top=$(cd "$vm/../.." && pwd -P)
# Without HOME, as in some CI runners, bash takes ~ from the user database.
cache=${XDG_CACHE_HOME:-${HOME:-$(unset HOME; echo ~)}/.cache}/ecmp
# shellcheck disable=SC2034 # used by the scripts that source this file
out=$top/build
me=${0##*/}

# Nothing here may depend on the caller's language: tools are parsed.
export LC_ALL=C.UTF-8
# Debian keeps depmod, modprobe and chroot where users do not look.
PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin

say() {
	printf '%s\n' "$*" >&2
}

die() {
	say "$me: $*"
	exit 1
}

# lock NAME: one process at a time goes on, until the caller ends.
lock() {
	local fd

	mkdir -p "$cache/locks" || die "cannot write to $cache"
	exec {fd}>"$cache/locks/$1"
	flock -w 5 "$fd" && return
	say "$me: waiting for another run that holds the lock '$1'"
	flock "$fd"
}

# step TEXT COMMAND...: runs a quiet step on one line, "TEXT ... done (3 s)".
# The command's output goes to a log; on failure the last lines are shown
# and the log is kept. Compiler warnings are never swallowed.
step() {
	local text=$1 log start=$SECONDS
	shift

	mkdir -p "$out/logs" || die "cannot write to $out"
	log=$(mktemp "$out/logs/${me}.XXXXXX") || die "cannot write to $out"
	printf '%s … ' "$text" >&2
	if "$@" >"$log" 2>&1 </dev/null; then
		printf 'done (%d s)\n' $((SECONDS - start)) >&2
		grep -E '(^|[^[:alnum:]])[Ww]arning:' "$log" >&2
		rm -f "$log"
		return 0
	fi
	printf 'failed (%d s)\n' $((SECONDS - start)) >&2
	tail -n 20 "$log" | sed 's/^/    /' >&2
	say "The whole log: $log"
	return 1
}
