#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# shellcheck disable=SC2317 # run_tests calls the functions
#
# Who may read and who may write; root of namespaces of his own, who is nobody
# elsewhere; what memory he can take, and whose it is; that one namespace does
# not keep another from ending; that the kernel tells what was written and
# nothing else.
#
# The part about memory needs the kernel's memory controller. Debian's kernels
# have it and must; User Mode Linux here has not: there a bound by number is
# tried in its place.

# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

CGROUP=/sys/fs/cgroup/$ID
LIMIT=$((2 << 20))	# more than a process has when it begins
CHILD=

setup() {
	topology 3
	modprobe dummy
	load_config <<-END
		set hash-seed $SEED
		table add T
		route add default via 10.1.1.1 dev wan1
		route add default via 10.1.2.1 dev wan2 table T
		rule add lookup main min-prefix 0 comment a
		rule add from 192.168.0.0/16 lookup T comment b
	END
}

raw() {
	local output

	output=$(router python3 -B -E -S "$LIB/access.py" "$@" 2>&1) ||
		fail "access.py $1"
	[ -z "$output" ] || diag "$output"
}

user() { raw user; }
handed() { raw handed; }
own() { raw own; }

# --- namespaces of one's own ---------------------------------------------

NOBODY="setpriv --reuid 65534 --regid 65534 --clear-groups --inh-caps=-all"

# child COMMAND...: runs it with its standard input and output to here, as
# process CHILD.
child() {
	coproc TALK { exec "$@"; }
	CHILD=$TALK_PID
	HEAR=${TALK[0]} SAY=${TALK[1]}
}

# guest COMMAND...: as root of the child's namespaces, and nobody elsewhere.
guest() {
	# shellcheck disable=SC2086 # words
	$NOBODY nsenter -t "$CHILD" -U -n --preserve-credentials "$@"
}

has_own_namespace() {
	[ "$(readlink "/proc/$CHILD/ns/net")" != "$(readlink /proc/self/ns/net)" ]
}

# The child ends, and with it the namespaces.
end_child() {
	local status=0

	exec {SAY}>&-
	wait "$CHILD" || status=$?
	check_eq "status of the child" "$status" 0
	CHILD=
}

# Namespaces that there are; shrinking makes the count exact.
namespaces() {
	local n slab=/sys/kernel/slab/net_namespace

	echo 1 >"$slab/shrink"
	read -r n _ <"$slab/objects"
	echo "$n"
}

no_more_than() {
	[ "$($1)" -le "$2" ]
}

container() {
	local before saved

	before=$(namespaces)
	saved=$(ctl save)
	# shellcheck disable=SC2086 # words
	child $NOBODY unshare -U -r -n -- cat
	check_true "a namespace" wait_until 20 has_own_namespace
	check_true "a device" guest ip link add d1 up type dummy
	check_true "an address" guest ip address add 10.1.1.2/24 dev d1
	check_true "a configuration" guest ecmpctl load - <<-END
		set hash-seed 7
		table add guests
		route add default via 10.1.1.1 dev d1 table guests
		route add 192.0.2.0/24 via 10.1.1.1 dev wan1
		rule add lookup guests
	END
	check_json "it decides there" "$(guest ecmpctl -j get 203.0.113.1)" \
		.table guests
	check_json "not by a device of another namespace" \
		"$(guest ecmpctl -j route show 192.0.2.0/24)" '.[0].reason' \
		no-device
	check_fail "nor from one" "no such interface" guest ecmpctl get \
		203.0.113.1 from 192.168.10.5 iif lan10
	check_eq "and nowhere else" "$(ctl save)" "$saved"
	# A number by which to name the router's namespace, were that enough.
	check_true "a number for the router's namespace" \
		nsenter -t "$CHILD" -n ip netns set "$ID-router" 7
	raw events "$CHILD"
	end_child
	check_true "namespaces: $before before" wait_until 60 \
		no_more_than namespaces "$before"
}

# --- memory --------------------------------------------------------------

controller() {
	grep -qw memory /sys/fs/cgroup/cgroup.controllers 2>/dev/null
}

# The kernel's memory of the cgroup, in bytes.
charged() {
	sed -n 's/^kernel //p' "$CGROUP/memory.stat"
}

event() {
	sed -n "s/^$1 //p" "$CGROUP/memory.events"
}

unreclaimable() {
	sed -n 's/^SUnreclaim: *\([0-9]*\) kB/\1/p' /proc/meminfo
}

cgroup_make() {
	echo +memory >/sys/fs/cgroup/cgroup.subtree_control
	mkdir "$CGROUP"
}

cgroup_remove() {
	rmdir "$CGROUP"
}

# grow KIND MOST: a child in the cgroup that is ready to add so many.
# shellcheck disable=SC2016 # expands in there
grow() {
	local line procs=$CGROUP/cgroup.procs

	[ -e "$procs" ] || procs=/dev/null
	child bash -c 'echo $$ >"$0" && exec "$@"' "$procs" \
		python3 -B -E -S "$LIB/access.py" grow "$@"
	read -r -t 300 line <&"$HEAR"
	check_eq "it begins" "$line" ready
}

# ask WORD: has the child go on; ANSWER.
ask() {
	echo "$1" >&"$SAY"
	read -r -t 600 ANSWER <&"$HEAR" || fail "no answer to $1"
}

within_limit() {
	check_num "memory of the cgroup" "$(cat "$CGROUP/memory.current")" -le \
		"$(cat "$CGROUP/memory.max")"
	check_eq "processes that were killed" "$(event oom_kill)" 0
}

