// SPDX-License-Identifier: GPL-2.0
/*
 * A reader that stands still: a packet that a process sends is decided, and
 * stays where it is, under RCU, inside of ecmp.ko, with all that it has found
 * in its hands, for as long as a test wants.
 *
 *	stall	write a process's number: the next packet of its own that it
 *		sends stands still. 0: it goes on
 *	stalled	it stands still
 *
 * It waits in the tracepoint of the decision, before anybody else there: what
 * that event records is read when the packet goes on. The kernel must be
 * preemptible, its tracepoints too.
 */
#include <linux/module.h>
#include <linux/preempt.h>
#include <linux/sched.h>
#include <linux/tracepoint.h>

#include "stall.h"

static int stall;
static bool stalled;
static struct tracepoint *point;

module_param(stall, int, 0600);
module_param(stalled, bool, 0400);

static void decided(void *data, const void *en, const void *flow,
		    const void *decision, const void *nexthop)
{
	if (!READ_ONCE(stall) || current->pid != READ_ONCE(stall) ||
	    !preemptible())
		return;
	WRITE_ONCE(stalled, true);
	while (READ_ONCE(stall) == current->pid) {
		/* Others are let in. */
		preempt_disable();
		cpu_relax();
		preempt_enable();
	}
	WRITE_ONCE(stalled, false);
}

static void find(struct tracepoint *tp)
{
	if (!strcmp(tp->name, "ecmp_decision") &&
	    !tracepoint_probe_register_prio(tp, decided, NULL, INT_MAX))
		point = tp;
}

static void leave(void)
{
	if (!point)
		return;
	WRITE_ONCE(stall, 0);
	tracepoint_probe_unregister(point, decided, NULL);
	tracepoint_synchronize_unregister();
	point = NULL;
}

static int tracepoints_event(struct notifier_block *nb, unsigned long event,
			     void *data)
{
	struct tp_module *tp_mod = data;
	struct module *mod = tp_mod->mod;
	unsigned int i;

	if (strcmp(mod->name, "ecmp"))
		return NOTIFY_DONE;
	if (event == MODULE_STATE_GOING)
		leave();
	for (i = 0; event == MODULE_STATE_COMING && i < mod->num_tracepoints;
	     i++)
		find(tracepoint_ptr_deref(&mod->tracepoints_ptrs[i]));
	return NOTIFY_DONE;
}

static struct notifier_block tracepoints_nb = {
	.notifier_call = tracepoints_event,
};

/**
 * ecmp_stall_init - wait for ecmp.ko
 *
 * Return: 0 or a negative errno.
 * Context: process.
 */
int ecmp_stall_init(void)
{
	return register_tracepoint_module_notifier(&tracepoints_nb);
}

/**
 * ecmp_stall_exit - let go of what stands still
 *
 * Context: process.
 */
void ecmp_stall_exit(void)
{
	unregister_tracepoint_module_notifier(&tracepoints_nb);
	leave();
}
