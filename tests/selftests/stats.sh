#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# shellcheck disable=SC2317,SC2016 # run_tests calls the functions; eval
#
# stats: what is counted is told, in the format that Prometheus reads, whatever
# bytes comments and interfaces have; and a file is whole at every moment.

# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

PROM=

setup() {
	topology 3
	PROM=$WORK/ecmp.prom
}

# value NAME [LABEL=VALUE...]: of the file; of its one sample with these labels.
value() {
	local name=$1 line label found=
	shift

	while IFS= read -r line; do
		for label; do
			[[ ${line//[\{\}]/,} == *,"${label%%=*}=\"${label#*=}\"",* ]] ||
				continue 2
		done
		found="$found ${line##* }"
	done < <(grep "^${name}[{ ]" "$PROM")
	echo "${found# }"
}

# parsed NAME LABEL=VALUE...: the same, by who reads labels as Prometheus does.
parsed() {
	python3 -B -E -S "$LIB/exposition.py" "$PROM" "$@"
}

# written: the file is written, and is of the format.
written() {
	ctl stats -o prometheus "$PROM"
	check_true "it is of the format" \
		python3 -B -E -S "$LIB/exposition.py" "$PROM"
}

counted() {
	local i

	tutorial 3 | load_config
	written
	check_eq "nothing has passed" \
		"$(value ecmp_rule_packets_total index=2)" 0
	traffic flows m n=60
	written
	check_eq "the rule's packets" "$(value ecmp_rule_packets_total index=2 \
		"rule=from $LANS lookup ecmp" comment=catch-all)" "${R[sent]}"
	check_eq "the table's" "$(value ecmp_table_packets_total table=ecmp)" \
		"${R[sent]}"
	for i in 1 2 3; do
		check_eq "wan$i's" "$(value ecmp_nexthop_packets_total \
			device=wan$i "gateway=${GW[i]}" "family=ipv$F")" \
			"${R[wan$i]:-0}"
		check_num "and bytes" "$(value ecmp_nexthop_bytes_total \
			device=wan$i "gateway=${GW[i]}")" \
			-ge $((${R[wan$i]:-0} * 28))
	done
	check_eq "routes" "$(value ecmp_table_routes table=ecmp "family=ipv$F")" 3
	check_eq "what is on" "$(value ecmp_enabled) $(value ecmp_hooks)" "1 1"
	check_eq "rules" "$(value ecmp_rules)" 3
}

# health NAME: of wan2.
health() {
	value "ecmp_nexthop_$1" device=wan2 "gateway=${GW[2]}"
}

health_of() {
	local deaths

	{
		tutorial 3
		echo "set check-gateway-interval 100ms check-gateway-timeout 100ms"
		echo "route set $ANY via ${GW[2]} dev wan2 table ecmp check-gateway ping"
	} | sed '/^route set/d' | load_config
	ctl route set "$ANY" via "${GW[2]}" dev wan2 table ecmp \
		check-gateway ping
	written
	deaths=$(health deaths_total)
	check_eq "alive" "$(health alive) $(health uplink) $(health forced)" \
		"1 1 0"
	check_true "probes are counted" wait_until 20 eval \
		'ctl stats -o prometheus "$PROM" &&
			[ "$(health checks_sent_total)" -ge 2 ]'
	check_true "the answer took its time" eval \
		'health check_rtt_seconds | grep -Eqx "[0-9]+\.[0-9]{6}"'
	wan_down 2
	written
	check_eq "dead" "$(health alive)" 0
	check_eq "once more" "$(health deaths_total)" $((deaths + 1))
	check_true "since a moment ago" eval \
		'health state_age_seconds | grep -Eqx "[0-9]{1,2}\.[0-9]{3}"'
	wan_up 2
	ctl nexthop set "${GW[2]}" dev wan2 state drain
	written
	check_eq "draining" "$(health draining) $(health forced)" "1 1"
	ctl nexthop set "${GW[2]}" dev wan2 state auto
}

# What stands in a label as it is, and what does not.
labels() {
	local odd=$'w"\\\x22\xff'

	on router link add "$odd" type dummy
	on router link set "$odd" up
	{
		echo "-$F route add default dev \"w\\\"\\\\\\\"\\xff\""
		printf '%s\n' 'rule add drop comment "a \"b\" \\ c, {d=\"e\"} ä"'
		printf '%s\n' 'rule add drop comment "a \"b\" \\ c, {d=\"e\"} ä"'
		echo "rule add drop"
	} | load_config
	written
	check_eq "a comment" "$(parsed ecmp_rule_packets_total index=0 \
		'comment=a "b" \ c, {d="e"} ä')" 0
	check_eq "an interface" "$(parsed ecmp_nexthop_uplink \
		"family=ipv$F" 'device=w"\"\xff')" 1
	on router link del "$odd"
}

# Who has opened the file reads all of it, as it was: it is another file then.
whole() {
	local fd

	tutorial 3 | load_config
	written
	cp "$PROM" "$WORK/before"
	exec {fd}<"$PROM"
	ctl rule add drop comment new
	written
	check_true "the old file is whole" cmp "$WORK/before" /dev/stdin <&"$fd"
	exec {fd}<&-
	check_true "the new one is there" grep -q 'comment="new"' "$PROM"
	check_eq "nothing is left beside it" "$(echo "$PROM"*)" "$PROM"
}

# What cannot be told changes no file.
kept() {
	tutorial 3 | load_config
	written
	cp "$PROM" "$WORK/before"
	check_fail "a folder that is not there" "cannot be written: No such file" \
		ctl stats -o prometheus "$WORK/none/ecmp.prom"
	check_fail "no room for a byte" "cannot be written: File too large" \
		router bash -c "trap '' XFSZ; ulimit -f 0
			ecmpctl stats -o prometheus '$PROM'"
	check_eq "nothing is left beside it" "$(echo "$PROM"*)" "$PROM"
	check_fail "a full device" "the output could not be written" \
		router sh -c 'ecmpctl stats -o prometheus >/dev/full'
	rmmod ecmp
	check_fail "without the module" "module ecmp is not loaded" \
		ctl stats -o prometheus "$PROM"
	MODULE_USERS=0 load_module
	check_true "the file stays" cmp "$PROM" "$WORK/before"
}

people() {
	tutorial 3 | load_config
	check_json "JSON" "$(ctl -j stats)" \
		'[(.tables, .rules, .nexthops | length > 0),
			.settings.enabled, .nexthops[0].packets >= 0] | all' true
	check_eq "headings" "$(ctl stats | grep -E '^[A-Z ]+$' | tr '\n' ,)" \
		"TABLES,RULES,NEXT HOPS,"
	check_true "everybody may read" router setpriv --reuid 65534 \
		--clear-groups --inh-caps=-all ecmpctl stats -o prometheus
}

run_families \
	setup "the network is there" \
	counted "packets are counted where they went" \
	health_of "health" \
	labels "labels of any bytes" \
	4:whole "a file is whole at every moment" \
	4:kept "or stays as it is" \
	4:people "for people and programs"
