#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# shellcheck disable=SC2317 # run_tests calls the functions
#
# What the manuals tell: the module takes the examples of ecmp.conf(5), which
# tests/check/manuals holds against the parser alone, and has the parameters of
# ecmp(7).

# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

MANUALS=$(dirname "$0")/../../tools/ecmpctl

# example N: the Nth literal block of ecmp.conf(5)'s examples.
example() {
	awk -v n="$1" '/^\.Sh/ { on = $2 == "EXAMPLES" }
		on && /^\.Bd -literal/ { inside = 1; i++; next }
		/^\.Ed/ { inside = 0 }
		inside && i == n' "$MANUALS/ecmp.conf.5" | sed 's/\\e/\\/g'
}

examples() {
	local i

	for ((i = 1; ; i++)); do
		example $i >"$WORK/example"
		[ -s "$WORK/example" ] || break
		check_true "example $i is loaded" ctl load "$WORK/example" ||
			continue
		check_eq "example $i: as many routes and rules" \
			"$(ctl save | grep -cE '^(-[46] )?(route|rule) add')" \
			"$(grep -cE '^(-[46] )?(route|rule) add' "$WORK/example")"
		ctl save >"$WORK/saved"
		ctl load "$WORK/saved" 2>"$WORK/told"
		check_eq "example $i, saved, is what it was" \
			"$(ctl save)" "$(<"$WORK/saved")"
	done
	check_num "examples" $((i - 1)) -ge 3
}

parameters() {
	check_eq "parameters" \
		"$(cd /sys/module/ecmp/parameters && printf '%s\n' *)" \
		"$(sed -nE '/^\.Sh PARAMETERS/,/^\.Sh SIGN/s/^\.It Cm ([a-z_]+).*/\1/p' \
			"$MANUALS/ecmp.7" | sort)"
}

topology 2
run_tests \
	examples "the module takes the examples of ecmp.conf(5)" \
	parameters "ecmp(7) has the module's parameters"
