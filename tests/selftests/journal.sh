#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# shellcheck disable=SC2317,SC2016 # run_tests calls the functions; eval
#
# ecmpctl monitor --journal, run as the service does, by a user without
# privileges: what dies, comes back and is configured is in the journal, with
# the fields that ecmpctl(8) names. journald.py stands in for systemd's.

# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

MANUAL=$(dirname "$0")/../../tools/ecmpctl/ecmpctl.8
ENTRIES=$WORK/entries

setup() {
	topology 3
	mkdir -m 755 "$WORK/journal"
	python3 -B -E -S "$LIB/journald.py" "$WORK/journal/socket" \
		>"$ENTRIES" 2>"$WORK/journald.err" &
	JOURNALD=$!
	check_true "there is a journal" wait_until 20 \
		[ -S "$WORK/journal/socket" ]
}

# journal COMMAND...: in the router, where nobody but us sees that journal.
journal() {
	exec ip netns exec "$ID-router" unshare --mount bash -c '
		mount -t tmpfs tmpfs /run && mkdir -p /run/systemd/journal &&
		mount --bind "$1" /run/systemd/journal || exit
		shift
		exec setpriv --reuid 1000 --regid 1000 --clear-groups "$@"
	' journal "$WORK/journal" "$@"
}

# told WHAT FILTER [COUNT]: so many entries of which that is true, one by
# default, since the mark.
told() {
	check_true "$1" wait_until 10 counted "$2" "${3-1}" ||
		diag "$(tail -n 5 "$ENTRIES")"
}

MARK=0

mark() {
	MARK=$(wc -l <"$ENTRIES")
}

counted() {
	[ "$(tail -n "+$((MARK + 1))" "$ENTRIES" |
		jq -s "map(select($1)) | length")" = "$2" ]
}

# is EVENT FIELD=VALUE...: the filter for it.
is() {
	local field filter=".ECMP_EVENT == \"$1\""
	shift

	for field; do
		filter="$filter and .${field%%=*} == \"${field#*=}\""
	done
	echo "$filter"
}

