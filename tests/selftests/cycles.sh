#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# shellcheck disable=SC2317 # run_tests calls the functions
#
# The module is loaded, configured and removed, again and again, under packets
# of both families on two CPUs. None is lost, since the kernel's own route is the
# same, and no memory is.
#
# CYCLES is how often (6; "make test-load": 1000). From the hundredth cycle on,
# of more than 200, or else from the second, memory may not become more; of so
# many, no cache of objects may have one more for each second cycle.

# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=left.bash
. "$LIB/left.bash"
# shellcheck source=steady.bash
. "$LIB/steady.bash"

BOTH=yes
CYCLES=${CYCLES:-6}
FROM=$((CYCLES > 200 ? 100 : 2))
REMOVED=$((30000 * PATIENCE))
# Kilobytes that are noise.
NOISE=1024

setup() {
	steady 2
	cat >"$WORK/config" <<-END
		set hash-seed $SEED
		table add t
		route add default via 10.1.1.1 dev wan1 table t
		route add default via 10.1.2.1 dev wan2 table t
		route add default via 2001:db8:a1::1 dev wan1 table t
		route add default via 2001:db8:a2::1 dev wan2 table t
		rule add from 192.168.10.0/24 lookup t
		rule add from 2001:db8:c0a8:10::/64 lookup t
	END
	# What each rule has for each CPU is small: it is seen if it is much.
	seq -f "rule add mark %g drop" 500 >>"$WORK/config"
}

# With the module away, what is kept for later use given back.
memory() {
	local slab

	sync
	echo 3 >/proc/sys/vm/drop_caches
	for slab in /sys/kernel/slab/*/shrink; do
		echo 1 >"$slab" 2>/dev/null || true
	done
	sed -nE 's/^(SUnreclaim|Percpu|VmallocUsed): *([0-9]+) kB/\1 \2/p' \
		/proc/meminfo >"$WORK/memory-$1"
	# Caches, and the objects in use. Not those of files, which the kernel
	# keeps for as long as nobody needs the memory.
	awk 'FILENAME != "/proc/slabinfo" {
			split(FILENAME, part, "/")
			kept[part[5]] = $1
			next
		}
		FNR > 2 && !kept[$1] { print $1, $2 }' \
		/sys/kernel/slab/*/reclaim_account /proc/slabinfo \
		>"$WORK/slabs-$1"
}

# more FILE FROM TO LEAST: what has become more by at least that.
more() {
	awk -v least="$4" 'FNR == NR { before[$1] = $2; next }
		$2 - before[$1] >= least {
			print $1 ": " before[$1] " before, " $2 " now" }' \
		"$WORK/$1-$2" "$WORK/$1-$3"
}

cycle() {
	local name

	for name in load_module "ctl load $WORK/config" unload_module; do
		# shellcheck disable=SC2086 # words
		milliseconds $name
		echo "$TOOK ${name%% *}" >>"$WORK/took"
	done
}

times() {
	sort -n "$WORK/took" | awk '
		{ sum[$2] += $1; n[$2]++; most[$2] = $1 }
		END { for (word in n) printf "%s: %.0f ms, at most %d; ",
			word, sum[word] / n[word], most[word] }'
}

# stage FIRST LAST NAME: these cycles under packets, and what memory is in use when
# neither is there any more: each packet on its way holds some. The module's end
# waits for what RCU has in its hands: hence a cycle without packets.
stage() {
	local i

	senders_start
	for ((i = $1; i <= $2; i++)); do
		cycle
		[ "$CHECK_FAILED" = 0 ] || break
	done
	senders_end "in cycles $1 to $2" $((($2 - $1 + 1) * 20))
	cycle
	memory "$3"
}

cycles() {
	unload_module
	stage 1 $FROM before
	stage $((FROM + 1)) "$CYCLES" after
	load_module
	diag "$CYCLES cycles: $(times)"
	check_num "the slowest removal" "$(sort -n "$WORK/took" |
		awk '/unload/ { most = $1 } END { print most }')" -lt "$REMOVED"
}

memory_stays() {
	diag "from cycle $FROM to $CYCLES: $(paste -d ' ' "$WORK/memory-before" \
		"$WORK/memory-after" | tr '\n' ' ')"
	check_eq "kilobytes that are gone" \
		"$(more memory before after $NOISE)" ""
	[ "$CYCLES" -gt 200 ] || return 0
	check_eq "objects that are left" \
		"$(more slabs before after $(((CYCLES - FROM) / 2)))" ""
}

works() {
	ctl load "$WORK/config"
	check_goes "as it is told"
	check_eq "references to the module" \
		"$(cat /sys/module/ecmp/refcnt)" 0
}

run_tests \
	setup "the network is there" \
	cycles "the module is loaded and removed $CYCLES times" \
	memory_stays "no memory is lost" \
	works "what is left works"
