#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# shellcheck disable=SC2317 # run_tests calls the functions
#
# Very many routes of the kernel's, in main: added, changed and withdrawn while
# packets run; how far the mirror lags behind, what it takes of memory and
# gives back; what it does when it cannot keep up, and when it begins to follow
# a table that changes all the time.
#
# ECMP_PREFIXES: of each family (default 10000). A million need a machine of
# 6 GiB, and one at native speed: tests/vm/run -k uml -m 6144 -t 3600.
# ECMP_LAG: in milliseconds, how far behind the mirror may be at 10,000 changes
# a second (default 5000: in emulated machines, and on busy hosts, a second is
# noise; more than that is a queue that grows). When it is given, it is for
# ten seconds, and the changes must really be as many.
#
#  lan10 --- router --- wan1, wan2, wan3 --- inet

# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

PREFIXES=${ECMP_PREFIXES:-10000}
LAG=${ECMP_LAG:-5000}
LONG=${ECMP_LAG:+10}
RATE=10000
BACKLOG=/sys/module/ecmp/parameters/kernel_backlog

setup() {
	local i name

	topology 3
	for name in router lan10 inet; do
		set_sysctl "$name" net/ipv6/conf/all/disable_ipv6=0 \
			net/ipv6/conf/default/disable_ipv6=0 \
			net/ipv6/conf/default/accept_dad=0 || return
	done
	set_sysctl router net/ipv6/conf/all/forwarding=1 \
		net/ipv6/route/max_size=2147483647
	on router address add 2001:db8:10::1/64 dev lan10 nodad
	for i in 1 2 3; do
		on router address add "2001:db8:a$i::2/64" dev "wan$i" nodad
		on inet address add "2001:db8:a$i::1/64" dev "wan$i" nodad
	done
	on router route add default via 10.1.1.1 dev wan1
	on router route add default via 2001:db8:a1::1 dev wan1
	ctl rule add from 198.51.100.77 lookup main
	engine_start
}

engine_start() {
	mkfifo "$WORK/e.ask" "$WORK/e.answer" || return
	python3 -B -E -S "$LIB/mirror_scale.py" "$ID" "$PREFIXES" "$SEED" \
		<"$WORK/e.ask" >"$WORK/e.answer" &
	ENGINE=$!
	exec {ASK}>"$WORK/e.ask" {ANSWER}<"$WORK/e.answer"
	read -r -t 600 -u "$ANSWER" _
}