# With a small queue, as a user without privileges may have it, and smaller
# still: newer kernels allow more.
begins() {
	local room=/proc/sys/net/core/rmem_max before

	before=$(<$room)
	tutorial 3 | load_config
	carrier_lost 3
	echo 65536 >$room
	(journal ecmpctl monitor --journal 2>"$WORK/monitor.err") &
	MONITOR=$!
	wait_until 20 [ -s "$ENTRIES" ]
	echo "$before" >$room
	# The kernel's connected network on wan3 is the other.
	told "how it is at first" "$(is watching PRIORITY=6 ECMP_DEAD=2 \
		"ECMP_PATHS=$(ctl -j nexthop show | jq length)" \
		SYSLOG_IDENTIFIER=ecmp) and (.MESSAGE |
		startswith(\"Watching \") and
		contains(\"10.1.3.1 dev wan3 (no carrier)\"))"
	told "without privileges" '._UID == 1000'
	mark
	carrier_back 3
	told "it comes back" "$(is path-alive ECMP_GATEWAY=10.1.3.1 \
		ECMP_DEVICE=wan3)"
}

carrier() {
	mark
	carrier_lost 2
	told "it dies" "$(is path-dead PRIORITY=4 ECMP_FAMILY=ipv4 \
		ECMP_GATEWAY=10.1.2.1 ECMP_DEVICE=wan2 ECMP_STATE=dead \
		ECMP_REASON=no-carrier ECMP_FORCED=auto \
		"MESSAGE=Path 10.1.2.1 dev wan2 died: no carrier")"
	# Dead for another reason is no other death.
	on router link set wan2 down
	told "why has changed" "$(is path-changed PRIORITY=6 \
		ECMP_GATEWAY=10.1.2.1 ECMP_STATE=dead ECMP_REASON=down)"
	on router link set wan2 up
	carrier_back 2
	told "it comes back" "$(is path-alive PRIORITY=5 ECMP_DEVICE=wan2 \
		ECMP_STATE=alive ECMP_REASON=none ECMP_FLAPS=1 ECMP_UPLINK=yes \
		"MESSAGE=Path 10.1.2.1 dev wan2 lives again")"
	told "it died once" '.ECMP_EVENT == "path-dead" and .ECMP_GATEWAY'
	told "and so did its network" "$(is path-dead ECMP_UPLINK=no \
		"MESSAGE=Path (IPv4) dev wan2 died: no carrier")"
	told "no other path did anything" \
		'.ECMP_DEVICE and .ECMP_DEVICE != "wan2"' 0
}

checked() {
	{
		echo "set check-gateway-interval 100ms check-gateway-timeout 100ms"
		echo "route add default via 10.1.1.1 dev wan1 check-gateway ping"
	} | load_config
	mark
	in_ns inet nft -f - <<-END
		table netdev deaf {
			chain ears {
				type filter hook ingress device wan1 priority 0
				icmp type echo-request drop
			}
		}
	END
	told "it dies" "$(is path-dead PRIORITY=4 ECMP_DEVICE=wan1 \
		ECMP_REASON=check "MESSAGE=Path 10.1.1.1 dev wan1 died: check failed")"
	in_ns inet nft delete table netdev deaf
	told "it comes back" "$(is path-alive PRIORITY=5 ECMP_DEVICE=wan1)"
}

# The gateway that a route follows is another one, and so is the device of one
# that was named without. A path is not new when it dies.
another() {
	local gone='.ECMP_EVENT == "path-gone" and .ECMP_GATEWAY'

	ctl save >"$WORK/before"
	on router route add default via 10.1.1.5 dev wan1 metric 50
	{
		echo "route add default via kernel dev wan1"
		echo "route add 203.0.113.0/24 via 10.7.0.1"
		echo "set kernel-routes off"
	} | load_config 2>/dev/null
	told "the gateway" "$(is path-new ECMP_GATEWAY=10.1.1.5 \
		ECMP_DEVICE=wan1)"
	mark
	on router route replace default via 10.1.1.6 dev wan1 metric 50
	told "another one" "$(is path-new ECMP_GATEWAY=10.1.1.6)"
	told "that was it" "$gone == \"10.1.1.5\""
	mark
	on router address add 10.7.0.2/24 dev wan2
	told "it has a device" "$(is path-new ECMP_GATEWAY=10.7.0.1 \
		ECMP_DEVICE=wan2)"
	mark
	carrier_lost 1
	told "it dies" "$(is path-dead PRIORITY=4 ECMP_GATEWAY=10.1.1.6)"
	carrier_back 1
	ctl table add side
	ctl route add 203.0.114.0/24 via 10.1.3.9 dev wan3 table side
	mark
	ctl table del side
	told "it goes with its table" "$gone == \"10.1.3.9\""
	ctl route add 203.0.114.0/24 via 10.1.3.9 dev wan3
	ctl nexthop set 10.1.3.9 dev wan3 pin-id 9
	mark
	ctl route del 203.0.114.0/24
	told "its pin-id keeps it" "$(is route-deleted)"
	told "so it is there" "$gone == \"10.1.3.9\"" 0
	on router address del 10.7.0.2/24 dev wan2
	on router route del default metric 50
	ctl load "$WORK/before"
}

loaded() {
	local generation

	generation=$(ctl -j settings show | jq .generation)
	mark
	tutorial 2 | load_config
	told "the load" "$(is configuration PRIORITY=6) and
		(.ECMP_GENERATION | tonumber) > $generation"
	told "a new path" "$(is path-new ECMP_DEVICE=wan2 ECMP_STATE=alive \
		"MESSAGE=Path 10.1.2.1 dev wan2 is new: alive")"
	told "the one that stays" '.ECMP_DEVICE == "wan1"' 0
	mark
	echo "route add default via 10.1.1.1 dev wan1" | load_config
	told "one that goes" "$(is path-gone ECMP_DEVICE=wan2)"
}

configured() {
	local route="203.0.113.0/24 via 10.1.2.1 dev wan2 table N"

	mark
	# shellcheck disable=SC2086 # words
	{
		ctl table add N
		ctl route add $route comment 'a "b"'
		ctl rule add to 203.0.113.0/24 lookup N comment there
		ctl nexthop set 10.1.2.1 dev wan2 state drain
		ctl nexthop set 10.1.2.1 dev wan2 state auto
		ctl set hash-policy l4
		ctl rule del there
		ctl route del $route
		ctl table del N
	}
	told "a table" "$(is table ECMP_TABLE=N PRIORITY=6 \
		"MESSAGE=Configured: table N")"
	told "a route" "$(is route ECMP_TABLE=N ECMP_PREFIX=203.0.113.0/24 \
		ECMP_GATEWAY=10.1.2.1 ECMP_DEVICE=wan2 ECMP_STATE=active \
		'ECMP_COMMENT=a \"b\"')"
	told "a rule" "$(is rule ECMP_RULE=0 ECMP_TABLE=N ECMP_COMMENT=there)
		and (.MESSAGE |
		startswith(\"Configured: rule 0: to 203.0.113.0/24 lookup N\"))"
	told "its path drains" "$(is path-changed ECMP_DEVICE=wan2 \
		ECMP_STATE=alive ECMP_REASON=last-resort ECMP_FORCED=drain)"
	told "and no more" "$(is path-changed ECMP_DEVICE=wan2 \
		ECMP_STATE=alive ECMP_REASON=none ECMP_FORCED=auto)"
	told "settings" "$(is settings ECMP_ENABLED=yes) and
		(.MESSAGE | startswith(\"Settings: enabled yes, hash-policy IPv4 l4\"))"
	told "the rule goes" "$(is rule-deleted ECMP_COMMENT=there)"
	told "the route goes" "$(is route-deleted ECMP_TABLE=N)"
	told "the table goes" "$(is table-deleted ECMP_TABLE=N)"
}

# Many events at once, of which one that does not read gets the first alone:
# each rule of an interface is told when that comes.
lost() {
	local i

	mark
	{
		tutorial 2
		for ((i = 0; i < 600; i++)); do
			echo "rule add iif late lookup main"
		done
	} | load_config
	told "the load" "$(is configuration)"
	told "its path" "$(is path-new ECMP_GATEWAY=10.1.2.1)"
	mark
	kill -STOP "$MONITOR"
	on router link add late type dummy
	carrier_lost 1
	wan_down 2
	wan_up 2
	kill -CONT "$MONITOR"
	told "that some were lost" "$(is lost PRIORITY=4 ECMP_DEAD=2)
		and (.MESSAGE | contains(\"10.1.1.1 dev wan1 (no carrier)\"))"
	told "what died meanwhile" "$(is path-dead ECMP_GATEWAY=10.1.1.1 \
		ECMP_REASON=no-carrier)"
	told "what died and lives again" "$(is path-alive ECMP_DEVICE=wan2 \
		"MESSAGE=Path 10.1.2.1 dev wan2 died meanwhile and lives again")"
	check_num "it did not tell all" "$(tail -n "+$((MARK + 1))" "$ENTRIES" |
		grep -c '"ECMP_EVENT": "rule"')" -lt 600
	mark
	carrier_back 1
	told "it hears what comes then" "$(is path-alive ECMP_GATEWAY=10.1.1.1)"
	# That is told of each rule again, and some of it may be lost again.
	on router link del late
	check_true "it follows again" wait_until 60 follows
}

follows() {
	ctl table add follows
	ctl table del follows
	grep -q '"ECMP_EVENT": "table".*follows' "$ENTRIES"
}

module_goes() {
	mark
	unload_module
	told "it went" "$(is module-gone PRIORITY=4)"
	load_module
	told "it came back" "$(is module-back PRIORITY=5)"
	tutorial 1 | load_config
	told "its configuration" "$(is configuration)"
	told "its path" "$(is path-new ECMP_GATEWAY=10.1.1.1)"
}

# Every kind was met by now, each as the manual lists it.
manual() {
	check_eq "events, their priorities and ids" "$(jq -r '
		["emerg", "alert", "crit", "err", "warning", "notice", "info"] as
		$words | [.ECMP_EVENT, $words[.PRIORITY | tonumber],
		.MESSAGE_ID] | join(" ")' "$ENTRIES" | sort -u)" \
		"$(sed -nE 's/^\.It ([a-z-]+) Ta ([a-z]+) Ta ([0-9a-f]{32})$/\1 \2 \3/p' \
			"$MANUAL" | sort)"
	check_eq "fields that it does not know" "$(jq -r 'keys[]' "$ENTRIES" |
		grep ^ECMP_ | sort -u | while read -r field; do
			grep -qE "^\.It Va .*$field( |\$)" "$MANUAL" ||
				echo "$field"
		done)" ""
	check_eq "the journal could read all" "$(<"$WORK/journald.err")" ""
}

ends() {
	kill "$MONITOR" "$JOURNALD"
	wait "$MONITOR" "$JOURNALD" 2>/dev/null || true
	check_eq "it has not complained" "$(<"$WORK/monitor.err")" ""
	# A socket where nobody reads any more, and then none at all.
	check_fail "the journal is gone" \
		"the journal did not take an entry: Connection refused" \
		eval '(journal ecmpctl monitor --journal)'
	rm "$WORK/journal/socket"
	check_fail "there is none" \
		"journal cannot be reached by /run/systemd/journal/socket" \
		eval '(journal ecmpctl monitor --journal)'
}

run_tests \
	setup "the network is there" \
	begins "it begins" \
	carrier "a path loses its carrier" \
	checked "a gateway does not answer" \
	another "gateways and devices that routes follow" \
	loaded "loads" \
	configured "changes of the configuration" \
	lost "events that are lost" \
	module_goes "the module goes" \
	manual "ecmpctl(8) has what was told" \
	ends "it ends"
