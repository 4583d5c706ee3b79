// SPDX-License-Identifier: GPL-2.0
/*
 * No memory for ecmp.ko, when a test wants it: fault injection for kernels
 * that were built without any, as Debian's are.
 *
 * Probes on the kernel's allocators look at the call stack. An allocation that
 * ecmp.ko makes, itself or through what it calls, is counted, and the n-th one
 * since "nth" was written gets NULL. Load this before ecmp.ko: it learns where
 * that is when it comes.
 *
 *	nth	write n: count from here, the n-th fails; 0: none fails
 *	times	how many fail from the n-th on; 0: all (default 1)
 *	where	of whom: 1 processes, 2 kernel threads, 4 softirqs; a sum
 *		(default 1)
 *	hits	how many were counted
 *	failed	how many failed
 *	last	the functions that the last one to fail was called by
 *	live	objects that ecmp.ko itself allocated and that are not freed
 *	left	who allocated them: a function a line, and how many
 *	missed	how many objects, of anybody, may have been freed unseen
 *
 * "live" is what finds leaks: without "missed" it is exact, and 0 once ecmp.ko
 * is gone. What an interrupt frees on top of a probe is not seen: kernels do
 * not let probes nest. Socket buffers are not counted, the kernel keeps their
 * memory for reuse.
 */
#include <linux/hashtable.h>
#include <linux/kprobes.h>
#include <linux/module.h>
#include <linux/slab.h>
#include <linux/stacktrace.h>
#include <linux/vmalloc.h>

#define FRAMES		64
#define CALLERS		512
#define OBJECTS		(1u << 16)
#define NO_GFP		-1

static unsigned int nth, times = 1, where = 1;
static atomic_t hits, failed;
static struct module *target;		/* ecmp.ko while it is there */

/* --- the n-th fails ----------------------------------------------------- */

/**
 * struct allocator - a function that a probe is on
 * @symbol: its name; kernels have some of these, each by one of its names
 * @gfp: which of its arguments the gfp flags are
 * @there: this kernel has it
 * @probe: what is on it
 */
struct allocator {
	const char	*symbol;
	int		gfp;
	bool		there;
	struct kprobe	probe;
};

static struct allocator allocators[] = {
	{ "__kmalloc", 1 },
	{ "__kmalloc_noprof", 1 },
	{ "__kmalloc_node", 1 },
	{ "__kmalloc_node_noprof", 2 },
	{ "__kmalloc_node_track_caller", 1 },
	{ "__kmalloc_node_track_caller_noprof", 2 },
	{ "kmalloc_trace", 1 },
	{ "kmalloc_node_trace", 1 },
	{ "__kmalloc_cache_noprof", 1 },
	{ "__kmalloc_cache_node_noprof", 1 },
	{ "kmalloc_large", 1 },
	{ "kmalloc_large_node", 1 },
	{ "__kmalloc_large_noprof", 1 },
	{ "__kmalloc_large_node_noprof", 1 },
	{ "kvmalloc_node", 1 },
	{ "__kvmalloc_node_noprof", NO_GFP },
	{ "kmem_cache_alloc", 1 },
	{ "kmem_cache_alloc_noprof", 1 },
	{ "kmem_cache_alloc_lru", 2 },
	{ "kmem_cache_alloc_lru_noprof", 2 },
	{ "kmem_cache_alloc_node", 1 },
	{ "kmem_cache_alloc_node_noprof", 1 },
	{ "__alloc_percpu_gfp", 2 },
	{ "pcpu_alloc_noprof", 3 },
	{ "vmalloc", NO_GFP },
	{ "vmalloc_noprof", NO_GFP },
	{ "__vmalloc", 1 },
	{ "__vmalloc_noprof", 1 },
};

/* What the n-th gets instead; entered as the allocator itself would be. */
static noinline notrace void *no_memory(void)
{
	return NULL;
}

static unsigned long last_frame[FRAMES];
static unsigned int last_frames;

static bool wanted_here(void)
{
	if (in_nmi() || in_hardirq())
		return false;
	if (in_serving_softirq())
		return where & 4;
	return where & (current->flags & PF_KTHREAD ? 2 : 1);
}

static bool is_of(const struct module *mod, unsigned long address)
{
	return mod && within_module(address, mod);
}

