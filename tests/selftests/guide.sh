#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# shellcheck disable=SC2317 # run_tests calls the functions
#
# What the documents say is so: each code block of README.md, the guide, the
# tables and the manuals is run, in the order in which it stands there, in a
# router with five WANs, and prints what is printed there. What is not run is in
# the list guide.not_run, with the reason. A block that is neither run nor in
# there fails, and so does a line of the list without a block.
#
# A block's kind is the word behind its fence; in manuals it is in a comment
# before it. See blocks.py.
#
#   sh [NAME]   commands: in the router, or in the namespace NAME. Each has to
#               succeed. That "diff" and "check" find something is no failure
#   text        what the block before prints on a terminal of 80 columns, or
#               with "..." at its end the beginning
#   conf        a configuration: loaded, and saved with as many routes and rules
#   conf more   what is added to it
#   routeros    an export; it is the configuration of the block before
#   units       of systemd; what they start is run
#   nft         a ruleset, taken by nft
#   import      lines of an export, and what they become: tests/check/documents
#   picture     nothing that anybody could type
#   uci         OpenWrt's, whose meaning the block after it has
#   others      files
#
# A block with a comment "# /etc/..." in its first two lines is a file, and has to
# be used by a command that comes later. Files are below $ROOT instead of /; where
# a command reads them by itself, another stands for it (stand_ins.bash).
#
#  lan10, lan20, lan0 -- router --wan1..5-- inet
#
#  For the guide inet leases an address on wan1 and answers PPPoE on wan3, and
#  the router begins without addresses.

# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

TOP=$(cd "$LIB/../.." && pwd)
GUIDE=tools/ecmpctl/doc/guide.md
ROOT=$WORK/root
export ID TOP ROOT WORK LIB

# Whoever lives in the namespaces ends before they do.
# shellcheck disable=SC2154 # status
trap 'status=$?; end_programs; (exit $status); cleanup' EXIT

end_programs() {
	local name pids

	for name in router inet; do
		[ -e "/run/netns/$ID-$name" ] || continue
		pids=$(ip netns pids "$ID-$name" | grep -vxF "${TRAFFIC_PID:-0}")
		# shellcheck disable=SC2086 # numbers
		[ -z "$pids" ] || kill -KILL $pids 2>/dev/null
	done
}

# All documents that there are, the first to be run first.
documents() {
	(cd "$TOP" && ls README.md src/README.md tools/ecmpctl/doc/*.md \
		tools/ecmpctl/*.[1-8] tests/*/README.md)
}

# --- the network ---------------------------------------------------------

setup() {
	modprobe -a ppp_generic pppoe
	mkdir -p /run/lock
	[ -e /var/run ] || ln -s /run /var/run
	topology 5
	on inet -batch - <<-END
		address add 9.9.9.9/32 dev lo
		address add 1.1.1.1/32 dev lo
	END
	in_ns inet python3 -B -E -S "$LIB/own_address.py" 80 443 \
		>"$WORK/servers" 2>&1 </dev/null &
	disown $!
	check_true "servers" wait_until 30 grep -q ready "$WORK/servers"
	# shellcheck disable=SC2046 # names
	(cd "$TOP" && python3 -B -E -S "$LIB/blocks.py" unpack \
		"$WORK/blocks" $(documents))
	check_num "blocks" "$(find "$WORK/blocks" -name kind | wc -l)" -gt 60
	masquerade
}

# The providers of the guide's WANs, and a router that has nothing yet.
providers() {
	local i

	router nft flush ruleset
	set_sysctl router net/ipv4/ip_forward=0
	for i in lo lan0 lan10 lan20 wan{1..5}; do
		echo "address flush dev $i"
		echo "link set $i down"
	done | on router -batch -
	cat >"$WORK/udhcpd.conf" <<-END
		start 10.1.1.2
		end 10.1.1.2
		interface wan1
		max_leases 1
		lease_file $WORK/leases
		pidfile $WORK/udhcpd.pid
		option subnet 255.255.255.0
		option router 10.1.1.1
	END
	touch "$WORK/leases"
	in_ns inet busybox udhcpd -f "$WORK/udhcpd.conf" \
		>"$WORK/udhcpd.log" 2>&1 </dev/null &
	disown $!
	printf '%s\n' noauth nodefaultroute lcp-restart 1 lcp-max-configure 90 \
		ipcp-restart 1 ipcp-max-configure 90 nobsdcomp nodeflate novj \
		noccp noipv6 "logfile $WORK/isp3.log" ip-up-script /bin/true \
		ip-down-script /bin/true >"$WORK/isp3"
	in_ns inet pppoe-server -F -I wan3 -C isp3 -L 10.64.3.1 \
		-R 10.64.3.2 -N 4 -O "$WORK/isp3" \
		>"$WORK/pppoe.log" 2>&1 </dev/null &
	disown $!
}

# --- one block -----------------------------------------------------------

