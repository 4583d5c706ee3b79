# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2317 # guide.sh's blocks call the functions
#
# What stands for commands of the documents where they would need a whole
# machine, or files in / and not in $ROOT; for guide.sh. The files that they read
# by themselves are noted as used.

# Programs that other programs start: see commands().
PATH=$WORK/bin:$PATH

used() {
	printf '%s\n' "$@" >>"$WORK/used"
}

# Paths are the same each time, and nobody sees why.
ecmpctl() {
	local status=0

	case " $* " in
	*" monitor "*)
		timeout 1 ecmpctl "$@" || [ $? = 124 ]
		return ;;
	*" top "*)
		# On a terminal it does not end; two seconds are long for a test.
		command ecmpctl "$@" -d 200ms | cat
		return ;;
	esac
	command ecmpctl "$@" || status=$?
	case " $* " in
	*" diff "* | *" check "*) [ $status != 3 ] || status=0 ;;
	*" load "*) command ecmpctl set hash-seed 1 ;;
	esac
	return $status
}

ip() {
	if [ "${1-} ${2-}" = "netns exec" ]; then
		command ip netns exec "$ID-$3" "${@:4}"
	else
		command ip "$@"
	fi
}

modprobe() {
	[ -d "/sys/module/$1" ]
}

sysctl() {
	local file

	if [ "$*" != --system ]; then
		command sysctl "$@"
		return
	fi
	for file in "$ROOT"/etc/sysctl.d/*; do
		used "${file#"$ROOT"}"
		command sysctl -q -p "$file"
	done
}

# The service of ecmp runs what it would.
systemctl() {
	local unit=$TOP/tools/packaging/ecmp.service.in

	case $* in
	"enable ecmp")
		grep -q '^WantedBy=' "$unit" ;;
	"reload ecmp")
		eval "$(sed -n 's#^ExecReload=@SBINDIR@/##p' "$unit" |
			sed "s# /etc/# $ROOT/etc/#")" ;;
	"enable nftables")
		[ -e "$ROOT/etc/nftables.conf" ] ;;
	*)
		echo "nothing stands for systemctl $*"
		return 1 ;;
	esac
}

# Busybox has one, which wants the length of a prefix as a mask.
ifup() {
	mkdir -p "$WORK/bin"
	script run-parts ':'
	script udhcpc "exec busybox udhcpc -t 30 -T 1 -A 1 -s $WORK/bin/leased \"\$@\""
	# shellcheck disable=SC2016 # expands when it runs
	script leased '[ "$1" = bound ] || exit 0
		ip address replace $ip/24 dev $interface
		ip route replace default via $router dev $interface metric 101'
	script pon "echo /etc/ppp/peers/\$1 >>$WORK/used
		exec pppd file $ROOT/etc/ppp/peers/\$1 lcp-restart 1 \\
			lcp-max-configure 90 ipcp-restart 1 ipcp-max-configure 90 \\
			nobsdcomp nodeflate novj noccp noipv6 \\
			ip-up-script /bin/true ip-down-script /bin/true \\
			logfile $WORK/dial.log"
	used /etc/network/interfaces
	sed -E 's#^(\s*)address ([0-9.]+)/24#\1address \2\n\1netmask 255.255.255.0#' \
		"$ROOT/etc/network/interfaces" >"$WORK/interfaces"
	rm -f /run/ifstate
	busybox ifup -i "$WORK/interfaces" "$@" || return
	# As Debian's does, but for dhclient's.
	ip route show default | sed -n '/metric 101/!s/^/ip route replace /p' |
		sed 's/ *$/ onlink/' >"$WORK/onlink"
	. "$WORK/onlink"
}

# script NAME TEXT
script() {
	printf '#!/bin/sh\n%s\n' "$2" >"$WORK/bin/$1"
	chmod 755 "$WORK/bin/$1"
}
