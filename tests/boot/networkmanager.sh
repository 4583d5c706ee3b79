#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# shellcheck disable=SC2317 # run_tests calls the functions
#
# wan1 is NetworkManager's, by DHCP, and the other interfaces are ifupdown's.
#
# masked: systemd-networkd.service systemd-networkd.socket
# masked: systemd-networkd-wait-online.service
# guide: /etc/systemd/network/10-wan1.link /etc/sysctl.d/90-router.conf
# files: static networkmanager

# shellcheck source=lib.bash
. "$(dirname "$0")/lib.bash"

in_force() {
	all_in_force
	check_eq "whose wan1 is" "$(nmcli -g GENERAL.STATE device show wan1)" \
		"100 (connected)"
	check_eq "which routes the kernel has" "$(ip route show default |
		sed -nE 's/.* (dev [a-z0-9]+)( proto [a-z0-9]+)?.*/\1\2/p' |
		sort)" \
		"$(printf '%s\n' "dev wan1 proto dhcp" "dev wan2" \
			"dev wan3 proto 201")"
	remember
}

order() {
	in_order ecmp.service network-pre.target NetworkManager.service \
		network-online.target
}

harmless() {
	traffic_begins
	after "nmcli device reapply" nmcli device reapply wan1
	after "nmcli general reload" nmcli general reload
	after "a restart of NetworkManager" systemctl restart NetworkManager
	more 20
	nothing_lost
}

goes_and_comes() {
	local name

	name=$(nmcli -g GENERAL.CONNECTION device show wan1)
	check_true "down" nmcli connection down "$name"
	uplinks "on: 2 of 3 uplinks alive"
	check_output "what is configured" "$SAVED" ecmpctl save
	traffic_begins
	more 40
	nothing_lost
	check_eq "by wan1" "$(wan 1)" 0
	after "nmcli connection up" nmcli connection up "$name"
	traffic_begins
	more 60
	nothing_lost
	check_num "by wan1" "$(wan 1)" -gt 5
}

run_tests \
	booted "the machine boots, and nothing fails" \
	in_force "the configuration is in force" \
	order "it was before any interface came up" \
	harmless "NetworkManager is told things, and restarted: nothing is lost" \
	goes_and_comes "its connection goes and comes" \
	in_the_end "nothing has failed meanwhile"