# What the document calls what is here.
here() {
	sed -E "s#(^|[ =\"'>])/(etc|var|ecmp)/#\\1$ROOT/\\2/#g" "$@"
}

# And back; what time, chance and the machine have to do with is all the same.
shown() {
	sed -E "s#$ROOT/#/#g; s/@if[0-9]+//g" "$@" | tr -s ' \n' '  ' |
		sed -E 's/[-+]?(set )?hash-seed 1,? //g
			s/^ +//; s/ +$//
			s/ [0-9.]+( ms|s)\b/ TIME/g
			s/(lookup [a-z]+( min-prefix [0-9]+)?|prohibit|native) [0-9]+ /\1 N /g'
}

# What a script begins with whose output is that of a terminal, and its status.
# shellcheck disable=SC2016 # expands in there
terminal() {
	echo 'export NO_COLOR=1'
	echo 'stty cols 80 rows 60 <&1'
	echo "trap 'echo \"@status \$?\"' EXIT"
}

# run_sh TEXT NAME [TERMINAL]: output in $WORK/output; a line that a terminal
# would have to break is a failure.
run_sh() {
	{
		[ $# = 2 ] || terminal
		echo ". $LIB/stand_ins.bash"
		echo "cd $ROOT"
		here "$1"
	} >"$WORK/script"
	if [ $# = 2 ]; then
		in_ns "$2" timeout 120 bash -eE -o pipefail "$WORK/script" \
			>"$WORK/output" 2>&1 </dev/null
		return
	fi
	in_ns "$2" timeout 120 socat -u \
		"EXEC:bash -eE -o pipefail $WORK/script,pty,stderr" STDOUT |
		tr -d '\r' >"$WORK/output"
	awk '/^@status 0$/ { good = 1; next } length > 80 { wide = 1 } { print }
		END { exit !good || wide }' "$WORK/output" >"$WORK/screen" ||
		return
	mv "$WORK/screen" "$WORK/output"
}

# A line a command.
joined() {
	sed -e ':a' -e '/\\$/N; s/\\\n */ /; ta' "$1"
}

# The commands at a block's end that change nothing: they may be repeated.
readers() {
	joined "$1" | tac | awk '
		/^ip .*(show|address)/ { print; next }
		/^ecmpctl( -[46jps]+)* (show|get|check|diff|top|[a-z]+ show|flow list)( |$)/ {
			print; next }
		{ exit }' | tac
}

# What is to be shown comes about, though maybe not at once: what the commands
# before the readers print is in $WORK/acted.
run_shown() {
	readers "$TEXT" >"$WORK/readers"
	joined "$TEXT" | head -n "-$(wc -l <"$WORK/readers")" >"$WORK/actions"
	truncate -s 0 "$WORK/output"
	[ ! -s "$WORK/actions" ] || run_sh "$WORK/actions" "$PLACE" terminal ||
		return
	cp "$WORK/output" "$WORK/acted"
	truncate -s 0 "$WORK/output"
	[ ! -s "$WORK/readers" ] || run_sh "$WORK/readers" "$PLACE" terminal
}

as_told() {
	local expected got

	expected=$(shown "$TEXT")
	got=$(shown "$WORK/acted" "$WORK/output")
	if [[ $expected == *" ..." ]]; then
		[[ $got == "${expected% ...}"* ]]
	else
		[ "$got" = "$expected" ]
	fi
}

again_as_told() {
	run_sh "$WORK/readers" "$PLACE" terminal && as_told
}

run_text() {
	grep -q . "$TEXT" || fail "$WHERE: nothing to be shown"
	as_told && return
	if [ -s "$WORK/readers" ] && wait_until 30 again_as_told; then
		return 0
	fi
	fail "$WHERE: something else is printed"
	diag "$(cat "$WORK/acted" "$WORK/output")"
}

lines_of() {
	grep -cE '^(-[46] )?(route|rule) add' "$1"
}

# Loaded and saved, a configuration is as large as it was.
run_conf() {
	check_true "$WHERE is loaded" ctl load "$1" || return 0
	ctl save >"$WORK/saved"
	check_eq "$WHERE: as many routes and rules" "$(lines_of "$WORK/saved")" \
		"$(lines_of "$1")"
	# As stand_ins.bash.
	ctl set hash-seed 1
}

run_routeros() {
	check_true "$WHERE is imported" ctl import routeros "$1" \
		-o "$WORK/imported" || return 0
	cp "$WORK/saved" "$WORK/before"
	run_conf "$WORK/imported"
	check_eq "$WHERE: the configuration before it" "$(<"$WORK/saved")" \
		"$(<"$WORK/before")"
}

run_units() {
	sed -e ':a' -e '/\\$/N; s/\\\n */ /; ta' "$1" |
		sed -n 's/^ExecStart=//p' >"$WORK/started"
	[ ! -s "$WORK/started" ] || run_sh "$WORK/started" router ||
		fail "$WHERE: $(<"$WORK/output")"
}

# Is it in the list of those that are not run?
is_named() {
	grep -qF -- "$DOCUMENT: $(head -n 1 "$TEXT") -- " "$LIB/guide.not_run" &&
		head -n 1 "$TEXT" >>"$WORK/named"
}

write_file() {
	mkdir -p "$ROOT${FILE%/*}"
	cp "$TEXT" "$ROOT$FILE"
	[ "$KIND" != conf ] || cp "$TEXT" "$WORK/conf"
	is_named || printf '%s\n' "$FILE" >>"$WORK/files"
}

run_block() {
	FILE=$(sed -nE '1,2s/^# (\/etc\/[^ ]*)$/\1/p' "$TEXT")
	if [ -n "$FILE" ]; then
		write_file
		return
	fi
	! is_named || return 0
	case $KIND in
	sh | sh\ *)
		PLACE=${KIND#sh}
		PLACE=${PLACE:- router}
		PLACE=${PLACE# }
		sed -nE 's#.*[ =>](/etc/[^ ]+).*#\1#p' "$TEXT" >>"$WORK/used"
		if [ "$NEXT" = text ]; then
			run_shown
		else
			run_sh "$TEXT" "$PLACE"
		fi || fail "$WHERE: status $?: $(<"$WORK/output")"
		;;
	text)		run_text ;;
	conf)
		cp "$TEXT" "$WORK/conf"
		run_conf "$WORK/conf"
		;;
	conf\ more)
		cat "$TEXT" >>"$WORK/conf"
		run_conf "$WORK/conf"
		;;
	routeros)	run_routeros "$TEXT" ;;
	units)		run_units "$TEXT" ;;
	nft)
		check_true "$WHERE is taken by nft" router nft -f "$TEXT" ||
			return 0
		;;
	import | picture | uci) ;;
	*)
		fail "$WHERE: this block ($KIND) is neither run nor in guide.not_run"
		;;
	esac
}

