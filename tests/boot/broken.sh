#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# shellcheck disable=SC2317 # run_tests calls the functions
#
# The guide's router with a mistake in its configuration: it boots all the same,
# the journal says where the mistake is, and the kernel routes.
#
# masked: systemd-networkd.service systemd-networkd.socket NetworkManager.service
# masked: NetworkManager-wait-online.service systemd-networkd-wait-online.service
# guide: /etc/systemd/network/10-wan1.link /etc/network/interfaces
# guide: /etc/ppp/peers/dsl /etc/sysctl.d/90-router.conf /etc/nftables.conf
# guide: /etc/ecmp/ecmp.conf
# mistake: rule add from 192.168.0.0/16 lookup main no such word

# shellcheck source=lib.bash
. "$(dirname "$0")/lib.bash"

not_in_force() {
	local line

	the_unit failed exit-code
	line=$(grep -n "no such word" $CONF | cut -d : -f 1)
	check_true "the journal names the line" eval \
		"journalctl -q -b -u ecmp -o cat | grep -F '$CONF:$line: '"
	diag "$(journalctl -q -b -u ecmp -o cat)"
	check_output "nothing is configured" "" ecmpctl save
}

order() {
	in_order network-pre.target networking.service network.target \
		network-online.target
}

kernel_routes() {
	check_true "there is PPP" wait_until 60 [ -d /sys/class/net/ppp0 ]
	traffic_begins
	more 30
	nothing_lost
	check_eq "by wan2 and ppp0" "$(wan 2) $(wan 3)" "0 0"
}

corrected() {
	sed -i '/no such word/d' $CONF
	check_true "start" systemctl restart ecmp
	all_in_force
}

# As after a new kernel that the module was not built for.
without_module() {
	local ko text

	ko=$(modinfo -F filename ecmp)
	check_true "the module goes" rmmod ecmp
	mv "$ko" "$ko.away"
	depmod
	mark
	check_true "the service fails" eval "! systemctl restart ecmp"
	the_unit failed exit-code
	said ecmp "Module ecmp not found"
	mv "$ko.away" "$ko"
	depmod
	check_true "and does not when it is there" systemctl restart ecmp
	as_in_file
}

up() {
	booted degraded ecmp.service
}

run_tests \
	up "the machine boots, and nothing fails but the service" \
	not_in_force "the journal names the line, and nothing is configured" \
	order "the network came up" \
	kernel_routes "the kernel routes by itself" \
	corrected "corrected, it is in force" \
	without_module "without a module the service fails, and says so" \
	in_the_end "nothing has failed meanwhile"
