# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# What the selftests share: namespaces, checks, configurations, traffic.
# A script sources this file, describes its tests and ends with run_tests.
#
# The network that `topology N` builds: six namespaces, joined by veth pairs
# whose two ends bear the same name.
#
#  lan10 192.168.10.5 --lan10--.         .--wan1-- 10.1.1.1 .
#                              |         |                  |
#  lan20 192.168.20.100 -lan20-+- router +--wan2-- 10.1.2.1 + inet
#                              |         |   ...            |
#  lan0  192.168.0.10   --lan0-'         '--wanN-- 10.1.N.1 '
#        192.168.0.244 (VIP)
#
#  router  192.168.10.1, 192.168.20.1, 192.168.0.1; 10.1.I.2/24 on wanI;
#          forwards, rp_filter 0, no default route in the kernel
#  inet    all providers in one namespace: the device on which a packet comes
#          in tells the WAN that it left by. Answers for 45.57.94.1 and
#          203.0.113.0/24, drops 198.18.0.0/15 in silence (right for crafted
#          packets); its own way back to 192.168.0.0/16 is the first WAN alive
#
# Every name below $ID-... is random: scripts may run side by side. Without
# the module's help nothing is forwarded to a WAN.
#
# A script that ends with run_families is written once for IPv4 and IPv6. Its
# topology carries both, and each of its tests runs for IPv4 and then all of
# them for IPv6. What is different between the two is in these variables:
#
#               IPv4            IPv6
#   F           4               6                       ip -$F
#   IP          ip              ip6                     nft's word
#   ANY         0.0.0.0/0       ::/0
#   HOST        32              128                     the longest prefix
#   LAN10       192.168.10.     2001:db8:c0a8:10::      put 5 behind it
#   LAN20       192.168.20.     2001:db8:c0a8:20::      and 100
#   LAN0        192.168.0.      2001:db8:c0a8:1::       and 10 or 244
#   LANS        192.168.0.0/16  2001:db8:c0a8::/48
#   NET10 NET20 NET0            their prefixes, of this length:
#   LEN         24              64                      of a WAN, too
#   NEAR[I]     10.1.I.2        2001:db8:aI::2          the router on wanI
#   FAR[I]      10.1.I.1        2001:db8:aI::1          the provider there
#   GW[I]       10.1.I.1        fe80::I, but FAR[3], FAR[6], ...
#   WORLD       45.57.94.1      2001:db8:45::1          answers
#   SERVER      203.0.113.      2001:db8:113::          answer, all of them
#   SERVERNET   203.0.113.0/24  2001:db8:113::/64
#   SINK        198.18.0.       2001:2::                silent
#   SINKNET     198.18.0.0/15   2001:2::/48
#   E_NET E_HOST E_PORT E_PROHIBIT E_TTL E_MTU          ICMP's type/code
#
# IPv6's numbers behind these are hexadecimal: a range is FIRST+COUNT.
#
# SCRIPT
#   run_tests FUNCTION "what it shows" ...   prints the plan, runs the
#       functions in order, one KTAP line each, exits 0 or 1. A test fails if a
#       check in it fails, or any command that is not in a condition.
#       Tests go on after a failed check; write `|| return 0` to leave.
#   run_families [4:|6:]FUNCTION "what it shows" ...   the same for IPv4, then
#       for IPv6; with 4: or 6: only for that one. ECMP_FAMILY=6 runs one.
#   fail TEXT...                  the running test has failed, because
#   diag TEXT...                  a "# " line
#   wait_until SECONDS COMMAND... polls; 1 when the time is over, which is $PATIENCE
#       times as long on a debug kernel. Use it inside check_true or if, never a
#       bare sleep.
# CHECKS (they return 1 when they fail)
#   check_eq WHAT GOT EXPECTED            exact strings
#   check_num WHAT GOT -le|-ge|-eq|... N
#   check_true WHAT COMMAND...            succeeds
#   check_fail WHAT TEXT COMMAND...       is refused, and its output has TEXT
#   check_output WHAT EXPECTED COMMAND... exact output
#   check_json WHAT JSON FILTER EXPECTED  jq -r FILTER gives EXPECTED
# PLACES
#   in_ns NAME COMMAND...     NAME as drawn above, or any made by add_ns
#   on NAME ARGUMENT...       ip -n
#   router COMMAND...         in_ns router
#   ctl ARGUMENT...           ecmpctl in the router
#   add_ns NAME...            more namespaces, IPv6 off; cleaned up at the end
#   add_link NS1 NS2 DEVICE   a veth pair, both ends up, both named DEVICE
#   set_sysctl NS KEY=VALUE...   keys with slashes: net/ipv4/ip_forward=1
#   no_icmp_limit NS...       every ICMP error is sent, of this family
#   forwarding_is 0|1         of the router, in this family
#   lan_create LAN            the veth pair of lan10, lan20 or lan0, if it went
# MODULE
#   load_module / unload_module   counted; topology calls load_module. What was
#       loaded by the script is unloaded at its end, and that must succeed.
# CONFIGURATION
#   tutorial N [POLICY]       prints the tutorial's configuration for N WANs:
#       main: defaults of distance 1 to N; table ecmp: all N equal; the three
#       rules (0 bypass, 1 VIP, 2 catch-all 192.168.0.0/16); hash-seed $SEED
#   load_config               ecmpctl load of what comes on stdin
#   masquerade / snat N / conntrack on|off|notrack
# PATHS
#   wan_down I, wan_up I      the router's own device, administratively
#   carrier_lost I, carrier_back I   the far end
#   wan_delete I, wan_create I   the veth pair
#       Each returns once the router's view (route show) has followed.
# TRAFFIC
#   traffic COMMAND...        a command of traffic.py (its head lists them);
#       answer in the array R: traffic flows m n=100; echo "${R[wan1]:-0}"
#   check_flows MAP           all flows of MAP arrived, each on one path (R is
#       set as by traffic)
#   check_share MAP LABEL=W...   chi-square test against weights, p >= ALPHA
#   check_buckets [GET WORDS]    the buckets of every living path are within one
#       of its weight, none has less than one; BUCKETS="wan1=86 ..." for
#       check_share. Without words: $WORLD from ${LAN10}5 iif lan10
#   check_moved OLD NEW LABEL    of two maps: all flows of LABEL moved, no other
#   SEED                      of this run, printed; ECMP_SEED=N repeats a run
#
# Environment: ECMP_FAMILY as above; ECMP_KO is the path of ecmp.ko (else
# modprobe ecmp), ecmpctl is on PATH. Root only: exit 4 (skip) otherwise.

