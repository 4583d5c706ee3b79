#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# shellcheck disable=SC2317,SC2016 # run_tests calls the functions; jq
#
# The kernel's own ynl speaks with the module by include/uapi/linux/ecmp.yaml:
# each operation is asked for, and what comes is what ecmpctl is told. "make
# test-ynl" puts ynl into the machine, in /ynl.

# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

SPEC=$(dirname "$0")/../../include/uapi/linux/ecmp.yaml
YNL=${ECMP_YNL:-/ynl}

if [ ! -e "$YNL/pyynl/cli.py" ]; then
	printf 'TAP version 13\n1..0 # SKIP needs ynl: make test-ynl\n'
	exit 4
fi

COMMAND=(env PYTHONPATH="$YNL/modules" PYTHONUNBUFFERED=1 python3 -B
	"$YNL/pyynl/cli.py" --no-schema --output-json --spec "$SPEC")

ynl() {
	in_ns router "${COMMAND[@]}" "$@"
}

# asked OPERATION JSON FLAG...: do it; what is answered is printed.
asked() {
	local operation=$1 json=$2
	shift 2

	ynl --do "$operation" --json "$json" "$@"
}

setup() {
	topology 3
	{
		tutorial 3
		echo "table add other hash-policy src balance round-robin failback hard"
		echo "route add blackhole 198.51.100.0/24 table other comment none"
		echo "route add 2001:db8:113::/48 via fe80::1 dev wan2 weight 7"
		echo "rule add from 192.168.9.0/24 iif lan10 ipproto tcp" \
			"dport 80-90 lookup other min-prefix 0 comment web"
		echo "rule add mark 0x10/0xf0 dscp 46 prohibit disabled"
		echo "-6 rule add to 2001:db8:113::/48 lookup main"
		echo "distance proto bgp 5"
		echo "set check-gateway-interval 7s"
	} | load_config
	wan_down 3
	check_eq "every operation has its own test" \
		"$(ynl --list-ops | cut -d ' ' -f 1 | sort)" \
		"$(printf '%s\n' {table,route,rule}-{new,del,get} lookup \
			{nexthop,settings}-get nexthop-new settings-set \
			route-flush rule-move \
			transaction-{begin,commit,abort} | sort)"
}

# same WHAT YNL YNL-FILTER ECMPCTL ECMPCTL-FILTER: the two give the same values.
same() {
	local ours theirs

	theirs=$(jq -c "$3" <<<"$2")
	ours=$(jq -c "$5" <<<"$4")
	check_eq "$1" "$theirs" "$ours"
	check_num "$1: something" "${#ours}" -gt 10
}

tables() {
	same "tables" "$(ynl --dump table-get)" \
		'map([.name, ."hash-policy", .balance, .failback, .rules]) |
		 sort | .[]' \
		"$(ctl -j table show)" \
		'map([.name, .hash_policy, .balance, .failback, .rules]) |
		 sort | .[]'
	same "one of them" "$(asked table-get '{"name": "other"}')" \
		'[.name, ."hash-policy", .rules]' \
		"$(ctl -j table show | jq '.[] | select(.name == "other")')" \
		'[.name, .hash_policy, .rules]'
}

routes() {
	same "routes" "$(ynl --dump route-get)" \
		'map([.table, .dst + "/\(."dst-len")", .type, .gateway, .device,
			.distance, .weight, .comment, .reason // "none",
			(.flags | map(select(. == "active" or . == "ecmp" or
				. == "dynamic")))]) | sort | .[]' \
		"$(ctl -j route show)" \
		'map([.table, .prefix, .type, .gateway, .device, .distance,
			.weight, .comment, .reason // "none",
			[if .active then "active" else empty end,
			 if .dynamic then "dynamic" else empty end,
			 if .ecmp then "ecmp" else empty end]]) | sort | .[]'
	same "those of one table" \
		"$(ynl --dump route-get --json '{"table": "other"}')" \
		'map([.table, .dst, .comment]) | .[]' \
		"$(ctl -j route show table other)" \
		'map([.table, (.prefix | split("/") | .[0]), .comment]) | .[]'
}

rules() {
	same "rules" "$(ynl --dump rule-get)" \
		'.[] | [.index, .id, .from // "", .to // "", .iif, .mark,
			."mark-mask", .dscp, .table, ."min-prefix", .comment,
			(.flags | index("disabled") != null)]' \
		"$(ctl -j rule show)" \
		'.[] | [.index, .id, (.from // "" | split("/") | .[0]),
			(.to // "" | split("/") | .[0]), .iif, .mark,
			.mark_mask, .dscp, .table, .min_prefix, .comment,
			.disabled // false]'
}

nexthops() {
	same "next hops" "$(ynl --dump nexthop-get)" \
		'.[] | [.id, .gateway, .device, .state, .forced,
			.reason // "none", .routes, .flaps, .uplink // false]' \
		"$(ctl -j nexthop show)" \
		'.[] | [.id, .gateway, .device, .state, .forced,
			.reason // "none", .routes, .flaps, .uplink // false]'
}

settings() {
	same "settings" "$(asked settings-get '{}')" \
		'[.enabled, .pin, .generation, .tables, .rules, ."hash-seed",
			."pin-mask", ."check-interval",
			(.distance | map(select(.value == 5)) | length)]' \
		"$(ctl -j settings show)" \
		'[(if .enabled then 1 else 0 end), .pin, .generation, .tables,
			.rules, .hash_seed, .pin_mask, 7000,
			(.distances | map(select(. == "proto bgp 5")) | length)]'
}

lookup() {
	local request='{"family": 2, "dst": "45.57.94.1",
		"from": "192.168.10.5", "iif": "lan10", "proto": 6,
		"sport": 30000, "dport": 443}'

	same "a decision" "$(asked lookup "$request")" \
		'[.verdict, .table, .prefix, .bucket, .gateway, .device,
			(.step | map(.outcome)), (.path | map([.device, .buckets]) | sort)]' \
		"$(ctl -j get 45.57.94.1 from 192.168.10.5 iif lan10 \
			ipproto tcp sport 30000 dport 443)" \
		'[.verdict, .table, (.prefix | split("/") | .[0]), .bucket,
			.gateway, .device, (.steps | map(.outcome)),
			(.paths | map([.device, .buckets]) | sort)]'
}

