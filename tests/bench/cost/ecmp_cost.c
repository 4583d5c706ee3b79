// SPDX-License-Identifier: GPL-2.0
/*
 * What a packet costs, counted in instructions. For a test machine whose time
 * stamp counter grows by one with each instruction (tests/vm/qemu -c); loading
 * fails where it does not.
 *
 * One line written to /proc/ecmp_cost asks, in the writer's namespace:
 *
 *	PASS FAMILY DEVICE SOURCE DESTINATION SPORT DPORT HOOKS
 *
 * for a UDP packet; what is read from the file then is the answer:
 *
 *	INSTRUCTIONS ROUTE
 *
 * INSTRUCTIONS of one pass, with two decimals, and the device of the route
 * that the packet had after it, or "none". PASS is
 *
 *	none	nothing: what the measuring itself costs
 *	pre	PRE_ROUTING of a packet that came in by DEVICE
 *	out	LOCAL_OUT of the router's own packet that leaves by DEVICE
 *	native	the kernel's own look-up for one that came in by DEVICE
 *
 * HOOKS empty hooks of this module's are in the way of "pre" and "out", before
 * all others: with one, there is a chain of hooks anyway, as on a router with
 * a firewall.
 */
#include <linux/inet.h>
#include <linux/module.h>
#include <linux/netdevice.h>
#include <linux/netfilter.h>
#include <linux/netfilter_ipv4.h>
#include <linux/netfilter_ipv6.h>
#include <linux/nsproxy.h>
#include <linux/proc_fs.h>
#include <linux/timex.h>
#include <linux/udp.h>
#include <net/ip.h>
#include <net/ip6_route.h>
#include <net/ipv6.h>
#include <net/netfilter/nf_conntrack.h>
#include <net/route.h>

#define COST_PASSES	64
#define COST_BATCHES	32
#define COST_HOOKS	4
#define COST_NOPS	1000

/**
 * struct cost_run - one question
 * @net: whose hooks and routes
 * @dev: by which the packet came in, or leaves
 * @dst: the route of a packet of the router's own; held
 * @skb: the packet
 * @family: AF_INET or AF_INET6
 * @src: source
 * @daddr: destination
 * @sport: source port
 * @dport: destination port
 * @hooks: how many empty hooks
 * @pass: what is counted; 1: the packet is still there
 */
struct cost_run {
	struct net		*net;
	struct net_device	*dev;
	struct dst_entry	*dst;
	struct sk_buff		*skb;
	int			family;
	union nf_inet_addr	src;
	union nf_inet_addr	daddr;
	u16			sport;
	u16			dport;
	unsigned int		hooks;
	int (*pass)(struct cost_run *run);
};

static DEFINE_MUTEX(cost_lock);
static char cost_answer[64];
static struct proc_dir_entry *cost_proc;

static unsigned int cost_empty_hook(void *priv, struct sk_buff *skb,
				    const struct nf_hook_state *state)
{
	return NF_ACCEPT;
}

/* For its address; netfilter calls it when a packet was stolen. */
static int cost_okfn(struct net *net, struct sock *sk, struct sk_buff *skb)
{
	kfree_skb(skb);
	return 0;
}

static int cost_pass_none(struct cost_run *run)
{
	return 1;
}

/* With constant arguments, as the kernel's own calls: that is a static key. */
static int cost_pass_pre(struct cost_run *run)
{
	if (run->family == AF_INET6)
		return nf_hook(NFPROTO_IPV6, NF_INET_PRE_ROUTING, run->net,
			       NULL, run->skb, run->dev, NULL, cost_okfn);
	return nf_hook(NFPROTO_IPV4, NF_INET_PRE_ROUTING, run->net, NULL,
		       run->skb, run->dev, NULL, cost_okfn);
}

static int cost_pass_out(struct cost_run *run)
{
	skb_dst_set_noref(run->skb, run->dst);
	if (run->family == AF_INET6)
		return nf_hook(NFPROTO_IPV6, NF_INET_LOCAL_OUT, run->net, NULL,
			       run->skb, NULL, run->dev, cost_okfn);
	return nf_hook(NFPROTO_IPV4, NF_INET_LOCAL_OUT, run->net, NULL,
		       run->skb, NULL, run->dev, cost_okfn);
}

static int cost_pass_native(struct cost_run *run)
{
	struct sk_buff *skb = run->skb;

	if (run->family == AF_INET6) {
		const struct ipv6hdr *ip6h = ipv6_hdr(skb);
		struct flowi6 fl6 = {
			.flowi6_iif = run->dev->ifindex,
			.daddr = ip6h->daddr,
			.saddr = ip6h->saddr,
			.flowlabel = ip6_flowinfo(ip6h),
			.flowi6_mark = skb->mark,
			.flowi6_proto = ip6h->nexthdr,
		};

		/* ip6_route_input() is not exported; this is most of it. */
		skb_dst_set_noref(skb, ip6_route_input_lookup(run->net,
				  run->dev, &fl6, skb,
				  RT6_LOOKUP_F_HAS_SADDR |
				  RT6_LOOKUP_F_DST_NOREF));
		return 1;
	}
	return !ip_route_input_noref(skb, ip_hdr(skb)->daddr,
				     ip_hdr(skb)->saddr, 0, run->dev);
}

