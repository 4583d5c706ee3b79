// SPDX-License-Identifier: GPL-2.0
/*
 * What it costs to decide where a packet goes: in nanoseconds, or in
 * instructions where the time stamp counter grows by one with each of them
 * (tests/vm/qemu -c).
 *
 * What is written to /proc/ecmp_decision asks, in the writer's namespace:
 *
 *	PASS FAMILY DEVICE HOOKS CPUS REPEATS CHUNK\n
 *
 * and then as many struct decision_flow as there are packets, UDP, that come
 * in by DEVICE. What is read from the file then is the answer:
 *
 *	UNIT COST NONE [DEVICE PACKETS]...
 *
 * COST of one packet in UNIT, "instructions" or "ns", with two decimals; NONE:
 * how many of the packets got no route; and how many leave by which device.
 * PASS is
 *
 *	none	nothing: what the measuring itself costs
 *	hooks	the hooks of PRE_ROUTING
 *	native	the kernel's own look-up
 *
 * HOOKS empty hooks of this module's come before all others: with one, there
 * is a chain of hooks anyway, as on a router with a firewall or NAT.
 *
 * All packets pass REPEATS times in the same order, CHUNK at a time, and the
 * least that each chunk took is what counts: neither an interrupt nor a busy
 * host is in it, and a cache finds what it would find, since all the others
 * have passed meanwhile. On several CPUS at once a chunk counts if the others
 * were busy all along.
 */
#include <linux/kthread.h>
#include <linux/module.h>
#include <linux/netdevice.h>
#include <linux/netfilter.h>
#include <linux/nsproxy.h>
#include <linux/proc_fs.h>
#include <linux/timex.h>
#include <linux/vmalloc.h>
#include <net/dst.h>

#include "decision.h"

#define DECISION_HEADER		128
#define DECISION_FLOWS		(1 << 20)
#define DECISION_REPEATS	10000
#define DECISION_HOOKS		4
#define DECISION_DEVICES	8
#define DECISION_TRIES		32
#define DECISION_NOPS		1000

static DEFINE_MUTEX(decision_lock);
static char decision_answer[256];
static struct proc_dir_entry *decision_proc;
static bool decision_counts __ro_after_init;

static u64 decision_clock(void)
{
	return decision_counts ? get_cycles() : ktime_get_ns();
}

static unsigned int decision_empty_hook(void *priv, struct sk_buff *skb,
					const struct nf_hook_state *state)
{
	return NF_ACCEPT;
}

/* What a chunk cost. */
static int decision_chunk(struct decision_cpu *cpu, unsigned int nr, u64 *cost)
{
	struct decision_run *run = cpu->run;
	unsigned int i = nr * run->chunk, end = i + run->chunk;
	int ret = 1;

	local_bh_disable();
	rcu_read_lock();
	*cost = decision_clock();
	for (; i < end && ret == 1; i++)
		ret = decision_packet(run, cpu->skb, i);
	*cost = decision_clock() - *cost;
	decision_packet_reset(cpu->skb);
	rcu_read_unlock();
	local_bh_enable();
	return ret == 1 ? 0 : -ENETUNREACH;
}

static unsigned long decision_chunks_of_others(const struct decision_cpu *cpu,
					       unsigned long *chunks)
{
	const struct decision_run *run = cpu->run;
	unsigned long advance, least = ULONG_MAX;
	unsigned int i;

	for (i = 0; i < run->nr_cpus; i++) {
		advance = READ_ONCE(run->cpu[i].chunks) - chunks[i];
		chunks[i] += advance;
		if (cpu != &run->cpu[i])
			least = min(least, advance);
	}
	return least;
}

static bool decision_all_ready(const struct decision_run *run)
{
	unsigned int i;

	for (i = 0; i < run->nr_cpus; i++)
		/* All that it did before. */
		if (!smp_load_acquire(&run->cpu[i].ready))
			return false;
	return true;
}

/*
 * All the packets once; each CPU begins elsewhere, lest they go in step. The
 * others have to have ended a chunk of theirs within this one and the one
 * before it: who stands still ends none.
 */
static int decision_round(struct decision_cpu *cpu, unsigned long *chunks)
{
	struct decision_run *run = cpu->run;
	unsigned int i, nr, first = (cpu - run->cpu) * run->nr_chunks /
				    run->nr_cpus;
	bool busy;
	u64 cost;
	int err;

	for (i = 0; i < run->nr_chunks && !READ_ONCE(run->stop); i++) {
		nr = (first + i) % run->nr_chunks;
		err = decision_chunk(cpu, nr, &cost);
		if (err)
			return err;
		WRITE_ONCE(cpu->chunks, cpu->chunks + 1);
		busy = decision_chunks_of_others(cpu, chunks);
		if (busy && cpu->busy)
			cpu->least[nr] = min(cpu->least[nr], cost);
		cpu->busy = busy;
		cond_resched();
	}
	return 0;
}

