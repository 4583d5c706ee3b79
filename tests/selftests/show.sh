#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# shellcheck disable=SC2317,SC2016 # run_tests calls the functions; eval
#
# show: the router at a glance, on a screen of 24 lines whatever there is.

# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

setup() {
	topology 3
	tutorial 3 | load_config
}

# screen: what show leaves on a terminal of 80 columns and 24 lines, without the
# lines that it leaves empty.
screen() {
	router env NO_COLOR=1 TERMINAL_PATIENCE=$((30 * PATIENCE)) \
		python3 -B -E -S "$LIB/terminal.py" 80x24 end show -- \
		ecmpctl show >"$WORK/screen" || fail "show: $(<"$WORK/screen")"
	sed -i -e :a -e '/^\n*$/{$d;N;ba' -e '}' "$WORK/screen"
}

glance() {
	ctl show >"$WORK/show"
	check_output "the tutorial's router" "$(cat <<-END
		on: 3 of 3 uplinks alive
		settings: hash-policy l4, hash-seed $SEED, the others as by default

		UPLINKS
		gateway   dev   state  default route in
		10.1.1.1  wan1  alive  main, ecmp +
		10.1.2.1  wan2  alive  main (distance 2), ecmp +
		10.1.3.1  wan3  alive  main (distance 3), ecmp +

		RULES, then lookup main
		#  match                  action                    packets  comment
		0  any                    lookup main min-prefix 0        0  local bypass
		1  from 192.168.0.244/32  lookup main                     0  VIP
		2  from 192.168.0.0/16    lookup ecmp                     0  catch-all

		TABLES
		table  hash-policy  IPv4 routes  rules  packets
		main   inherit                9      2        0
		ecmp   inherit                3      1        0
	END
	)" cat "$WORK/show"
	screen
	check_true "the same on a terminal" cmp "$WORK/show" "$WORK/screen"
	check_num "that has 24 lines" "$(wc -l <"$WORK/screen")" -lt 24
}

dead() {
	wan_down 3
	check_true "one is dead" grep -qx "on: 2 of 3 uplinks alive" <(ctl show)
	wan_up 3
	ctl set enabled no
	check_eq "off" "$(ctl show | head -n 1)" \
		"off: everything is left to the kernel (set enabled yes)"
	ctl set enabled yes
}

# Long lists: each has its beginning, and what is wrong with the uplinks.
long() {
	local i

	{
		tutorial 3
		for i in {4..20}; do
			echo "table add t$i"
			echo "route add default via 10.1.1.$i dev wan1 table t$i"
			echo "rule add iif lan10 dscp $i lookup t$i"
		done
		echo "route add default via 10.1.2.77 dev none table t20"
	} | load_config
	screen
	check_num "it fits" "$(wc -l <"$WORK/screen")" -eq 23
	check_eq "nothing has scrolled away" "$(head -n 1 "$WORK/screen")" \
		"on: 20 of 21 uplinks alive"
	check_eq "the dead one comes first" \
		"$(sed -n '/^gateway/{n;p}' "$WORK/screen" | awk '{ print $2 }')" \
		none
	check_eq "so many more" \
		"$(grep -oE '^and [0-9]+ more: .*' "$WORK/screen" |
			sed 's/[0-9]\+/N/' | tr '\n' ,)" \
		"and N more: ecmpctl nexthop show,and N more: ecmpctl rule show,and N more: ecmpctl table show,"
	check_eq "elsewhere it is complete" "$(ctl show | grep -c ' lookup t')" 17
}

empty() {
	echo | load_config
	check_eq "nothing is configured" "$(ctl show | head -n 2)" \
		"on, but there is no rule and no route yet: see \"ecmpctl load help\"
settings: all as by default"
}

run_tests \
	setup "the tutorial's router" \
	glance "fits 24 lines" \
	dead "what is wrong is in its first line" \
	long "so does a router of many rules, tables and uplinks" \
	empty "and one that has nothing"