static int allocator_entry(struct kprobe *p, struct pt_regs *regs)
{
	struct allocator *a = container_of(p, struct allocator, probe);
	struct module *mod = READ_ONCE(target);
	unsigned long frame[FRAMES], flags;
	unsigned int i, n, hit, first = READ_ONCE(nth);

	if (!first || !mod || !wanted_here())
		return 0;
	if (a->gfp != NO_GFP &&
	    regs_get_kernel_argument(regs, a->gfp) & __GFP_NOFAIL)
		return 0;
	/* It takes long, and what is freed meanwhile is not seen. */
	local_irq_save(flags);
	n = stack_trace_save(frame, FRAMES, 0);
	local_irq_restore(flags);
	for (i = 0; i < n && !is_of(mod, frame[i]); i++)
		;
	if (i == n)
		return 0;
	hit = atomic_inc_return(&hits);
	if (hit < first || (times && hit - first >= times))
		return 0;
	atomic_inc(&failed);
	memcpy(last_frame, frame, n * sizeof(*frame));
	last_frames = n;
	regs_set_return_value(regs, 0);
	instruction_pointer_set(regs, (unsigned long)no_memory);
	return 1;
}

/* Its being there keeps the probe from becoming a jump, which cannot do this. */
static void allocator_done(struct kprobe *p, struct pt_regs *regs,
			   unsigned long flags)
{
}

/* --- what is not freed -------------------------------------------------- */

struct object {
	struct hlist_node	hash;
	unsigned long		address;
	unsigned long		caller;
};

static DEFINE_HASHTABLE(objects, 14);
static struct object *pool;
static HLIST_HEAD(pool_free);
static DEFINE_RAW_SPINLOCK(objects_lock);
static int live;
static unsigned int overflowed;

/* Callers, counted once each when they are shown. */
static unsigned long caller_of[CALLERS];
static unsigned int caller_count[CALLERS];

static void object_add(unsigned long address, unsigned long caller)
{
	struct object *o;
	unsigned long flags;

	raw_spin_lock_irqsave(&objects_lock, flags);
	o = hlist_entry_safe(pool_free.first, struct object, hash);
	if (o) {
		hlist_del(&o->hash);
		o->address = address;
		o->caller = caller;
		hash_add(objects, &o->hash, address);
		live++;
	} else {
		overflowed++;
	}
	raw_spin_unlock_irqrestore(&objects_lock, flags);
}

static void object_del(unsigned long address)
{
	struct object *o;
	unsigned long flags;

	/* Most of what is freed is somebody else's. */
	if (!address ||
	    hlist_empty(&objects[hash_min(address, HASH_BITS(objects))]))
		return;
	raw_spin_lock_irqsave(&objects_lock, flags);
	hash_for_each_possible(objects, o, hash, address) {
		if (o->address != address)
			continue;
		hash_del(&o->hash);
		hlist_add_head(&o->hash, &pool_free);
		live--;
		break;
	}
	raw_spin_unlock_irqrestore(&objects_lock, flags);
}

static unsigned long caller_now(const struct pt_regs *regs)
{
#ifdef CONFIG_X86
	return *(unsigned long *)kernel_stack_pointer((struct pt_regs *)regs);
#else
	return regs->regs[30];
#endif
}

struct birth {
	unsigned long caller;
};

static int birth_entry(struct kretprobe_instance *ri, struct pt_regs *regs)
{
	struct birth *b = (struct birth *)ri->data;

	b->caller = caller_now(regs);
	return !is_of(READ_ONCE(target), b->caller);
}

static int birth_return(struct kretprobe_instance *ri, struct pt_regs *regs)
{
	struct birth *b = (struct birth *)ri->data;
	unsigned long address = regs_return_value(regs);

	if (address)
		object_add(address, b->caller);
	return 0;
}

/* Those that ecmp.ko calls itself; rt_dst_alloc and the like end as slabs. */
static const char * const births[] = {
	"__kmalloc", "__kmalloc_noprof", "kmalloc_trace",
	"__kmalloc_cache_noprof", "__kmalloc_large_noprof", "kmalloc_large",
	"kvmalloc_node", "__kvmalloc_node_noprof", "__alloc_percpu_gfp",
	"pcpu_alloc_noprof", "kstrdup", "kmemdup", "kmemdup_noprof",
	"rt_dst_alloc", "ip6_dst_alloc",
};