set -u -o pipefail
shopt -s lastpipe

LIB=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
ID=ecmp-$(printf '%05d' $((RANDOM * RANDOM % 100000)))
SEED=${ECMP_SEED:-$((RANDOM << 15 | RANDOM | 1))}
# One false alarm in a million runs of one statistical check.
ALPHA=1e-6
# A debug kernel looks at everything that is done.
PATIENCE=1
[ ! -e /sys/kernel/debug/kmemleak ] || PATIENCE=5
WANS=0
BOTH=no
TOPOLOGY=no
TRAFFIC_PID=
declare -A R=()

# --- the two families ----------------------------------------------------

# family 4|6: what the variables mean from now on.
# shellcheck disable=SC2034 # the tests read them
family() {
	local i

	F=$1
	GW=() NEAR=() FAR=()
	if [ "$F" = 4 ]; then
		IP=ip ANY=0.0.0.0/0 HOST=32 LEN=24
		LAN10=192.168.10. LAN20=192.168.20. LAN0=192.168.0.
		NET10=192.168.10.0/24 NET20=192.168.20.0/24
		NET0=192.168.0.0/24 LANS=192.168.0.0/16
		WORLD=45.57.94.1
		SERVER=203.0.113. SERVERNET=203.0.113.0/24
		SINK=198.18.0. SINKNET=198.18.0.0/15
		E_NET=3/0 E_HOST=3/1 E_PORT=3/3 E_PROHIBIT=3/13
		E_TTL=11/0 E_MTU=3/4
	else
		# To IPv6 a host that is unreachable is no route, too.
		IP=ip6 ANY=::/0 HOST=128 LEN=64
		LAN10=2001:db8:c0a8:10:: LAN20=2001:db8:c0a8:20::
		LAN0=2001:db8:c0a8:1::
		NET10=2001:db8:c0a8:10::/64 NET20=2001:db8:c0a8:20::/64
		NET0=2001:db8:c0a8:1::/64 LANS=2001:db8:c0a8::/48
		WORLD=2001:db8:45::1
		SERVER=2001:db8:113:: SERVERNET=2001:db8:113::/64
		SINK=2001:2:: SINKNET=2001:2::/48
		E_NET=1/0 E_HOST=1/0 E_PORT=1/4 E_PROHIBIT=1/1
		E_TTL=3/0 E_MTU=2/0
	fi
	for i in {1..16}; do
		if [ "$F" = 4 ]; then
			NEAR[i]=10.1.$i.2 FAR[i]=10.1.$i.1
		else
			NEAR[i]=2001:db8:a$i::2 FAR[i]=2001:db8:a$i::1
		fi
		# Link-local gateways, as providers have them; some are not.
		if [ "$F" = 4 ] || [ $((i % 3)) = 0 ]; then
			GW[i]=${FAR[i]}
		else
			GW[i]=fe80::$i
		fi
	done
}