# changed WHAT OPERATION JSON LINE COUNT FLAG...: what is saved has the line.
changed() {
	local what=$1 operation=$2 json=$3 line=$4 count=$5
	shift 5

	asked "$operation" "$json" "$@" >/dev/null
	check_eq "$what" "$(ctl save | grep -cxF -- "$line" || true)" "$count"
}

changes() {
	changed "table-new" table-new '{"name": "N", "hash-policy": "l4"}' \
		"table add N hash-policy l4" 1 --create --excl
	changed "route-new" route-new '{"table": "N", "family": 2,
		"dst": "203.0.113.0", "dst-len": 24, "gateway": "10.1.1.1",
		"device": "wan1", "distance": 9}' \
		"route add 203.0.113.0/24 via 10.1.1.1 dev wan1 table N distance 9" \
		1 --create --excl
	changed "rule-new" rule-new '{"action": "lookup", "table": "N",
		"from": "192.168.8.0", "from-len": 24, "family": 2,
		"comment": "by ynl"}' \
		'rule add from 192.168.8.0/24 lookup N comment "by ynl"' 1 \
		--create --excl
	changed "rule-move" rule-move \
		'{"select": {"comment": "by ynl"}, "at": 0}' \
		'rule add from 192.168.8.0/24 lookup N comment "by ynl"' 1
	check_eq "it is the first" "$(ctl -j rule show | jq -r '.[0].comment')" \
		"by ynl"
	changed "rule-del" rule-del '{"select": {"comment": "by ynl"}}' \
		'rule add from 192.168.8.0/24 lookup N comment "by ynl"' 0
	changed "settings-set" settings-set '{"hash-policy4": "src"}' \
		"-4 set hash-policy src" 1
	asked nexthop-new '{"family": 2, "gateway": "10.1.1.1",
		"device": "wan1", "forced": "drain"}' --replace >/dev/null
	check_eq "nexthop-new" "$(ctl -j nexthop show |
		jq -r '.[] | select(.gateway == "10.1.1.1") | .forced')" drain
	changed "route-del" route-del '{"table": "N", "family": 2,
		"dst": "203.0.113.0", "dst-len": 24}' \
		"route add 203.0.113.0/24 via 10.1.1.1 dev wan1 table N distance 9" 0
	changed "route-flush" route-flush '{"table": "other"}' \
		"route add blackhole 198.51.100.0/24 table other comment none" 0
	changed "table-del" table-del '{"name": "N"}' \
		"table add N hash-policy l4" 0
}

# A transaction is its socket's: all of it goes in one message.
transactions() {
	ynl --multi transaction-begin '{}' --multi transaction-abort '{}' \
		>/dev/null
	check_num "aborted" "$(ctl -j rule show | jq length)" -gt 3
	ynl --multi transaction-begin '{}' --multi transaction-commit '{}' \
		>/dev/null
	check_eq "an empty configuration" "$(ctl save | grep -cE ' add ' || true)" 0
}

refused() {
	check_fail "the module's sentence comes" \
		"there is no table of this name" \
		ynl --do table-del --json '{"name": "absent"}'
}

# what is told when things change, by its name.
told() {
	local i

	ip netns exec "$ID-router" "${COMMAND[@]}" --subscribe config \
		--duration 600 >"$WORK/told" 2>&1 &
	TOLD=$!
	check_true "it listens" wait_until 60 hears
	ctl table add T
	ctl route add default via 10.1.1.1 dev wan1 table T
	ctl rule add lookup T
	ctl rule del 0
	wan_down 1
	ctl route del default table T
	ctl table del T
	ctl set hash-policy l3
	echo "table add U" | load_config
	for i in table-new table-del route-new route-del rule-new rule-del \
		nexthop-new settings-set transaction-commit; do
		check_true "$i is told" wait_until 60 \
			grep -q "\"name\": \"$i-ntf\"" "$WORK/told"
	done
	check_eq "nothing that it does not know" \
		"$(grep -cv '^{"name"' "$WORK/told" || true)" 0
	check_eq "why it died" "$(jq -r 'select(.name == "nexthop-new-ntf" and
		.msg.state == "dead" and .msg.gateway == "10.1.1.1") |
		.msg.reason' "$WORK/told")" down
	kill "$TOLD"
	wait "$TOLD" 2>/dev/null || true
}

hears() {
	ctl table add speak
	ctl table del speak
	grep -q speak "$WORK/told"
}

run_tests \
	setup "the network is there, and ynl lists all operations" \
	tables "table-get" \
	routes "route-get" \
	rules "rule-get" \
	nexthops "nexthop-get" \
	settings "settings-get" \
	lookup "lookup" \
	changes "what changes the configuration" \
	transactions "transactions" \
	refused "refusals" \
	told "notifications"
