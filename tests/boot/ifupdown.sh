#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# shellcheck disable=SC2317 # run_tests calls the functions
#
# The guide's router, from its files: ifupdown, with DHCP, a fixed address and
# PPPoE. The service, its reload and its end, and what ifupdown does.
#
# masked: systemd-networkd.service systemd-networkd.socket NetworkManager.service
# masked: NetworkManager-wait-online.service systemd-networkd-wait-online.service
# guide: /etc/systemd/network/10-wan1.link /etc/network/interfaces
# guide: /etc/ppp/peers/dsl /etc/sysctl.d/90-router.conf /etc/nftables.conf
# guide: /etc/ecmp/ecmp.conf

# shellcheck source=lib.bash
. "$(dirname "$0")/lib.bash"

in_force() {
	all_in_force
	# In the order in which they came up.
	check_eq "the uplinks, as the guide shows them" \
		"$(ecmpctl show | section UPLINKS | sort)" \
		"$(block $GUIDE "$ALIVE" | section UPLINKS | sort)"
	check_eq "the kernel's routes, as the guide shows them" \
		"$(ip route show default | grep -v ' proto 201 ' |
			sed 's/ *$//')" \
		"$(block $GUIDE 'default via 10.1.1.1 dev wan1 metric 101' |
			grep '^default')"
}

order() {
	in_order ecmp.service network-pre.target networking.service \
		network.target network-online.target
}

forwards() {
	traffic_begins
	more 100
	nothing_lost
	by_each_wan
}

# without_wan1 WEIGHT: what lan10 is not to use, at no moment.
without_wan1() {
	sed "/^route add default via kernel dev wan1 table ecmp/d
		s/^route add default dev ppp0 table ecmp/& weight $1/" $CONF.ours
}

reloads() {
	local weight

	cp $CONF $CONF.ours
	without_wan1 1 >$CONF
	check_true "a reload" systemctl reload ecmp
	traffic_begins
	for weight in 2 3 1 2 3; do
		without_wan1 $weight >$CONF
		check_true "a reload" systemctl reload ecmp
		as_in_file
		more 20
	done
	nothing_lost
	check_eq "what went by the empty table's way" "$(wan 1)" 0
	cp $CONF.ours $CONF
	check_true "a reload" systemctl reload ecmp
	the_unit active success
}

mistaken() {
	local line

	remember
	line=$(($(wc -l <$CONF) + 1))
	echo "rule add from 192.168.0.0/16 lookup nothing" >>$CONF
	mark
	check_true "a reload fails" eval "! systemctl reload ecmp"
	said ecmp "$CONF:$line: "
	check_true "what was in force is" same_state
	the_unit active success
	cp $CONF.ours $CONF
	check_true "the next one does not" systemctl reload ecmp
	as_in_file
	check_true "and changes nothing" same_state
}

goes_and_comes() {
	remember
	mark
	check_true "ifdown" ifdown wan2
	uplinks "on: 2 of 3 uplinks alive"
	check_output "what is configured" "$SAVED" ecmpctl save
	traffic_begins
	more 50
	nothing_lost
	check_eq "by wan2" "$(wan 2)" 0
	check_true "ifup" ifup wan2
	uplinks "$ALIVE"
	as_before "after ifdown and ifup"
	check_true "restart" systemctl restart networking
	uplinks "$ALIVE"
	as_before "after networking has been restarted"
	check_output "what is configured" "$SAVED" ecmpctl save
	the_unit active success
}

# entries FILTER MATCH...: how many entries of the journal since the mark match,
# and are as the filter of jq says.
entries() {
	local filter=$1
	shift

	since_mark -t ecmp "$@" | jq -s "map(select($filter)) | length"
}