static int decision_thread(void *data)
{
	unsigned long chunks[DECISION_CPUS] = {};
	struct decision_cpu *cpu = data;
	struct decision_run *run = cpu->run;
	unsigned int i;

	atomic_inc(&run->started);
	while (atomic_read(&run->started) < run->nr_cpus &&
	       !READ_ONCE(run->stop))
		cond_resched();
	for (i = 0; !READ_ONCE(run->stop); i++) {
		if (i == run->repeats)
			smp_store_release(&cpu->ready, true); /* as above */
		if (i >= run->repeats && decision_all_ready(run))
			break;
		cpu->err = decision_round(cpu, chunks);
		if (cpu->err)
			WRITE_ONCE(run->stop, true);
	}
	kthread_complete_and_exit(&cpu->finished, 0);
}

/* Threads that were made end by themselves, if not all were. */
static int decision_on_all_cpus(struct decision_run *run)
{
	struct task_struct *task;
	unsigned int i, nr;
	int err = 0;

	for (nr = 0; nr < run->nr_cpus; nr++) {
		init_completion(&run->cpu[nr].finished);
		task = kthread_create(decision_thread, &run->cpu[nr],
				      "ecmp_decision/%u", nr);
		if (IS_ERR(task)) {
			err = PTR_ERR(task);
			WRITE_ONCE(run->stop, true);
			break;
		}
		kthread_bind(task, nr);
		wake_up_process(task);
	}
	for (i = 0; i < nr; i++) {
		wait_for_completion(&run->cpu[i].finished);
		err = err ?: run->cpu[i].err;
	}
	return err;
}

/* Hundredths for one packet, of all CPUs on average. */
static int decision_mean(const struct decision_run *run, u64 *mean)
{
	unsigned int i, nr;
	u64 sum = 0;

	for (i = 0; i < run->nr_cpus; i++) {
		for (nr = 0; nr < run->nr_chunks; nr++) {
			if (run->cpu[i].least[nr] == U64_MAX)
				return -EBUSY;
			sum += run->cpu[i].least[nr];
		}
	}
	*mean = div_u64(sum * 100, run->nr_cpus * run->nr_flows);
	return 0;
}

/* Where the packets went: a pass that is not measured. */
static int decision_tell(struct decision_run *run, u64 mean)
{
	struct {
		struct net_device *dev;
		unsigned int packets;
	} to[DECISION_DEVICES] = {};
	struct sk_buff *skb = run->cpu[0].skb;
	const struct dst_entry *dst;
	unsigned int i, nr, none = 0;
	int len, ret = 1;

	local_bh_disable();
	rcu_read_lock();
	for (i = 0; i < run->nr_flows && ret == 1; i++) {
		ret = decision_packet(run, skb, i);
		dst = skb_dst(skb);
		if (!dst || dst->error) {
			none++;
			continue;
		}
		for (nr = 0; nr < DECISION_DEVICES - 1; nr++)
			if (!to[nr].dev || to[nr].dev == dst->dev)
				break;
		to[nr].dev = dst->dev;
		to[nr].packets++;
	}
	decision_packet_reset(skb);
	len = scnprintf(decision_answer, sizeof(decision_answer),
			"%s %llu.%02llu %u", decision_counts ? "instructions" :
			"ns", div_u64(mean, 100), mean % 100, none);
	for (nr = 0; nr < DECISION_DEVICES && to[nr].dev; nr++)
		len += scnprintf(decision_answer + len,
				 sizeof(decision_answer) - len, " %s %u",
				 to[nr].dev->name, to[nr].packets);
	scnprintf(decision_answer + len, sizeof(decision_answer) - len, "\n");
	rcu_read_unlock();
	local_bh_enable();
	return ret == 1 ? 0 : -ENETUNREACH;
}

static int decision_measure(struct decision_run *run)
{
	u64 mean;
	int err;

	err = decision_on_all_cpus(run);
	if (!err)
		err = decision_mean(run, &mean);
	return err ?: decision_tell(run, mean);
}

static int decision_run_hooked(struct decision_run *run)
{
	struct nf_hook_ops ops[DECISION_HOOKS] = {};
	unsigned int i;
	int err;

	for (i = 0; i < run->hooks; i++) {
		ops[i].hook = decision_empty_hook;
		ops[i].pf = run->family == AF_INET6 ? NFPROTO_IPV6 :
						      NFPROTO_IPV4;
		ops[i].hooknum = NF_INET_PRE_ROUTING;
		ops[i].priority = INT_MIN;
	}
	err = nf_register_net_hooks(run->net, ops, run->hooks);
	if (err)
		return err;
	err = decision_measure(run);
	nf_unregister_net_hooks(run->net, ops, run->hooks);
	synchronize_net();
	return err;
}

/* A hook that drops a packet drops its reference alone: each has two. */
static int decision_cpus_init(struct decision_run *run)
{
	struct decision_cpu *cpu;
	unsigned int i;

	for (i = 0; i < run->nr_cpus; i++) {
		cpu = &run->cpu[i];
		cpu->run = run;
		/* Alone it is not to wait for anybody. */
		cpu->busy = run->nr_cpus == 1;
		cpu->skb = decision_packet_alloc(run);
		cpu->least = kvmalloc_array(run->nr_chunks, sizeof(u64),
					    GFP_KERNEL);
		if (!cpu->skb || !cpu->least)
			return -ENOMEM;
		skb_get(cpu->skb);
		memset(cpu->least, 0xff, run->nr_chunks * sizeof(u64));
	}
	return 0;
}