# --- one document --------------------------------------------------------

# What somebody has who reads: an export, and a configuration to come.
given() {
	cat >"$ROOT/router.rsc" <<-END
		/routing table add fib name=ecmp
		/ip route add gateway=ether1-pppoe-out1
		/ip route add gateway=ether2-pppoe-out2 routing-table=ecmp
	END
	tutorial 2 >"$ROOT/new.conf"
}

# document NAME
document() {
	local i places file named

	DOCUMENT=$1
	rm -rf "$ROOT"
	mkdir -p "$ROOT"/{etc/ecmp,var/lib/prometheus/node-exporter}
	ln -s "$TOP" "$ROOT/ecmp"
	given
	truncate -s 0 "$WORK/files" "$WORK/used" "$WORK/named"
	ctl load /dev/null
	[ "$DOCUMENT" != $GUIDE ] || providers
	mapfile -t places < <(grep -lxF "$DOCUMENT" "$WORK"/blocks/*/document ||
		[ $? = 1 ])
	places=("${places[@]%/document}")
	for ((i = 0; i < ${#places[@]}; i++)); do
		KIND=$(<"${places[i]}/kind")
		NEXT=$(cat "${places[i + 1]:-/nonexistent}/kind" 2>/dev/null || :)
		TEXT=${places[i]}/text
		WHERE=$DOCUMENT:$(<"${places[i]}/line")
		run_block
	done
	while read -r file; do
		grep -qxF "$file" "$WORK/used" ||
			fail "$DOCUMENT: nothing uses $file, nor is it in guide.not_run"
	done <"$WORK/files"
	while IFS= read -r named; do
		grep -qxF -- "$named" "$WORK/named" ||
			fail "guide.not_run: $DOCUMENT has no block \"$named\""
	done < <(sed -n "s#^$DOCUMENT: \\(.*\\) -- .*#\\1#p" "$LIB/guide.not_run")
}

the_list() {
	local name

	while IFS=: read -r name _; do
		check_true "$name is a document" grep -qxF "$name" <(documents)
	done < <(grep -v '^#' "$LIB/guide.not_run" | grep .)
}

parameters() {
	check_eq "parameters" \
		"$(cd /sys/module/ecmp/parameters && printf '%s\n' *)" \
		"$(sed -nE '/^\.Sh PARAMETERS/,/^\.Sh SIGN/s/^\.It Cm ([a-z_]+).*/\1/p' \
			"$TOP/tools/ecmpctl/ecmp.7" | sort)"
}

tests=(setup "the network, and the documents")
while read -r name; do
	eval "run_$((${#tests[@]} / 2))() { document $name; }"
	[ "$name" = $GUIDE ] || tests+=("run_$((${#tests[@]} / 2))" "$name")
done < <(documents)
# Last, because it begins anew.
eval "run_guide() { document $GUIDE; }"
run_tests "${tests[@]}" run_guide "$GUIDE" the_list "no line in vain" \
	parameters "ecmp(7) has the module's parameters"