told_twice() {
	[ "$(entries '.ECMP_GATEWAY == "10.1.2.1" and .ECMP_FAMILY == "ipv4" and
		.ECMP_STATE == "dead" and .PRIORITY == "4" and (.MESSAGE |
		startswith("Path 10.1.2.1 dev wan2 died: ")) and
		._SYSTEMD_UNIT == "ecmp-journal.service" and ._UID != "0"' \
		ECMP_EVENT=path-dead ECMP_DEVICE=wan2 ECMP_UPLINK=yes)" = 2 ] &&
	[ "$(entries 'true' ECMP_EVENT=path-alive ECMP_DEVICE=wan2 \
		ECMP_GATEWAY=10.1.2.1)" = 2 ]
}

# The mark is that of goes_and_comes: wan2 went and came, twice.
journal() {
	local commands command

	check_eq "ecmp-journal" "$(property ecmp-journal ActiveState) \
$(property ecmp-journal NRestarts)" "active 0"
	check_true "wan2 went and came, twice, with all fields" \
		wait_until 20 told_twice ||
		diag "$(since_mark -t ecmp)"
	check_eq "paths without a name" "$(journalctl -q -b -t ecmp -o cat |
		awk '/dev ""/ { n++ } END { print n + 0 }')" 0
	# As ecmpctl(8) has them; the last one does not end by itself.
	mapfile -t commands < <(block tools/ecmpctl/ecmpctl.8 \
		"journalctl -t ecmp -p warning")
	check_eq "commands of the manual" "${#commands[@]}" 3
	for command in "${commands[@]}"; do
		[[ $command == journalctl* ]] || continue
		# shellcheck disable=SC2086 # words
		timeout 5 $command >"$WORK/shown" || [ $? = 124 ]
		check_true "$command" \
			grep 'Path 10.1.2.1 dev wan2 died' "$WORK/shown"
	done
}

module_gone() {
	[ "$(entries true ECMP_EVENT=module-gone)" = 1 ]
}

module_back() {
	[ "$(entries true ECMP_EVENT=module-back)" = 1 ]
}

# What ecmp(7) says of it.
stops() {
	remember
	traffic_begins
	check_true "stop" systemctl stop ecmp
	the_unit inactive success
	check_true "all is as before" same_state
	more 20
	check_true "start" systemctl start ecmp
	more 20
	check_true "restart" systemctl restart ecmp
	more 20
	nothing_lost
	the_unit active success
	check_true "all is as before" same_state
	check_num "it was balanced" "$(wan 2)" -gt 5
	mark
	check_true "the module goes" rmmod ecmp
	check_true "the journal knows" wait_until 20 module_gone
	check_true "restart" systemctl restart ecmp
	uplinks "$ALIVE"
	as_before "after the module has been away"
	check_output "what is configured" "$SAVED" ecmpctl save
	check_true "the journal knows" wait_until 20 module_back ||
		diag "$(since_mark -t ecmp)"
	check_eq "ecmp-journal" "$(property ecmp-journal ActiveState) \
$(property ecmp-journal NRestarts)" "active 0"
}

# Objects of every kind, for promtool: see tests/vm/boot-machine.
metrics() {
	local units=/etc/systemd/system/ecmp-metrics

	mkdir -p /var/lib/prometheus/node-exporter
	block tools/ecmpctl/ecmpctl.8 "Type=oneshot" >$units.service
	block tools/ecmpctl/ecmpctl.8 "OnCalendar=*:*:0/15" >$units.timer
	cat >>$CONF <<-'END'
		table add odd-1
		table add kernel7 kernel 7
		route add blackhole 198.18.0.0/15 table odd-1 comment "a \"b\" \\ ä"
		route add ::/0 dev ppp0 table odd-1 weight 7
		route add default via 10.1.2.77 dev wan2 table odd-1 check-gateway arp
		rule add from 2001:db8::/32 iif lan10 lookup odd-1 comment "a \"b\" \\ ä"
		rule add mark 0x7/0xff native disabled
		rule add ipproto tcp dport 1-9 dscp 46 prohibit
	END
	check_true "a reload" systemctl reload ecmp
	ecmpctl nexthop set 10.1.2.1 dev wan2 state drain
	systemctl daemon-reload
	check_true "the manual's timer" systemctl enable --now ecmp-metrics.timer
	check_true "writes the file" wait_until 40 \
		[ -s /var/lib/prometheus/node-exporter/ecmp.prom ]
	systemctl disable --quiet --now ecmp-metrics.timer
	told_host metrics cat /var/lib/prometheus/node-exporter/ecmp.prom
	cp $CONF.ours $CONF
	check_true "a reload" systemctl reload ecmp
}

run_tests \
	booted "the machine boots, and nothing fails" \
	in_force "the configuration is in force" \
	order "it was before any interface came up" \
	forwards "connections use all three WANs" \
	reloads "a reload is atomic" \
	mistaken "a reload with a mistake changes nothing" \
	goes_and_comes "ifdown, ifup and a restart of networking" \
	journal "the journal has the events, with their fields" \
	stops "stopping changes nothing, and the module may go and come" \
	metrics "metrics of objects of every kind, by the manual's timer" \
	in_the_end "nothing has failed meanwhile"
