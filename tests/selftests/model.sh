#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# shellcheck disable=SC2317 # run_tests calls the functions
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

BOTH=yes

setup() {
	local i

	load_module
	add_ns router lan wan
	for i in lan1 lan2; do
		add_link router lan $i
	done
	for i in wan1 wan2 wan3 wan4 wan5; do
		add_link router wan $i
	done
	set_sysctl router net/ipv4/ip_forward=1 \
		net/ipv6/conf/all/forwarding=1 \
		net/ipv4/conf/{all,default,lan1,lan2,wan1,wan2,wan3,wan4,wan5}/send_redirects=0 \
		net/ipv4/icmp_ratemask=0 net/ipv6/icmp/ratemask=127
	echo 0 >/proc/sys/net/ipv4/route/error_cost
}

agree() {
	python3 -B -E "$LIB/../model/run.py" "$ID" "$SEED" "${ECMP_CASES:-10000}" "${ECMP_SECONDS:-40}"
}

run_tests setup "setup" agree "agree"
