// SPDX-License-Identifier: GPL-2.0
/*
 * For a machine of one processor, loaded before User Mode Linux's own library
 * (tests/vm/uml-machine -1).
 *
 * A kernel for several processors bars the signal that these send each other
 * whenever it switches interrupts off: two system calls of the host's, where a
 * processor of its own has two instructions. Forwarding a packet takes several
 * such pairs, more time than all the rest. Where there is one processor nobody
 * sends that signal.
 */
#include <pthread.h>
#include <signal.h>
#include <stddef.h>

int sigprocmask(int how, const sigset_t *set, sigset_t *old)
{
	if (how != SIG_SETMASK && !old && sigismember(set, SIGRTMIN) == 1)
		return 0;
	return pthread_sigmask(how, set, old);
}
