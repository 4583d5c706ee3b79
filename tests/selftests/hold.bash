# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# Packets of the router that a program holds in nfqueue 5. Sourced after lib.sh.
#
#  holder          nfqueue.py, which holds what comes; nft is to send it there
#  tell WORD... ANSWER   what it says to that must be this
#  held            prints how many it holds
#  let_go          they are accepted, and it ends

holder() {
	local line

	mkfifo "$WORK/hold.ask" "$WORK/hold.answer"
	ip netns exec "$ID-router" python3 -B -E -S "$LIB/nfqueue.py" 5 \
		<"$WORK/hold.ask" >"$WORK/hold.answer" &
	HOLDER=$!
	exec {ASK}>"$WORK/hold.ask" {ANSWER}<"$WORK/hold.answer"
	rm "$WORK/hold.ask" "$WORK/hold.answer"
	read -r -t 20 -u "$ANSWER" line
	check_eq "the holder is there" "$line" ready
}

tell() {
	local line

	echo "$1" >&"$ASK"
	read -r -t 20 -u "$ANSWER" line
	check_eq "the holder, told to $1" "$line" "$2"
}

held() {
	# shellcheck disable=SC2016 # awk's
	router awk '$1 == 5 { print $3 }' /proc/net/netfilter/nfnetlink_queue
}

let_go() {
	tell accept released
	exec {ASK}>&- {ANSWER}<&-
	wait "$HOLDER"
}