static void decision_cpus_exit(struct decision_run *run)
{
	struct sk_buff *skb;
	unsigned int i;

	for (i = 0; i < run->nr_cpus; i++) {
		skb = run->cpu[i].skb;
		if (skb && skb_shared(skb))
			consume_skb(skb);
		consume_skb(skb);
		kvfree(run->cpu[i].least);
	}
}

static int decision_run(struct decision_run *run, const char *device)
{
	int err;

	run->dev = dev_get_by_name(run->net, device);
	if (!run->dev)
		return -ENODEV;
	err = decision_cpus_init(run);
	if (!err)
		err = decision_run_hooked(run);
	decision_cpus_exit(run);
	dev_put(run->dev);
	return err;
}

static int decision_parse(struct decision_run *run, const char *line,
			  char *device)
{
	unsigned int version;
	char pass[8];

	if (sscanf(line, "%7s %u %15s %u %u %u %u", pass, &version, device,
		   &run->hooks, &run->nr_cpus, &run->repeats,
		   &run->chunk) != 7)
		return -EINVAL;
	run->family = version == 6 ? AF_INET6 : AF_INET;
	if (!decision_pass_find(run, pass) || (version != 4 && version != 6) ||
	    run->hooks > DECISION_HOOKS || !run->nr_cpus ||
	    run->nr_cpus > min_t(unsigned int, DECISION_CPUS,
				 num_online_cpus()) ||
	    !run->repeats || run->repeats > DECISION_REPEATS ||
	    !run->chunk || run->chunk > run->nr_flows ||
	    run->nr_flows % run->chunk)
		return -EINVAL;
	run->nr_chunks = run->nr_flows / run->chunk;
	return 0;
}

/* @size: of the flows, behind the first line */
static int decision_ask(const char *line, const char __user *flows, size_t size)
{
	struct decision_run *run;
	char device[IFNAMSIZ];
	int err;

	if (!size || size % sizeof(*run->flows) ||
	    size / sizeof(*run->flows) > DECISION_FLOWS)
		return -EINVAL;
	run = kzalloc(sizeof(*run), GFP_KERNEL);
	if (!run)
		return -ENOMEM;
	run->net = current->nsproxy->net_ns;
	run->nr_flows = size / sizeof(*run->flows);
	err = decision_parse(run, line, device);
	if (err)
		goto free_run;
	run->flows = vmalloc(size);
	if (!run->flows) {
		err = -ENOMEM;
		goto free_run;
	}
	err = copy_from_user(run->flows, flows, size) ? -EFAULT : 0;
	if (!err) {
		mutex_lock(&decision_lock);
		decision_answer[0] = 0;
		err = decision_run(run, device);
		mutex_unlock(&decision_lock);
	}
	vfree(run->flows);
free_run:
	kfree(run);
	return err;
}

static ssize_t decision_write(struct file *file, const char __user *text,
			      size_t len, loff_t *ppos)
{
	char line[DECISION_HEADER] = {}, *end;
	size_t header = min(len, sizeof(line) - 1);
	int err;

	if (copy_from_user(line, text, header))
		return -EFAULT;
	end = memchr(line, '\n', header);
	if (!end)
		return -EINVAL;
	*end = 0;
	header = end + 1 - line;
	err = decision_ask(line, text + header, len - header);
	return err ?: len;
}

static ssize_t decision_read(struct file *file, char __user *text, size_t len,
			     loff_t *ppos)
{
	return simple_read_from_buffer(text, len, ppos, decision_answer,
				       strlen(decision_answer));
}

static const struct proc_ops decision_ops = {
	.proc_read	= decision_read,
	.proc_write	= decision_write,
};

/* Does the counter count instructions? */
static bool __init decision_clock_counts(void)
{
	u64 empty = U64_MAX, nops = U64_MAX, count;
	unsigned int i;

	for (i = 0; i < DECISION_TRIES; i++) {
		count = get_cycles();
		barrier();
		empty = min_t(u64, empty, get_cycles() - count);
		count = get_cycles();
		asm volatile(".rept %c0\n\tnop\n\t.endr"
			     : : "i" (DECISION_NOPS));
		nops = min_t(u64, nops, get_cycles() - count);
	}
	return nops - empty == DECISION_NOPS;
}

static int __init decision_init(void)
{
	decision_counts = decision_clock_counts();
	decision_proc = proc_create("ecmp_decision", 0600, NULL,
				    &decision_ops);
	return decision_proc ? 0 : -ENOMEM;
}

static void __exit decision_exit(void)
{
	proc_remove(decision_proc);
}

module_init(decision_init);
module_exit(decision_exit);
MODULE_DESCRIPTION("What the decision for a packet costs");
MODULE_LICENSE("GPL");