static struct kretprobe birth[ARRAY_SIZE(births)];
static bool birth_there[ARRAY_SIZE(births)];

static int death_first(struct kprobe *p, struct pt_regs *regs)
{
	object_del(regs_get_kernel_argument(regs, 0));
	return 0;
}

static int death_second(struct kprobe *p, struct pt_regs *regs)
{
	object_del(regs_get_kernel_argument(regs, 1));
	return 0;
}

static int death_bulk(struct kprobe *p, struct pt_regs *regs)
{
	unsigned long i, n = regs_get_kernel_argument(regs, 1);
	void **object = (void **)regs_get_kernel_argument(regs, 2);

	for (i = 0; i < n; i++)
		object_del((unsigned long)object[i]);
	return 0;
}

/* Promised to be freed: kvfree_call_rcu(head, object or offset of head). */
static int death_rcu(struct kprobe *p, struct pt_regs *regs)
{
	unsigned long head = regs_get_kernel_argument(regs, 0);
	unsigned long second = regs_get_kernel_argument(regs, 1);

	object_del(second < PAGE_SIZE ? head - second : second);
	return 0;
}

static struct kprobe deaths[] = {
	{ .symbol_name = "kfree", .pre_handler = death_first },
	{ .symbol_name = "vfree", .pre_handler = death_first },
	{ .symbol_name = "free_percpu", .pre_handler = death_first },
	{ .symbol_name = "kmem_cache_free", .pre_handler = death_second },
	{ .symbol_name = "kmem_cache_free_bulk", .pre_handler = death_bulk },
	{ .symbol_name = "kvfree_call_rcu", .pre_handler = death_rcu },
};

static bool death_there[ARRAY_SIZE(deaths)];

/* --- parameters --------------------------------------------------------- */

static int nth_set(const char *value, const struct kernel_param *kp)
{
	unsigned int n;
	int err = kstrtouint(value, 0, &n);

	if (err)
		return err;
	WRITE_ONCE(nth, 0);
	synchronize_rcu();
	atomic_set(&hits, 0);
	atomic_set(&failed, 0);
	WRITE_ONCE(nth, n);
	return 0;
}

static int atomic_get(char *buffer, const struct kernel_param *kp)
{
	return sysfs_emit(buffer, "%d\n", atomic_read((atomic_t *)kp->arg));
}

static int last_get(char *buffer, const struct kernel_param *kp)
{
	struct module *mod = READ_ONCE(target);
	unsigned int i, ours = 0;
	int len = 0;

	for (i = 0; i < last_frames && ours < 6; i++) {
		ours += is_of(mod, last_frame[i]);
		len += sysfs_emit_at(buffer, len, "%ps ",
				     (void *)last_frame[i]);
	}
	return len + sysfs_emit_at(buffer, len, "\n");
}

static int missed_get(char *buffer, const struct kernel_param *kp)
{
	unsigned long missed = 0;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(deaths); i++)
		missed += deaths[i].nmissed;
	return sysfs_emit(buffer, "%lu\n", missed);
}

static int left_get(char *buffer, const struct kernel_param *kp)
{
	unsigned int i, n = 0;
	unsigned long flags;
	struct object *o;
	int len = 0, bkt;

	raw_spin_lock_irqsave(&objects_lock, flags);
	hash_for_each(objects, bkt, o, hash) {
		for (i = 0; i < n && caller_of[i] != o->caller; i++)
			;
		if (i == CALLERS)
			continue;
		if (i == n) {
			caller_of[n] = o->caller;
			caller_count[n++] = 0;
		}
		caller_count[i]++;
	}
	raw_spin_unlock_irqrestore(&objects_lock, flags);
	for (i = 0; i < n; i++)
		len += sysfs_emit_at(buffer, len, "%u %pS\n", caller_count[i],
				     (void *)caller_of[i]);
	if (overflowed)
		len += sysfs_emit_at(buffer, len, "%u more\n", overflowed);
	return len;
}

