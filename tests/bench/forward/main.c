// SPDX-License-Identifier: GPL-2.0
/*
 * What it costs to forward a packet, from one end to the other: in
 * nanoseconds, or in instructions where the time stamp counter grows by one
 * with each of them (tests/vm/qemu -c).
 *
 * What is written to /proc/ecmp_forward asks, in the namespace of the source:
 *
 *	FAMILY DEVICE MAC SINK HOPS PACKETS\n
 *
 * and then as many struct forward_flow as there are flows. PACKETS, UDP, are
 * sent by DEVICE to MAC, the flows taking turns, and are expected at any of
 * the devices of the namespace SINK, an open file, having passed HOPS routers.
 * What is read from the file then is the answer:
 *
 *	UNIT COST SENT LOST MOVED WRONG [DEVICE PACKETS]...
 *
 * COST of one packet in UNIT, "instructions" or "ns", with two decimals; how
 * many were sent, and of those how many never came, how many came by another
 * device than the one before of the same flow, and how many came to another
 * host's address, changed, or with the wrong hop limit; then how many came by
 * which device.
 *
 * COST is that of all that happens: a packet is made as a driver makes it,
 * sent, forwarded, and looked at where it ends. The writer is to be bound to a
 * CPU: all that happens there. FORWARD_BATCH packets are sent with softirqs
 * off, and taken in by the router at once when these are on again, as many as
 * a card hands over in one poll.
 */
#include <linux/delay.h>
#include <linux/module.h>
#include <linux/netdevice.h>
#include <linux/nsproxy.h>
#include <linux/proc_fs.h>
#include <linux/timex.h>
#include <linux/vmalloc.h>
#include <net/net_namespace.h>

#include "forward.h"

#define FORWARD_HEADER		128
#define FORWARD_FLOWS		BIT(20)
#define FORWARD_PACKETS		BIT(24)
#define FORWARD_BATCH		64U
/* A veth that runs NAPI has a ring of 256. */
#define FORWARD_WAITING		128
#define FORWARD_PATIENCE_NS	(2 * NSEC_PER_SEC)
/* Of the host's x86-64 system calls. */
#define FORWARD_CLOCK_GETTIME	228L
#define FORWARD_THREAD_CPUTIME	3L
#define FORWARD_TRIES		32
#define FORWARD_NOPS		1000

static DEFINE_MUTEX(forward_lock);
static char forward_answer[256];
static struct proc_dir_entry *forward_proc;
static bool forward_counts __ro_after_init;
static u32 forward_id;

#ifdef CONFIG_UML
/*
 * The time that the host's thread has had, which is this CPU: a busy host lets
 * it wait, and that is not in it.
 */
static u64 forward_clock(void)
{
	long call = FORWARD_CLOCK_GETTIME, time[2];

	asm volatile("syscall"
		     : "+a" (call)
		     : "D" (FORWARD_THREAD_CPUTIME), "S" (time)
		     : "rcx", "r11", "memory");
	return time[0] * NSEC_PER_SEC + time[1];
}
#else
static u64 forward_clock(void)
{
	return forward_counts ? get_cycles() : ktime_get_ns();
}
#endif

/*
 * Until no more than @waiting are on their way. Where softirqs could not do
 * all at once ksoftirqd does the rest.
 */
static int forward_wait(const struct forward_run *run, unsigned int waiting)
{
	u64 until = 0;

	while (run->sent > READ_ONCE(run->received) + waiting) {
		if (!until)
			until = ktime_get_ns() + FORWARD_PATIENCE_NS;
		else if (ktime_get_ns() > until)
			return -ETIMEDOUT;
		usleep_range(20, 50);
	}
	return 0;
}

static int forward_send(struct forward_run *run)
{
	unsigned int i, nr = min(FORWARD_BATCH, run->packets - run->sent);
	struct sk_buff *skb = NULL;

	local_bh_disable();
	for (i = 0; i < nr; i++) {
		skb = forward_packet_alloc(run, run->sent % run->nr_flows);
		if (!skb)
			break;
		dev_queue_xmit(skb);
		run->sent++;
	}
	local_bh_enable();
	return skb ? 0 : -ENOMEM;
}

/* What is lost is no error here. */
static int forward_all(struct forward_run *run)
{
	int err = 0;
	u64 cost;

	cost = forward_clock();
	while (!err && run->sent < run->packets) {
		err = forward_send(run);
		if (!err)
			err = forward_wait(run, FORWARD_WAITING);
		cond_resched();
	}
	if (!err)
		err = forward_wait(run, 0);
	run->cost = forward_clock() - cost;
	return err == -ETIMEDOUT ? 0 : err;
}