OUT_OF_MEMORY="12 out of memory: nothing was changed, try again"

# bounded KIND: refused with a sentence, nobody is killed, and all is given
# back.
bounded() {
	local added empty

	controller || return 0
	cgroup_make
	grow "$1" 10000
	empty=$(charged)
	echo $(($(cat "$CGROUP/memory.current") + LIMIT)) >"$CGROUP/memory.max"
	ask go
	added=${ANSWER%% *}
	diag "$1: $added, then: ${ANSWER#* }"
	check_eq "the refusal" "${ANSWER#* }" "$OUT_OF_MEMORY"
	check_num "how many" "$added" -gt 100
	check_num "the limit was met" "$(event max)" -gt 0
	within_limit
	ask less
	check_eq "it goes on" "$ANSWER" less
	within_limit
	end_child
	check_true "what was charged is given back" wait_until 60 \
		no_more_than charged "$empty"
	check_true "nothing is left of it" wait_until 60 cgroup_remove
}

routes() { bounded routes; }
rules() { bounded rules; }

# The kernel's routes in tables that follow are charged to who made the tables,
# whoever adds the routes.
TABLES=12
FIRST=1000
MORE=4000

kernel_routes() {
	awk -v i="$1" -v end="$2" 'BEGIN {
		for (; i < end; i++)
			printf "route add blackhole 10.%d.%d.0/24 table 100\n",
				i / 256, i % 256
	}' | nsenter -t "$CHILD" -n ip -batch -
}

mirrored() {
	[ "$(nsenter -t "$CHILD" -n ecmpctl -j table show |
		jq -c '[.[] | select(.name != "main") | .routes4] |
			[length, min]')" = "[$TABLES,$1]" ]
}

missed() {
	grep -q "routes were missed" <<<"$(
		nsenter -t "$CHILD" -n ecmpctl -j settings show)"
}

mirror() {
	local empty host max

	controller || return 0
	cgroup_make
	grow tables "$TABLES"
	ask go
	check_eq "the tables" "$ANSWER" "$TABLES 0"
	empty=$(charged)
	kernel_routes 0 "$FIRST"
	check_true "they are there" wait_until 60 mirrored "$FIRST"
	# Each is a prefix of 24 bytes at least, and what leads to it.
	check_num "they are charged to who made the tables" \
		$(($(charged) - empty)) -gt $((TABLES * FIRST * 64))
	diag "$((TABLES * FIRST)) routes: $(($(charged) - empty)) bytes"

	host=$(unreclaimable)
	max=$(($(cat "$CGROUP/memory.current") + (1 << 19)))
	echo "$max" >"$CGROUP/memory.max"
	kernel_routes "$FIRST" "$MORE"
	check_true "those that there is no memory for are missed" \
		wait_until 60 missed
	within_limit
	host=$(($(unreclaimable) - host))
	diag "the machine's memory: $host kB"
	check_num "the machine's memory, kB" "$host" -lt \
		$(((MORE - FIRST) * TABLES * 64 / 1024))
	echo max >"$CGROUP/memory.max"
	check_true "they come when there is memory" wait_until 120 \
		mirrored "$MORE"
	end_child
	check_true "nothing is left of it" wait_until 60 cgroup_remove
}

# Without the controller, which only User Mode Linux may be: by number.
by_number() {
	controller && return
	grep -q "User Mode Linux" /proc/cpuinfo ||
		fail "this kernel has no memory controller"
	diag "no memory controller in this kernel: by number alone"
	grow tables 5000
	ask go
	check_eq "tables" "$ANSWER" \
		"4095 28 there are 4096 tables already: delete one first"
	end_child
}

# --- another namespace ends ----------------------------------------------

CHURN=30000

churn() {
	awk -v n="$CHURN" 'BEGIN {
		for (i = 0; i < n; i++)
			printf "route %s blackhole 10.1.%d.%d table 100\n",
				int(i / 500) % 2 ? "del" : "add",
				i % 500 / 250, i % 250
		print "route add blackhole 10.9.9.9 table 100"
	}'
}

followed() {
	nsenter -t "$CHILD" -n ecmpctl -j route show table t1 10.9.9.9 |
		jq -e 'length > 0' >/dev/null
}

# Hundreds of tables that follow a table which changes all the time: what is
# to be done in one namespace never ends, and another one does.
others_end() {
	local before pid

	grow tables 400
	ask go
	before=$(namespaces)
	churn >"$WORK/churn"
	nsenter -t "$CHILD" -n ip -batch "$WORK/churn" &
	pid=$!
	add_ns other
	check_true "another is configured" in_ns other ecmpctl table add t
	ip netns del "$ID-other"
	check_true "another namespace ends" wait_until 20 no_more_than \
		namespaces "$before"
	check_true "meanwhile there was work" eval '! followed'
	kill "$pid" 2>/dev/null || true
	wait "$pid" || true
	end_child
	check_true "and so does this one" wait_until 60 no_more_than \
		namespaces $((before - 1))
}

# --- every byte ----------------------------------------------------------

leaks() { raw leaks; }

run_tests \
	setup "the network is there" \
	user "a user reads, and changes nothing" \
	handed "a socket gives nobody what he may not" \
	own "root of namespaces of his own may change them" \
	container "he sees and changes nothing else" \
	routes "routes without end" \
	rules "rules without end" \
	mirror "the kernel's routes, in many tables" \
	by_number "what there may be so many of" \
	others_end "a namespace ends while another is busy" \
	leaks "every byte of what is told was written"