static const struct {
	const char *name;
	int (*pass)(struct cost_run *run);
} cost_pass[] = {
	{ "none", cost_pass_none },
	{ "pre", cost_pass_pre },
	{ "out", cost_pass_out },
	{ "native", cost_pass_native },
};

static int cost_skb_alloc(struct cost_run *run)
{
	struct sk_buff *skb;
	struct ipv6hdr *ip6h;
	struct udphdr *udph;
	struct iphdr *iph;

	skb = alloc_skb(LL_MAX_HEADER + 128, GFP_KERNEL);
	if (!skb)
		return -ENOMEM;
	skb_reserve(skb, LL_MAX_HEADER);
	skb_reset_mac_header(skb);
	skb_reset_network_header(skb);
	skb->dev = run->dev;
	skb->pkt_type = PACKET_HOST;
	skb->ip_summed = CHECKSUM_UNNECESSARY;
	if (run->family == AF_INET6) {
		ip6h = skb_put_zero(skb, sizeof(*ip6h));
		ip6h->version = 6;
		ip6h->payload_len = htons(sizeof(*udph));
		ip6h->nexthdr = IPPROTO_UDP;
		ip6h->hop_limit = 64;
		ip6h->saddr = run->src.in6;
		ip6h->daddr = run->daddr.in6;
		skb->protocol = htons(ETH_P_IPV6);
	} else {
		iph = skb_put_zero(skb, sizeof(*iph));
		iph->version = 4;
		iph->ihl = sizeof(*iph) / 4;
		iph->tot_len = htons(sizeof(*iph) + sizeof(*udph));
		iph->ttl = 64;
		iph->protocol = IPPROTO_UDP;
		iph->saddr = run->src.ip;
		iph->daddr = run->daddr.ip;
		ip_send_check(iph);
		skb->protocol = htons(ETH_P_IP);
	}
	skb_set_transport_header(skb, skb->len);
	udph = skb_put_zero(skb, sizeof(*udph));
	udph->source = htons(run->sport);
	udph->dest = htons(run->dport);
	udph->len = htons(sizeof(*udph));
	run->skb = skb;
	return 0;
}

/* The route that the kernel itself gives a packet of the router's own. */
static int cost_dst_get(struct cost_run *run)
{
	struct flowi4 fl4 = {
		.flowi4_oif = run->dev->ifindex,
		.daddr = run->daddr.ip,
		.saddr = run->src.ip,
		.flowi4_proto = IPPROTO_UDP,
	};
	struct flowi6 fl6 = {
		.flowi6_oif = run->dev->ifindex,
		.daddr = run->daddr.in6,
		.saddr = run->src.in6,
		.flowi6_proto = IPPROTO_UDP,
	};
	struct rtable *rt;

	if (run->family == AF_INET6) {
		run->dst = ip6_route_output(run->net, NULL, &fl6);
		return run->dst->error;
	}
	rt = ip_route_output_key(run->net, &fl4);
	if (IS_ERR(rt))
		return PTR_ERR(rt);
	run->dst = &rt->dst;
	return 0;
}

static void cost_packet_reset(struct sk_buff *skb)
{
	skb_dst_drop(skb);
	nf_reset_ct(skb);
	memset(skb->cb, 0, sizeof(skb->cb));
}

/* Instructions of COST_PASSES passes; the packet keeps what the last left. */
static int cost_batch(struct cost_run *run, cycles_t *count)
{
	unsigned int i;
	int ret = 0;

	*count = get_cycles();
	for (i = 0; i < COST_PASSES; i++) {
		cost_packet_reset(run->skb);
		ret = run->pass(run);
		if (ret != 1)
			break;
	}
	*count = get_cycles() - *count;
	return ret == 1 ? 0 : -ENETUNREACH;
}

/* The least of many batches: the one that no interrupt came into. */
static int cost_count(struct cost_run *run)
{
	cycles_t count, best = ~(cycles_t)0;
	unsigned int i;
	char route[IFNAMSIZ] = "none";
	int err = 0;

	/* A hook that drops the packet drops this one's reference. */
	skb_get(run->skb);
	for (i = 0; i < COST_BATCHES && !err; i++) {
		local_bh_disable();
		rcu_read_lock();
		err = cost_batch(run, &count);
		best = min(best, count);
		if (!err && skb_dst(run->skb))
			strscpy(route, skb_dst(run->skb)->dev->name,
				sizeof(route));
		cost_packet_reset(run->skb);
		rcu_read_unlock();
		local_bh_enable();
		cond_resched();
	}
	if (!err)
		consume_skb(run->skb);
	if (err)
		return err;
	count = best * 100 / COST_PASSES;
	scnprintf(cost_answer, sizeof(cost_answer), "%llu.%02llu %s\n",
		  (u64)count / 100, (u64)count % 100, route);
	return 0;
}

