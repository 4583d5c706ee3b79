#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# shellcheck disable=SC2317 # run_tests calls the functions
#
# Docker's shape: containers on a bridge, masquerade, published ports, hairpins,
# with and without br_netfilter; as with ip rules.
#
#  lan10 --- router --- wan1, wan2, wan3 --- inet
#            docker0 172.17.0.1: c1 .2, c2 .3
#
# The kernel's default is by wan1; what the module decides goes by wan2.

# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=sides.bash
. "$LIB/sides.bash"

setup() {
	topology6 3
	on router route add default via 10.1.1.1 dev wan1
	on router -6 route add default via 2001:db8:a1::1 dev wan1
	on router route add default via 10.1.2.1 dev wan2 table 102
	on router -6 route add default via 2001:db8:a2::1 dev wan2 table 102
}

# config RULE...: these before everything else by wan2.
config() {
	{
		cat <<-END
			set kernel-routes off
			table add t2
			route add default via 10.1.2.1 dev wan2 table t2
			route add default via 2001:db8:a2::1 dev wan2 table t2
		END
		[ $# = 0 ] || printf 'rule add %s\n' "$@"
		echo "rule add lookup main min-prefix 0"
		echo "rule add lookup t2"
	} >"$WORK/config"
	ctl load "$WORK/config" 2>/dev/null
}

native_policy() {
	on router rule "$1" pref 1001 lookup main suppress_prefixlength 0 &&
		on router rule "$1" pref 1002 lookup 102 &&
		on router -6 rule "$1" pref 1001 \
			lookup main suppress_prefixlength 0 &&
		on router -6 rule "$1" pref 1002 lookup 102
}

docker_setup() {
	local i port

	on router link add docker0 address 02:00:00:00:17:01 type bridge
	on router link set docker0 up
	on router address add 172.17.0.1/16 dev docker0
	add_ns c1 c2
	for i in 1 2; do
		port=c$i
		add_link router "$port" "$port"
		on router link set "$port" master docker0
		on "$port" address add "172.17.0.$((i + 1))/16" dev "$port"
		on "$port" route add default via 172.17.0.1
	done
	# A container may ask for its own published port.
	on router link set c1 type bridge_slave hairpin on
	set_sysctl router net/ipv4/conf/docker0/route_localnet=1
	router iptables-restore <<-END
		*filter
		:FORWARD DROP
		:DOCKER -
		-A FORWARD -o docker0 -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
		-A FORWARD -o docker0 -j DOCKER
		-A FORWARD -i docker0 ! -o docker0 -j ACCEPT
		-A FORWARD -i docker0 -o docker0 -j ACCEPT
		-A FORWARD -i lan10 -j ACCEPT
		-A FORWARD -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
		-A DOCKER -d 172.17.0.2/32 ! -i docker0 -o docker0 -p tcp --dport 80 -j ACCEPT
		COMMIT
		*nat
		:DOCKER -
		-A PREROUTING -m addrtype --dst-type LOCAL -j DOCKER
		-A OUTPUT -m addrtype --dst-type LOCAL ! -d 127.0.0.0/8 -j DOCKER
		-A POSTROUTING -s 172.17.0.0/16 ! -o docker0 -j MASQUERADE
		-A POSTROUTING -s 172.17.0.0/16 -d 172.17.0.2/32 -p tcp --dport 80 -j MASQUERADE
		-A DOCKER -p tcp --dport 8080 -j DNAT --to-destination 172.17.0.2:80
		COMMIT
	END
	serve c1 172.17.0.2 80
	serve inet 203.0.113.1 80
}

# Answers each connection with the address that it comes from.
serve() {
	# shellcheck disable=SC2016 # socat's
	ip netns exec "$ID-$1" socat \
		"TCP4-LISTEN:$3,bind=$2,fork,reuseaddr" \
		SYSTEM:'echo $SOCAT_PEERADDR' &
	SERVERS="${SERVERS-} $!"
	check_true "a server in $1" wait_until 20 listens "$1" "$3"
}

listens() {
	in_ns "$1" ss -Htln "sport = :$2" | grep -q .
}

asks() {
	in_ns "$1" socat -u -T 10 "TCP4:$2,connect-timeout=10" - 2>&1 |
		sed "s/.*socat.*/refused/"
}

containers() {
	echo "out: $(asks c1 203.0.113.1:80)"
	echo "from the LAN: $(asks lan10 10.1.1.2:8080)"
	echo "from the world: $(asks inet 10.1.1.2:8080)"
	echo "from another: $(asks c2 10.1.1.2:8080)"
	echo "straight: $(asks c2 172.17.0.2:80)"
	echo "to itself: $(asks c1 10.1.1.2:8080)"
	echo "from the router: $(asks router 10.1.1.2:8080)"
}

docker() {
	local call

	docker_setup
	config
	# The world's answers go back by where its questions came from.
	config "from 172.17.0.2 sport 80 ipproto tcp lookup main"
	on router route add default via 10.1.1.1 dev wan1 table 103
	on router rule add pref 900 from 172.17.0.2 ipproto tcp sport 80 lookup main
	docker_sides "without br_netfilter"
	modprobe br_netfilter
	for call in 1 0; do
		set_sysctl router \
			net/bridge/bridge-nf-call-iptables="$call"
		docker_sides "bridge-nf-call-iptables $call"
	done
	on router rule del pref 900
	# shellcheck disable=SC2086 # a list of processes
	kill $SERVERS
	on router link del docker0
	modprobe -r br_netfilter
}

docker_sides() {
	both containers
	says "$1" 'out: 10.1.2.2' 'from the LAN: 192.168.10.5' \
		'from the world: 203.0.113.1|from the world: 10.1.1.1' \
		'from another: 172.17.0.1' \
		'to itself: 172.17.0.1' 'from the router: 10.1.1.2'
}

run_tests \
	setup "the network is there" \
	docker "masquerade, published ports, hairpins"