# engine COMMAND...: its answer in E.
declare -A E
engine() {
	local line word

	E=()
	echo "$*" >&"$ASK"
	read -r -t 3000 -u "$ANSWER" line || line="error: no answer"
	if [[ $line != ok* ]]; then
		fail "$*: $line"
		return 1
	fi
	for word in ${line#ok}; do
		E[${word%%=*}]=${word#*=}
	done
	diag "$*:${line#ok}"
}

# --- what main has, and what the kernel has ------------------------------

n_routes() {
	ctl -j table show | jq -r '.[0] | "\(.routes4) \(.routes6)"'
}

# The router's own routes besides: connected ones and the defaults.
has_routes() {
	[ "$(n_routes)" = "$(($1 + OWN4)) $(($1 + OWN6))" ]
}

kernels() {
	{
		on router -4 route show table main
		on router -6 route show table main
	} | awk '$2 == "via" && $1 != "default" { print $1, $3, $5 }' |
		sort -S 64M
}

mirrors() {
	ctl route show table main |
		awk '$1 ~ /D/ && $2 !~ /\/0$/ && $4 ~ /^wan/ {
			sub($2 ~ /:/ ? "/128$" : "/32$", "", $2)
			print $2, $3, $4
		}' | sort -S 64M
}

# compared WHAT: every prefix leads there where the kernel's does.
compared() {
	local n

	kernels >"$WORK/kernels"
	mirrors >"$WORK/mirrors"
	n=$(wc -l <"$WORK/kernels")
	check_num "$1: prefixes" "$n" -gt "$PREFIXES"
	cmp -s "$WORK/kernels" "$WORK/mirrors" && return
	fail "$1: of $n prefixes some differ"
	diag "$(diff "$WORK/kernels" "$WORK/mirrors" | head -10)"
	return 1
}

# Without what is free, but kept for later; with vmalloc's and each CPU's.
unreclaimable() {
	local cache

	for cache in /sys/kernel/slab/*/shrink; do
		echo 1 >"$cache"
	done 2>/dev/null
	awk '/^(SUnreclaim|VmallocUsed|Percpu):/ { kb += $2 }
		END { print kb }' /proc/meminfo
}

# What was freed is free only once RCU and the slabs have got to it.
at_rest() {
	local before now i

	now=$(unreclaimable)
	for ((i = 0; i < 20; i++)); do
		before=$now
		sleep 1
		now=$(unreclaimable)
		[ $((before - now)) -gt 256 ] || break
	done
	echo "$now"
}

at_most() {
	[ "$("$1")" -le "$2" ]
}

# right_ways WHAT PROBES [SECONDS|all]: each packet by the way before or after the
# change of its prefix, and never back.
right_ways() {
	engine probe "$2" "${3:-0}" || return
	check_eq "$1: every packet by a way that it may go" \
		"lost ${E[lost]} third ${E[third]} back ${E[back]} \
other ${E[other]} stuck ${E[stuck]}" "lost 0 third 0 back 0 other 0 stuck 0"
}

# probed WHAT PROBES [SECONDS]: and that soon.
probed() {
	right_ways "$@" || return
	check_num "$1: lag in milliseconds" "${E[max]}" -lt "$LAG"
}

# --- the tests -----------------------------------------------------------

added() {
	read -r OWN4 OWN6 < <(n_routes)
	EMPTY=$(unreclaimable)
	# As fast as can be: how far behind the mirror is then does not count.
	engine start add
	right_ways "while all are added" 20 all
	engine join
	check_eq "errors" "${E[errors]}" 0
	milliseconds wait_until 600 has_routes "$PREFIXES"
	diag "the mirror was done after $TOOK ms"
	compared "added"
}

milliseconds() {
	local start=${EPOCHREALTIME/./}

	"$@" || fail "${*@Q}"
	TOOK=$(((${EPOCHREALTIME/./} - start) / 1000))
}

followed() {
	probed "at rest" 30
	engine churn "$RATE"
	probed "while others change" 60 "${LONG:-0}"
	engine stop
	check_eq "errors" "${E[errors]}" 0
	check_num "changes" "${E[changes]}" -gt 0
	[ -z "$LONG" ] || check_num "changes a second" "${E[rate]}" \
		-ge $((RATE * 95 / 100))
	check_true "all are there" wait_until 60 has_routes "$PREFIXES"
	compared "after the churn"
}

loads() {
	ctl load "$WORK/config" >"$WORK/load" 2>&1
}

# More than fits into one part of a dump.
hosts() {
	local i

	echo "table add t"
	for ((i = 0; i < 1000; i++)); do
		echo "route add 192.0.$((i / 256)).$((i % 256))/32" \
			"via 10.1.2.1 dev wan2 table t"
	done
	echo "rule add from 198.51.100.78/32 lookup main"
}

loaded() {
	engine churn "$RATE"
	hosts >"$WORK/config"
	milliseconds loads
	diag "load while routes change: $TOOK ms"
	check_eq "nothing to warn of: load" "$(cat "$WORK/load")" ""
	check_eq "save" "$(ctl save 2>&1 | diff "$WORK/config" -)" ""
	probed "after a load" 20
	engine stop
	check_true "all are there" wait_until 60 has_routes "$PREFIXES"
	compared "after a load while routes changed"
}

resyncs() {
	ctl -j settings show | jq .resyncs
}

settled() {
	ctl settings show | grep -q "being read again" && return 1
	[ "$(resyncs)" -gt "$1" ]
}

same() {
	kernels >"$WORK/kernels"
	mirrors >"$WORK/mirrors"
	cmp -s "$WORK/kernels" "$WORK/mirrors"
}

# A link goes down, and of what goes with it more is told than may wait.
overflow() {
	local before kib

	kib=$(cat "$BACKLOG")
	engine via wan3
	check_true "by wan3" wait_until 60 same
	echo 16 >"$BACKLOG"
	before=$(resyncs)
	dmesg -C
	on router link set wan3 down
	check_true "it says that it missed some, and reads them again" \
		wait_until 60 settled "$before"
	check_true "and the log says it" eval \
		'grep -q "routes were missed: reading them again" <<<"$(dmesg)"'
	echo "$kib" >"$BACKLOG"
	check_true "none is left" wait_until 60 same
	diag "read again $(($(resyncs) - before)) times"
	on router link set wan3 up
	on router address add 2001:db8:a3::2/64 dev wan3 nodad
	engine add
	check_true "all are there" wait_until 60 has_routes "$PREFIXES"
	compared "after all that"
}

# "follows": is every change told to the mirror? Else it says that it is not.
follows() {
	! ctl settings show | grep -q "change all the time"
}

# A moment in which nothing changes may never come on a router that speaks BGP.
begun() {
	local with without

	with=$(at_rest)
	unload_module
	without=$(at_rest)
	diag "the mirror takes $((with - without)) kB," \
		"$(((with - without) * 1024 / (2 * PREFIXES))) bytes a route"
	engine churn 3000
	load_module
	milliseconds ctl rule add from 198.51.100.77 lookup main
	diag "begun after $TOOK ms"
	if follows; then
		probed "begun while routes change" 20
	else
		diag "it cannot follow yet: it reads all again and again"
		right_ways "begun while routes change" 3
	fi
	engine stop
	check_true "it follows" wait_until 60 follows
	check_true "all are there" wait_until 60 has_routes "$PREFIXES"
	compared "begun while routes changed"
}

# A table that follows another, made and deleted while routes come and go.
another() {
	local i

	engine churn "$RATE"
	on router route add 203.0.113.0/24 via 10.1.2.1 table 1000
	for ((i = 0; i < 3; i++)); do
		ctl table add t kernel 1000
		check_json "its route" "$(ctl -j route show table t)" \
			'map(.prefix) | join(" ")' 203.0.113.0/24
		ctl table del t
	done
	probed "tables made and deleted" 10
	engine stop
	check_true "all are there" wait_until 60 has_routes "$PREFIXES"
	compared "with tables made and deleted"
}

withdrawn() {
	local full

	full=$(unreclaimable)
	engine start del
	right_ways "while all are withdrawn" 20 all
	engine join
	check_eq "errors" "${E[errors]}" 0
	milliseconds wait_until 600 has_routes 0
	diag "the mirror was done after $TOOK ms"
	# Half of what the entries of all prefixes take, alone; and what
	# three namespaces with traffic keep meanwhile. A debug kernel has more
	# of its own for each object, and keeps it for a while.
	check_true "memory: $EMPTY kB at the beginning, $full kB" \
		wait_until 20 at_most unreclaimable \
		$((EMPTY + (1024 + PREFIXES * 2 * 64 / 1024) * PATIENCE))
	diag "unreclaimable memory: $EMPTY kB at the beginning, $full kB full," \
		"$(at_rest) kB in the end"
	probed "at the end" 10
	exec {ASK}>&- {ANSWER}<&-
	wait "$ENGINE"
}

run_tests \
	setup "the network is there" \
	added "$PREFIXES prefixes of each family" \
	followed "packets follow while routes change" \
	loaded "a configuration is loaded meanwhile" \
	overflow "more changes than the mirror remembers" \
	begun "the mirror begins while routes change" \
	another "tables follow others meanwhile" \
	withdrawn "all are withdrawn, memory comes back"