# --- reporting -----------------------------------------------------------

CHECK_FAILED=0
FAILURES=0

diag() {
	local line

	while IFS= read -r line; do
		printf '# %s\n' "$line"
	done <<<"$*"
}

fail() {
	CHECK_FAILED=1
	diag "FAILED: $*"
}

# A command outside of any condition that fails is a failed check: a test
# whose preparation went wrong has shown nothing.
unexpected() {
	local status=$1 line=$2 command=$3

	# Of a function bash tells only its last "return"; if the function was
	# a check, the failure has been told.
	[[ $command == return* ]] && [ $CHECK_FAILED = 1 ] && return
	fail "${BASH_SOURCE[1]##*/}:$line: status $status of: $command"
}

run_tests() {
	printf 'TAP version 13\n1..%d\n' $(($# / 2))
	diag "seed $SEED (ECMP_SEED=$SEED repeats this run)"
	while [ $# -ge 2 ]; do
		run_test "$1" "$2"
		shift 2
	done
	exit $((FAILURES > 0))
}

RUN=0

run_test() {
	RUN=$((RUN + 1))
	CHECK_FAILED=0
	set -E
	trap 'unexpected $? $LINENO "$BASH_COMMAND"' ERR
	"$1"
	trap - ERR
	set +E
	if [ $CHECK_FAILED -eq 0 ]; then
		printf 'ok %d %s\n' $RUN "$2"
	else
		printf 'not ok %d %s\n' $RUN "$2"
		FAILURES=$((FAILURES + 1))
	fi
}

run_families() {
	local f i n=0 words=("$@")

	BOTH=yes
	for f in ${ECMP_FAMILY:-4 6}; do
		for ((i = 0; i < ${#words[@]}; i += 2)); do
			of_family "$f" "${words[i]}" && n=$((n + 1))
		done
	done
	printf 'TAP version 13\n1..%d\n' $n
	diag "seed $SEED (ECMP_SEED=$SEED repeats this run)"
	for f in ${ECMP_FAMILY:-4 6}; do
		family "$f"
		[ -z "$TRAFFIC_PID" ] || traffic family "$F"
		for ((i = 0; i < ${#words[@]}; i += 2)); do
			of_family "$f" "${words[i]}" || continue
			run_test "${words[i]#[46]:}" \
				"IPv$f: ${words[i + 1]}"
		done
	done
	exit $((FAILURES > 0))
}

of_family() {
	[[ $2 != [46]:* || $2 == "$1":* ]]
}

wait_until() {
	local end=$((${EPOCHREALTIME/./} + $1 * PATIENCE * 1000000))
	shift

	until "$@" >/dev/null 2>&1; do
		[ ${EPOCHREALTIME/./} -lt $end ] || return 1
		sleep 0.05
	done
}

# --- checks --------------------------------------------------------------

check_eq() {
	[ "$2" = "$3" ] && return
	fail "$1"
	diag "  expected: ${3@Q}" "  got:      ${2@Q}"
	return 1
}

check_num() {
	test "$2" "$3" "$4" && return
	fail "$1: got $2, expected $3 $4"
	return 1
}

check_true() {
	local what=$1 output
	shift

	output=$("$@" 2>&1) && return
	fail "$what: ${*@Q}"
	diag "  $output"
	return 1
}

check_fail() {
	local what=$1 text=$2 output
	shift 2

	if output=$("$@" 2>&1); then
		fail "$what: accepted: ${*@Q}"
		diag "  $output"
		return 1
	fi
	[[ $output == *"$text"* ]] && return
	fail "$what: refused with another sentence"
	diag "  expected: … $text …" "  got:      $output"
	return 1
}

check_output() {
	local what=$1 expected=$2 output
	shift 2

	output=$("$@" 2>&1) || true
	[ "$output" = "$expected" ] && return
	fail "$what: ${*@Q}"
	diag "$(diff <(printf '%s\n' "$expected") <(printf '%s\n' "$output") ||
		true)"
	return 1
}

check_json() {
	local got

	got=$(jq -r "$3" <<<"$2" 2>&1) || true
	[ "$got" = "$4" ] && return
	fail "$1: $3"
	diag "  expected: $4" "  got:      $got" "  in:       $2"
	return 1
}

# --- places --------------------------------------------------------------

# in_ns NAME COMMAND...: in that namespace. ip gives each process a /sys of its
# own, with the namespace's devices, which takes as long again as all the rest:
# who asks for that gets it.
in_ns() {
	local name=$1
	shift

	case "$*" in
	*/sys/class/net/*) ip netns exec "$ID-$name" "$@" ;;
	*)
		# By its path: busybox would take its own ip, ping ...
		hash "$1" 2>/dev/null
		busybox nsenter --net="/run/netns/$ID-$name" -- \
			"${BASH_CMDS[$1]:-$1}" "${@:2}"
		;;
	esac
}

on() {
	local name=$1
	shift

	ip -n "$ID-$name" "$@"
}

router() {
	in_ns router "$@"
}

ctl() {
	in_ns router ecmpctl "$@"
}

set_sysctl() {
	local name=$1
	shift

	# shellcheck disable=SC2016 # expands in there
	in_ns "$name" bash -c 'for s; do
		echo "${s#*=}" >"/proc/sys/${s%%=*}" && continue
		echo "cannot set $s" >&2
		exit 1
	done' set_sysctl "$@"
}

add_ns() {
	local name silence

	# No router solicitation, no duplicate detection; of one family only
	# not a word of IPv6.
	if [ "$BOTH" = yes ]; then
		silence=$(printf 'net/ipv6/conf/%s\n' \
			{all,default}/{disable_ipv6=0,accept_dad=0} \
			{all,default}/keep_addr_on_down=1 \
			default/router_solicitations=0)
	else
		silence=$(printf 'net/ipv6/conf/%s/disable_ipv6=1\n' \
			all default)
	fi
	printf "netns add $ID-%s\n" "$@" | ip -batch - || return
	for name; do
		# shellcheck disable=SC2086 # words
		set_sysctl "$name" $silence \
			net/ipv4/conf/all/rp_filter=0 \
			net/ipv4/conf/default/rp_filter=0 || return
		on "$name" link set lo up || return
	done
}

# link_line NS1 NS2 DEVICE: for ip -batch; the end in NS2 is still down.
# Starting a process is what takes time in an emulated machine, so whatever
# can goes in batches.
link_line() {
	echo "link add $3 up netns $ID-$1 type veth peer name $3 netns $ID-$2"
}

no_icmp_limit() {
	local name

	for name; do
		# Of IPv6 a type that nobody sends is all that is limited.
		set_sysctl "$name" "$([ "$F" = 4 ] &&
			echo net/ipv4/icmp_ratemask=0 ||
			echo net/ipv6/icmp/ratemask=127)" || return
	done
}

forwarding_is() {
	set_sysctl router "$([ "$F" = 4 ] && echo net/ipv4/ip_forward ||
		echo net/ipv6/conf/all/forwarding)=$1"
}

add_link() {
	link_line "$@" | ip -batch - || return
	on "$2" link set "$3" up
}

# --- the module ----------------------------------------------------------

MODULE_USERS=0
MODULE_OURS=0

load_module() {
	MODULE_USERS=$((MODULE_USERS + 1))
	[ -d /sys/module/ecmp ] && return
	if [ -n "${ECMP_KO:-}" ]; then
		insmod "$ECMP_KO" || return
	else
		modprobe ecmp || return
	fi
	# Whoever looks for what is left of it must know where it was.
	[ $PATIENCE = 1 ] || grep '^ecmp ' /proc/modules >>/run/ecmp.modules
	MODULE_OURS=1
}

unload_module() {
	MODULE_USERS=$((MODULE_USERS - 1))
	[ $MODULE_USERS -eq 0 ] && [ $MODULE_OURS -eq 1 ] || return 0
	MODULE_OURS=0
	rmmod ecmp
}

cleanup() {
	local status=$? name

	trap - EXIT
	traffic_end
	for name in /run/netns/"$ID"-*; do
		[ -e "$name" ] && ip netns del "${name##*/}"
	done
	if [ $MODULE_OURS -eq 1 ] && ! rmmod ecmp; then
		diag "the module could not be unloaded"
		status=1
	fi
	rm -rf "$WORK"
	exit $status
}

# --- the network ---------------------------------------------------------

topology() {
	local i lan word=ignore_routes_with_linkdown=1
	local ignore="net/ipv4/conf/all/$word net/ipv4/conf/default/$word"

	# The other family's is this one's too.
	[ "$TOPOLOGY" = yes ] && return
	TOPOLOGY=$BOTH
	WANS=$1
	load_module || return
	add_ns router lan10 lan20 lan0 inet || return
	# Routes by a link without carrier are not the internet's way back.
	if [ "$BOTH" = yes ]; then
		set_sysctl router net/ipv4/ip_forward=1 \
			net/ipv6/conf/all/forwarding=1 || return
		ignore="$ignore net/ipv6/conf/default/$word"
	else
		set_sysctl router net/ipv4/ip_forward=1 || return
	fi
	# shellcheck disable=SC2086 # words
	set_sysctl inet $ignore || return
	{
		for lan in lan10 lan20 lan0; do
			link_line router $lan $lan
		done
		for ((i = 1; i <= WANS; i++)); do
			link_line router inet "wan$i"
		done
	} | ip -batch - || return
	{
		lan_near lan10
		lan_near lan20
		lan_near lan0
		for ((i = 1; i <= WANS; i++)); do
			wan_near "$i"
		done
	} | on router -batch - || return
	{
		echo "address add 45.57.94.1/32 dev lo"
		echo "route add local 203.0.113.0/24 dev lo"
		also "address add 2001:db8:45::1/128 dev lo"
		also "route add local 2001:db8:113::/64 dev lo"
		for ((i = 1; i <= WANS; i++)); do
			wan_far "$i"
		done
	} | on inet -batch - || return
	for lan in lan10 lan20 lan0; do
		lan_far $lan | on $lan -batch - || return
	done
	traffic_start
}

# What follows are lines for ip -batch.

# also LINE: if the network carries IPv6, too.
also() {
	[ "$BOTH" = no ] || echo "$1"
}

# The router's end and the clients' end of a LAN.
lan_near() {
	case $1 in
	lan10 | lan20)
		echo "address add 192.168.${1#lan}.1/24 dev $1"
		also "address add 2001:db8:c0a8:${1#lan}::1/64 dev $1"
		;;
	lan0)
		echo "address add 192.168.0.1/24 dev $1"
		also "address add 2001:db8:c0a8:1::1/64 dev $1"
		;;
	esac
}

lan_far() {
	echo "link set $1 up"
	case $1 in
	lan10) clients "$1" 192.168.10. 2001:db8:c0a8:10:: 5 ;;
	lan20) clients "$1" 192.168.20. 2001:db8:c0a8:20:: 100 ;;
	lan0) clients "$1" 192.168.0. 2001:db8:c0a8:1:: 10 244 ;;
	esac
}

clients() {
	local lan=$1 net4=$2 net6=$3 host
	shift 3

	for host; do
		echo "address add $net4$host/24 dev $lan"
		also "address add $net6$host/64 dev $lan"
	done
	echo "route add default via ${net4}1"
	also "route add default via ${net6}1"
}

lan_create() {
	link_line router "$1" "$1" | ip -batch - || return
	lan_near "$1" | on router -batch - || return
	lan_far "$1" | on "$1" -batch -
}

# The router's end and the provider's end of wanI.
wan_near() {
	echo "address add 10.1.$1.2/24 dev wan$1"
	also "address add 2001:db8:a$1::2/64 dev wan$1"
}

wan_far() {
	echo "link set wan$1 up"
	echo "address add 10.1.$1.1/24 dev wan$1"
	also "address add 2001:db8:a$1::1/64 dev wan$1"
	way_back "$1"
}

way_back() {
	echo "route replace 192.168.0.0/16 via 10.1.$1.2 dev wan$1" \
		"metric $((100 + $1))"
	# A link that was down has forgotten its link-local address.
	also "address replace fe80::$1/64 dev wan$1"
	also "route replace 2001:db8:c0a8::/48 via 2001:db8:a$1::2 dev wan$1 \
metric $((100 + $1))"
}

# --- configuration -------------------------------------------------------

tutorial() {
	local i n=$1 policy=${2:-l4}

	echo "set hash-policy $policy"
	echo "set hash-seed $SEED"
	echo "table add ecmp"
	for ((i = 1; i <= n; i++)); do
		echo "route add $ANY via ${GW[i]} dev wan$i distance $i"
	done
	for ((i = 1; i <= n; i++)); do
		echo "route add $ANY via ${GW[i]} dev wan$i table ecmp"
	done
	cat <<-END
		rule add lookup main min-prefix 0 comment "local bypass"
		rule add from ${LAN0}244/$HOST lookup main comment VIP
		rule add from $LANS lookup ecmp comment catch-all
	END
}

load_config() {
	cat >"$WORK/config" || return
	ctl load "$WORK/config"
}

masquerade() {
	router nft -f - <<-END
		table $IP selftest_nat {
			chain out {
				type nat hook postrouting priority srcnat
				oifname "wan*" masquerade
			}
		}
	END
}

# Static SNAT to host 50 of each WAN, which masquerade would not choose.
snat() {
	local i

	for ((i = 1; i <= $1; i++)); do
		on router address add "${NEAR[i]%2}50/$LEN" dev "wan$i" || return
	done
	{
		echo "table $IP selftest_nat { chain out {"
		echo "type nat hook postrouting priority srcnat"
		for ((i = 1; i <= $1; i++)); do
			echo "oifname wan$i snat to ${NEAR[i]%2}50"
		done
		echo "}"
		echo "}"
	} | router nft -f -
}

# A namespace tracks connections once some rule of it asks for their state.
conntrack() {
	local table="table $IP selftest_ct"

	router nft "add $table; delete $table" || return
	[ "$1" = off ] && return
	router nft -f - <<-END || return
		$table {
			chain state {
				type filter hook forward priority 0
				ct state established,related accept
			}
		}
	END
	[ "$1" = on ] && return
	router nft -f - <<-END
		$table {
			chain untracked {
				type filter hook prerouting priority raw
				notrack
			}
		}
	END
}

# --- paths ---------------------------------------------------------------

# Is wanI usable for the router? Its gateways tell; without any, as over
# point-to-point links, the device itself.
wan_state() {
	ctl -j nexthop show | jq -e --arg dev "wan$1" --arg state "$2" \
		'map(select(.device == $dev)) |
		 (map(select(.gateway)) | if . == [] then empty else . end) // . |
		 length > 0 and all(.state == $state)' >/dev/null
}

wait_state() {
	wait_until 5 wan_state "$1" "$2" && return
	fail "wan$1 is not $2 for the router"
	diag "$(ctl nexthop show 2>&1)"
	return 1
}

wan_down() {
	on router link set "wan$1" down || return
	wait_state "$1" dead
}

wan_up() {
	on router link set "wan$1" up || return
	wait_state "$1" alive
}

carrier_lost() {
	on inet link set "wan$1" down || return
	wait_state "$1" dead
}

carrier_back() {
	on inet link set "wan$1" up || return
	way_back "$1" | on inet -batch - || return
	wait_state "$1" alive
}

wan_delete() {
	on router link del "wan$1" || return
	wait_state "$1" dead
}

wan_create() {
	link_line router inet "wan$1" | ip -batch - || return
	wan_near "$1" | on router -batch - || return
	wan_far "$1" | on inet -batch - || return
	wait_state "$1" alive
}

# --- traffic -------------------------------------------------------------

TRAFFIC_ASK=
TRAFFIC_ANSWER=

traffic_start() {
	[ -z "$TRAFFIC_PID" ] || return 0
	mkfifo "$WORK/ask" "$WORK/answer" || return
	python3 -B -E -S "$LIB/traffic.py" "$ID" <"$WORK/ask" >"$WORK/answer" &
	TRAFFIC_PID=$!
	exec {TRAFFIC_ASK}>"$WORK/ask" {TRAFFIC_ANSWER}<"$WORK/answer"
	[ "$F" = 4 ] || traffic family "$F"
}

traffic_end() {
	[ -n "$TRAFFIC_PID" ] || return 0
	exec {TRAFFIC_ASK}>&- {TRAFFIC_ANSWER}<&-
	wait "$TRAFFIC_PID" 2>/dev/null
	TRAFFIC_PID=
}

traffic() {
	local line word

	[ -n "$TRAFFIC_PID" ] || traffic_start || return
	# What a test reads after an error compares with nothing.
	R=()
	for word in sent got lost mixed same moved found open answered failed \
		p fits classes split; do
		R[$word]=error
	done
	printf '%s\n' "$*" >&"$TRAFFIC_ASK"
	if ! IFS= read -r -t $((120 * PATIENCE)) -u "$TRAFFIC_ANSWER" line; then
		fail "traffic $*: no answer"
		return 1
	fi
	if [[ $line != ok* ]]; then
		fail "traffic $*: $line"
		return 1
	fi
	R=()
	for word in ${line#ok}; do
		R[${word%%=*}]=${word#*=}
	done
}

# The last answer as text, for diagnostics.
answer() {
	local key

	for key in "${!R[@]}"; do
		printf '%s=%s\n' "$key" "${R[$key]}"
	done | sort | tr '\n' ' '
}

check_flows() {
	[ "${R[lost]}" = 0 ] && [ "${R[mixed]}" = 0 ] && return
	fail "$1: every packet arrives, each flow by one path: $(answer)"
	return 1
}

check_share() {
	local map=$1
	shift

	traffic share "$map" "$@" "alpha=$ALPHA" || return
	[ "${R[fits]}" = yes ] && return
	fail "$map: the shares are not $*: $(answer)"
	return 1
}

check_buckets() {
	local got status

	[ $# -gt 0 ] || set -- "$WORLD" from "${LAN10}5" iif lan10
	got=$(ctl -j get "$@")
	# shellcheck disable=SC2016 # jq's variables
	check_json "buckets follow the weights" "$got" '
		.buckets as $all |
		[.paths[] | select(.state == "alive" and .distance < 255)] |
		(map(.distance) | min) as $lowest |
		map(select(.distance == $lowest)) as $live |
		($live | map(.weight) | add) as $sum |
		($live | map(.buckets) | add == $all) and
		all($live[]; .buckets >= 1 and
			(.buckets - $all * .weight / $sum | fabs) <= 1)' true
	status=$?
	# shellcheck disable=SC2034 # the tests read it
	BUCKETS=$(jq -r '.paths | map("\(.device)=\(.buckets // 0)") |
		join(" ")' <<<"$got")
	return $status
}

check_moved() {
	local dead=$3 key stay

	traffic diff "$1" "$2" || return
	stay=${R[stayed_$dead]:-0}
	for key in "${!R[@]}"; do
		case $key in
		moved_"$dead") ;;
		moved_* | lost_*) stay=bad ;;
		esac
	done
	[ "$stay" = 0 ] && [ "${R[lost]}" = 0 ] && [ "${R[found]}" = 0 ] &&
		[ "${R[moved_$dead]:-0}" -gt 0 ] && return
	fail "$1 to $2: all flows of $dead must move, no other: $(answer)"
	return 1
}

family 4
if [ "$(id -u)" != 0 ]; then
	printf 'TAP version 13\n1..0 # SKIP needs root\n'
	exit 4
fi
WORK=$(mktemp -d "${TMPDIR:-/tmp}/$ID.XXXXXX") || exit
trap cleanup EXIT
trap 'exit 1' HUP INT TERM
# A traffic engine that died is an answer that fails, not the script's end.
trap : PIPE
