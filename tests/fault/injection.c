// SPDX-License-Identifier: GPL-2.0
/*
 * No memory for ecmp.ko, when a test wants it: fault injection in a debug
 * kernel, with probes.c's parameters where both have them.
 *
 * That kernel can let the n-th allocation fail that has a certain address in
 * its call stack, but not begin to count anew, nor does it know where a module
 * will be. This does both. Load it before ecmp.ko: it learns where that is when
 * it comes.
 *
 *	nth	write n: count from here, the n-th fails; 0: none fails
 *	times	how many fail from the n-th on; 0: all, with an n of 1
 *		(default 1)
 *	where	of whom: 1 processes, 2 kernel threads, 4 softirqs; a sum: 1, 2,
 *		3 or 7 (default 1)
 *	pages	count allocations of pages, not of slab objects: what is larger
 *		than a slab has
 *	failed	how many failed
 *	slab, page	where the kernel's struct fault_attr of both are; once
 *
 * What is not freed the kernel itself tells.
 */
#include <linux/fault-inject.h>
#include <linux/limits.h>
#include <linux/module.h>
#include <linux/sched/signal.h>

#include "stall.h"

#define MANY	(INT_MAX / 2)

static unsigned long slab, page;
module_param(slab, ulong, 0);
module_param(page, ulong, 0);

static unsigned int nth, times = 1, where = 1;
static bool pages;
static struct module *target;		/* ecmp.ko while it is there */
static int begun;			/* so many could fail */

static struct fault_attr *chosen(void)
{
	return (struct fault_attr *)(pages ? page : slab);
}

/* Any module, as long as it is not known where it will be. */
static void range(struct fault_attr *attr)
{
	const struct module *mod = READ_ONCE(target);
	const struct module_memory *text;

	attr->require_start = slab;
	attr->require_end = ULONG_MAX;
	if (!mod || mod->state != MODULE_STATE_LIVE)
		return;
	text = &mod->mem[MOD_TEXT];
	attr->require_start = (unsigned long)text->base;
	attr->require_end = attr->require_start + text->size;
}

/* Whoever comes later is as his parent is; nobody here has several threads. */
static void choose_tasks(void)
{
	struct task_struct *p;

	rcu_read_lock();
	for_each_process(p)
		p->make_it_fail = !!(where & (p->flags & PF_KTHREAD ? 2 : 1));
	rcu_read_unlock();
}

static void begin(struct fault_attr *attr, unsigned int n)
{
	begun = times ?: MANY;
	atomic_set(&attr->times, begun);
	atomic_set(&attr->space, 0);
	attr->count = 0;
	attr->interval = n;
	attr->verbose = 0;
	attr->task_filter = !(where & 4);
	range(attr);
	choose_tasks();
	WRITE_ONCE(attr->probability, 100);
}

static int nth_set(const char *value, const struct kernel_param *kp)
{
	struct fault_attr *attr = chosen();
	unsigned int n;
	int err = kstrtouint(value, 0, &n);

	if (err)
		return err;
	WRITE_ONCE(attr->probability, 0);
	nth = n;
	if (n)
		begin(attr, n);
	return 0;
}

static int failed_get(char *buffer, const struct kernel_param *kp)
{
	return sysfs_emit(buffer, "%d\n",
			  begun - atomic_read(&chosen()->times));
}

static const struct kernel_param_ops nth_ops = {
	.set = nth_set, .get = param_get_uint,
};
static const struct kernel_param_ops failed_ops = { .get = failed_get };

module_param_cb(nth, &nth_ops, &nth, 0600);
module_param(times, uint, 0600);
module_param(where, uint, 0600);
module_param(pages, bool, 0600);
module_param_cb(failed, &failed_ops, NULL, 0400);

static int module_event(struct notifier_block *nb, unsigned long event,
			void *data)
{
	struct module *mod = data;

	if (strcmp(mod->name, "ecmp"))
		return NOTIFY_DONE;
	if (event == MODULE_STATE_LIVE)
		WRITE_ONCE(target, mod);
	else if (event == MODULE_STATE_GOING)
		WRITE_ONCE(target, NULL);
	return NOTIFY_DONE;
}

static struct notifier_block module_nb = {
	.notifier_call = module_event,
};

static int __init fault_init(void)
{
	int err;

	if (!slab || !page)
		return -EINVAL;
	err = register_module_notifier(&module_nb);
	if (err)
		return err;
	err = ecmp_stall_init();
	if (err)
		unregister_module_notifier(&module_nb);
	return err;
}

static void __exit fault_exit(void)
{
	ecmp_stall_exit();
	WRITE_ONCE(((struct fault_attr *)slab)->probability, 0);
	WRITE_ONCE(((struct fault_attr *)page)->probability, 0);
	unregister_module_notifier(&module_nb);
}

module_init(fault_init);
module_exit(fault_exit);

MODULE_DESCRIPTION("Fault injection for the selftests of ecmp");
MODULE_LICENSE("GPL");