static int cost_run_hooked(struct cost_run *run)
{
	struct nf_hook_ops ops[COST_HOOKS] = {};
	unsigned int i;
	int err;

	for (i = 0; i < run->hooks; i++) {
		ops[i].hook = cost_empty_hook;
		ops[i].pf = run->family == AF_INET6 ? NFPROTO_IPV6 :
						      NFPROTO_IPV4;
		ops[i].hooknum = run->pass == cost_pass_out ?
				 NF_INET_LOCAL_OUT : NF_INET_PRE_ROUTING;
		ops[i].priority = INT_MIN;
	}
	err = nf_register_net_hooks(run->net, ops, run->hooks);
	if (err)
		return err;
	err = cost_count(run);
	nf_unregister_net_hooks(run->net, ops, run->hooks);
	synchronize_net();
	return err;
}

static int cost_run(struct cost_run *run, const char *device)
{
	int err;

	run->dev = dev_get_by_name(run->net, device);
	if (!run->dev)
		return -ENODEV;
	err = cost_skb_alloc(run);
	if (err)
		goto put_device;
	if (run->pass == cost_pass_out)
		err = cost_dst_get(run);
	if (!err)
		err = cost_run_hooked(run);
	dst_release(run->dst);
	consume_skb(run->skb);
put_device:
	dev_put(run->dev);
	return err;
}

static int cost_parse(struct cost_run *run, const char *line, char *device)
{
	char pass[8], src[48], dst[48];
	unsigned int i;
	int version;

	if (sscanf(line, "%7s %d %15s %47s %47s %hu %hu %u", pass, &version,
		   device, src, dst, &run->sport, &run->dport,
		   &run->hooks) != 8 || run->hooks > COST_HOOKS)
		return -EINVAL;
	for (i = 0; i < ARRAY_SIZE(cost_pass); i++)
		if (!strcmp(pass, cost_pass[i].name))
			run->pass = cost_pass[i].pass;
	if (!run->pass)
		return -EINVAL;
	run->family = version == 6 ? AF_INET6 : AF_INET;
	if (version == 6)
		return in6_pton(src, -1, (u8 *)&run->src, -1, NULL) &&
		       in6_pton(dst, -1, (u8 *)&run->daddr, -1, NULL) ?
		       0 : -EINVAL;
	return in4_pton(src, -1, (u8 *)&run->src, -1, NULL) &&
	       in4_pton(dst, -1, (u8 *)&run->daddr, -1, NULL) ? 0 : -EINVAL;
}

static ssize_t cost_write(struct file *file, const char __user *text,
			  size_t len, loff_t *ppos)
{
	struct cost_run run = { .net = current->nsproxy->net_ns };
	char line[192], device[IFNAMSIZ];
	int err;

	if (len >= sizeof(line))
		return -EINVAL;
	if (copy_from_user(line, text, len))
		return -EFAULT;
	line[len] = 0;
	err = cost_parse(&run, line, device);
	if (err)
		return err;
	mutex_lock(&cost_lock);
	cost_answer[0] = 0;
	err = cost_run(&run, device);
	mutex_unlock(&cost_lock);
	return err ?: len;
}

static ssize_t cost_read(struct file *file, char __user *text, size_t len,
			 loff_t *ppos)
{
	return simple_read_from_buffer(text, len, ppos, cost_answer,
				       strlen(cost_answer));
}

static const struct proc_ops cost_ops = {
	.proc_read	= cost_read,
	.proc_write	= cost_write,
};

/* Does the counter count instructions? */
static bool __init cost_clock_counts(void)
{
	cycles_t empty = ~(cycles_t)0, nops = ~(cycles_t)0, count;
	unsigned int i;

	for (i = 0; i < COST_BATCHES; i++) {
		count = get_cycles();
		barrier();
		empty = min(empty, get_cycles() - count);
		count = get_cycles();
		asm volatile(".rept %c0\n\tnop\n\t.endr" : : "i" (COST_NOPS));
		nops = min(nops, get_cycles() - count);
	}
	pr_info("ecmp_cost: %u instructions counted as %llu\n", COST_NOPS,
		(u64)(nops - empty));
	return nops - empty == COST_NOPS;
}

static int __init cost_init(void)
{
	if (!cost_clock_counts())
		return -EOPNOTSUPP;
	cost_proc = proc_create("ecmp_cost", 0600, NULL, &cost_ops);
	return cost_proc ? 0 : -ENOMEM;
}

static void __exit cost_exit(void)
{
	proc_remove(cost_proc);
}

module_init(cost_init);
module_exit(cost_exit);
MODULE_DESCRIPTION("What a packet costs in instructions");
MODULE_LICENSE("GPL");
