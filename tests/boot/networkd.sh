#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# shellcheck disable=SC2317 # run_tests calls the functions
#
# A router whose interfaces are systemd-networkd's: the guide's two WANs, and
# wan3, a fixed address without a route, for which the module keeps one. What
# networkd does to routes, when it starts again, reads its files again or sets up
# an interface anew, and what becomes of the module's.
#
# masked: networking.service NetworkManager.service
# masked: NetworkManager-wait-online.service
# guide: /etc/systemd/network/10-wan1.link
# guide: /etc/systemd/network/20-wan1.network /etc/systemd/network/20-wan2.network
# guide: /etc/sysctl.d/90-router.conf
# files: static networkd

# shellcheck source=lib.bash
. "$(dirname "$0")/lib.bash"

in_force() {
	all_in_force
	check_eq "which routes the kernel has" "$(ip route show default |
		sed -E 's/.* (dev [a-z0-9]+) (proto [a-z0-9]+).*/\1 \2/')" \
		"$(printf '%s\n' "dev wan1 proto dhcp" "dev wan2 proto static" \
			"dev wan3 proto 201")"
	remember
}

order() {
	in_order ecmp.service network-pre.target systemd-networkd.service \
		network-online.target
	check_true "networkd waited for an interface" \
		[ "$(property systemd-networkd-wait-online Result)" = success ]
}

configured() {
	networkctl --no-legend list | awk '$2 ~ /^(wan|lan)/ && $5 != "configured" {
		wrong = 1 } END { exit wrong }'
}

# anew COMMAND...: until networkd is done.
anew() {
	"$@" && wait_until 60 configured
}

reads_again() {
	traffic_begins
	after "networkctl reload" anew networkctl reload
	more 20
	nothing_lost
}

# It takes all addresses away, and makes them again.
restarts() {
	after "a restart of networkd" anew systemctl restart systemd-networkd
	traffic_begins
	more 20
	nothing_lost
}

# As the guide advises.
keeps() {
	local dev

	for dev in lan0 lan10 wan1 wan2 wan3; do
		mkdir -p /etc/systemd/network/20-$dev.network.d
		printf '[Network]\nKeepConfiguration=yes\n' \
			>/etc/systemd/network/20-$dev.network.d/keep.conf
	done
	anew networkctl reload
	as_before "when the files are read again"
	traffic_begins
	after "a restart of networkd" anew systemctl restart systemd-networkd
	more 20
	nothing_lost
}

reconfigures() {
	local dev

	for dev in wan2 wan3 wan1; do
		after "networkctl reconfigure $dev" anew \
			networkctl reconfigure $dev
	done
	after "networkctl down and up" down_and_up wan3
	traffic_begins
	more 60
	nothing_lost
	by_each_wan
}

down_and_up() {
	networkctl down "$1" && wait_until 30 dead "$1" &&
		networkctl up "$1" && wait_until 60 configured
}

dead() {
	ecmpctl -j nexthop show |
		jq -e --arg dev "$1" 'any(.[]; .device == $dev and
			.gateway and .state == "dead")'
}

run_tests \
	booted "the machine boots, and nothing fails" \
	in_force "the configuration is in force" \
	order "it was before any interface came up" \
	reads_again "networkd reads its files again: nothing is lost" \
	restarts "networkd is restarted: all comes back" \
	keeps "with KeepConfiguration=yes nothing is lost then" \
	reconfigures "networkd sets up interfaces anew" \
	in_the_end "nothing has failed meanwhile"