static const struct kernel_param_ops nth_ops = {
	.set = nth_set, .get = param_get_uint,
};
static const struct kernel_param_ops atomic_ops = { .get = atomic_get };
static const struct kernel_param_ops last_ops = { .get = last_get };
static const struct kernel_param_ops missed_ops = { .get = missed_get };
static const struct kernel_param_ops left_ops = { .get = left_get };

module_param_cb(nth, &nth_ops, &nth, 0600);
module_param(times, uint, 0600);
module_param(where, uint, 0600);
module_param_cb(hits, &atomic_ops, &hits, 0400);
module_param_cb(failed, &atomic_ops, &failed, 0400);
module_param_cb(last, &last_ops, NULL, 0400);
module_param(live, int, 0400);
module_param_cb(left, &left_ops, NULL, 0400);
module_param_cb(missed, &missed_ops, NULL, 0400);

/* --- coming and going --------------------------------------------------- */

static int module_event(struct notifier_block *nb, unsigned long event,
			void *data)
{
	struct module *mod = data;

	if (strcmp(mod->name, "ecmp"))
		return NOTIFY_DONE;
	if (event == MODULE_STATE_COMING)
		WRITE_ONCE(target, mod);
	else if (event == MODULE_STATE_GOING)
		WRITE_ONCE(target, NULL);
	return NOTIFY_DONE;
}

/* Before anything of ecmp.ko runs, and after all of it has run. */
static struct notifier_block module_nb = {
	.notifier_call = module_event,
	.priority = INT_MAX,
};

static void probes_end(void)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(allocators); i++)
		if (allocators[i].there)
			unregister_kprobe(&allocators[i].probe);
	for (i = 0; i < ARRAY_SIZE(births); i++)
		if (birth_there[i])
			unregister_kretprobe(&birth[i]);
	for (i = 0; i < ARRAY_SIZE(deaths); i++)
		if (death_there[i])
			unregister_kprobe(&deaths[i]);
}

/* Of most functions a kernel has one name, of some none. */
static bool is_missing(int err)
{
	return err == -ENOENT || err == -EINVAL;
}

static int probes_begin(void)
{
	unsigned int i, n = 0;
	int err;

	for (i = 0; i < ARRAY_SIZE(allocators); i++) {
		struct allocator *a = &allocators[i];

		a->probe.symbol_name = a->symbol;
		a->probe.pre_handler = allocator_entry;
		a->probe.post_handler = allocator_done;
		err = register_kprobe(&a->probe);
		if (err && !is_missing(err))
			return err;
		a->there = !err;
		n += !err;
	}
	for (i = 0; i < ARRAY_SIZE(births); i++) {
		birth[i].kp.symbol_name = births[i];
		birth[i].entry_handler = birth_entry;
		birth[i].handler = birth_return;
		birth[i].data_size = sizeof(struct birth);
		birth[i].maxactive = 64;
		err = register_kretprobe(&birth[i]);
		if (err && !is_missing(err))
			return err;
		birth_there[i] = !err;
		n += !err;
	}
	for (i = 0; i < ARRAY_SIZE(deaths); i++) {
		err = register_kprobe(&deaths[i]);
		if (err) {
			pr_err("ecmp_fault: %s cannot be probed: %d\n",
			       deaths[i].symbol_name, err);
			return err;
		}
		death_there[i] = true;
	}
	pr_info("ecmp_fault: %u probes\n", n);
	return 0;
}

static int __init fault_init(void)
{
	unsigned int i;
	int err;

	pool = vcalloc(OBJECTS, sizeof(*pool));
	if (!pool)
		return -ENOMEM;
	for (i = 0; i < OBJECTS; i++)
		hlist_add_head(&pool[i].hash, &pool_free);
	err = register_module_notifier(&module_nb);
	if (err)
		goto free;
	err = probes_begin();
	if (!err)
		return 0;
	probes_end();
	unregister_module_notifier(&module_nb);
free:
	vfree(pool);
	return err;
}

static void __exit fault_exit(void)
{
	unregister_module_notifier(&module_nb);
	probes_end();
	vfree(pool);
}

module_init(fault_init);
module_exit(fault_exit);

MODULE_DESCRIPTION("Fault injection for the selftests of ecmp");
MODULE_LICENSE("GPL");