static void forward_tell(const struct forward_run *run)
{
	u64 mean = div_u64(run->cost * 100, run->sent);
	unsigned int i;
	int len;

	len = scnprintf(forward_answer, sizeof(forward_answer),
			"%s %llu.%02llu %u %u %u %u", forward_counts ?
			"instructions" : "ns", div_u64(mean, 100), mean % 100,
			run->sent, run->sent - run->received, run->moved,
			run->wrong);
	for (i = 0; i < run->nr_sinks; i++)
		len += scnprintf(forward_answer + len,
				 sizeof(forward_answer) - len, " %s %u",
				 run->sinks[i].dev->name,
				 run->sinks[i].received);
	scnprintf(forward_answer + len, sizeof(forward_answer) - len, "\n");
}

static int forward_run(struct forward_run *run, const char *device)
{
	int err;

	run->dev = dev_get_by_name(current->nsproxy->net_ns, device);
	if (!run->dev)
		return -ENODEV;
	run->id = ++forward_id;
	err = forward_sinks_init(run);
	if (!err)
		err = forward_all(run);
	forward_sinks_exit(run);
	if (!err)
		forward_tell(run);
	dev_put(run->dev);
	return err;
}

static int forward_parse(struct forward_run *run, const char *line,
			 char *device, int *sink)
{
	unsigned int version;
	u8 *mac = run->mac;

	if (sscanf(line, "%u %15s %hhx:%hhx:%hhx:%hhx:%hhx:%hhx %d %u %u",
		   &version, device, &mac[0], &mac[1], &mac[2], &mac[3],
		   &mac[4], &mac[5], sink, &run->hops, &run->packets) != 11)
		return -EINVAL;
	run->family = version == 6 ? AF_INET6 : AF_INET;
	if ((version != 4 && version != 6) || run->hops >= FORWARD_TTL ||
	    !run->packets || run->packets > FORWARD_PACKETS)
		return -EINVAL;
	return 0;
}

static int forward_flows_read(struct forward_run *run,
			      const char __user *flows, size_t size)
{
	if (!size || size % sizeof(*run->flows) ||
	    size / sizeof(*run->flows) > FORWARD_FLOWS)
		return -EINVAL;
	run->nr_flows = size / sizeof(*run->flows);
	run->flows = vmalloc(size);
	run->by = vzalloc(run->nr_flows);
	if (!run->flows || !run->by)
		return -ENOMEM;
	return copy_from_user(run->flows, flows, size) ? -EFAULT : 0;
}

/* @size: of the flows, behind the first line */
static int forward_ask(const char *line, const char __user *flows, size_t size)
{
	struct forward_run *run;
	char device[IFNAMSIZ];
	int err, sink;

	run = kzalloc(sizeof(*run), GFP_KERNEL);
	if (!run)
		return -ENOMEM;
	err = forward_parse(run, line, device, &sink);
	if (!err)
		err = forward_flows_read(run, flows, size);
	if (err)
		goto free_run;
	run->net = get_net_ns_by_fd(sink);
	if (IS_ERR(run->net)) {
		err = PTR_ERR(run->net);
		goto free_run;
	}
	mutex_lock(&forward_lock);
	forward_answer[0] = 0;
	err = forward_run(run, device);
	mutex_unlock(&forward_lock);
	put_net(run->net);
free_run:
	vfree(run->by);
	vfree(run->flows);
	kfree(run);
	return err;
}

static ssize_t forward_write(struct file *file, const char __user *text,
			     size_t len, loff_t *ppos)
{
	char line[FORWARD_HEADER] = {}, *end;
	size_t header = min(len, sizeof(line) - 1);
	int err;

	if (copy_from_user(line, text, header))
		return -EFAULT;
	end = memchr(line, '\n', header);
	if (!end)
		return -EINVAL;
	*end = 0;
	header = end + 1 - line;
	err = forward_ask(line, text + header, len - header);
	return err ?: len;
}

static ssize_t forward_read(struct file *file, char __user *text, size_t len,
			    loff_t *ppos)
{
	return simple_read_from_buffer(text, len, ppos, forward_answer,
				       strlen(forward_answer));
}

static const struct proc_ops forward_ops = {
	.proc_read	= forward_read,
	.proc_write	= forward_write,
};

/* Does the counter count instructions? */
static bool __init forward_clock_counts(void)
{
	u64 empty = U64_MAX, nops = U64_MAX, count;
	unsigned int i;

	for (i = 0; i < FORWARD_TRIES; i++) {
		count = get_cycles();
		barrier();
		empty = min_t(u64, empty, get_cycles() - count);
		count = get_cycles();
		asm volatile(".rept %c0\n\tnop\n\t.endr"
			     : : "i" (FORWARD_NOPS));
		nops = min_t(u64, nops, get_cycles() - count);
	}
	return nops - empty == FORWARD_NOPS;
}

static int __init forward_init(void)
{
	forward_counts = forward_clock_counts();
	forward_proc = proc_create("ecmp_forward", 0600, NULL, &forward_ops);
	return forward_proc ? 0 : -ENOMEM;
}

static void __exit forward_exit(void)
{
	proc_remove(forward_proc);
}

module_init(forward_init);
module_exit(forward_exit);
MODULE_DESCRIPTION("What forwarding a packet costs");
MODULE_LICENSE("GPL");
