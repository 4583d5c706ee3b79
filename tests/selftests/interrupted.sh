#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# shellcheck disable=SC2317 # run_tests calls the functions
#
# Readers and writers that do not get to their end: a dump whose objects go
# while it is read, or whose reader goes; a program that is killed anywhere in
# its transaction.

# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

setup() {
	topology 3
}

raw() {
	router python3 -B -E -S "$LIB/interrupted.py" "$1" "$SEED" 2>&1 |
		sed -u 's/^/# /' || fail "interrupted.py $1"
}

overtaken() { raw overtaken; }
abandoned() { raw abandoned; }
killed() { raw killed; }

# What is left behind works.
works() {
	tutorial 3 | load_config
	traffic flows m n=60
	check_flows m
}

run_tests \
	setup "the network is there" \
	overtaken "dumps whose objects go" \
	abandoned "dumps whose reader goes" \
	killed "programs that are killed in a transaction" \
	works "packets run afterwards"
