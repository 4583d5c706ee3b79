/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The little of packets that src/datapath/flow.c uses, for user space. As in
 * the unit tests, each header of the kernel that is not the system's, too, is
 * a door to this file.
 */
#ifndef _FUZZ_SKB_SHIM_H
#define _FUZZ_SKB_SHIM_H

#include <kernel_shim.h>
#include <arpa/inet.h>
#include <linux/if_ether.h>
#include <linux/ip.h>

/* linux/ipv6.h: the system's does not go with netinet/in.h. */
struct ipv6hdr {
#ifdef __LITTLE_ENDIAN_BITFIELD
	__u8		priority:4, version:4;
#else
	__u8		version:4, priority:4;
#endif
	__u8		flow_lbl[3];
	__be16		payload_len;
	__u8		nexthdr;
	__u8		hop_limit;
	struct in6_addr	saddr;
	struct in6_addr	daddr;
};

struct ipv6_opt_hdr {
	__u8	nexthdr;
	__u8	hdrlen;
} __packed;

/**
 * struct sk_buff - a packet
 * @data: its linear part, from the IP header on; nothing is behind that
 * @len: of the whole
 * @data_len: of what is not linear
 * @rest: that
 * @mark: its mark
 */
struct sk_buff {
	const u8	*data;
	unsigned int	len, data_len;
	const u8	*rest;
	u32		mark;
};

static inline unsigned int skb_headlen(const struct sk_buff *skb)
{
	return skb->len - skb->data_len;
}

static inline int skb_network_offset(const struct sk_buff *skb)
{
	return 0;
}

static inline const struct iphdr *ip_hdr(const struct sk_buff *skb)
{
	return (const struct iphdr *)skb->data;
}

static inline const struct ipv6hdr *ipv6_hdr(const struct sk_buff *skb)
{
	return (const struct ipv6hdr *)skb->data;
}

/* As the kernel's: signed numbers, no copy where it is linear. */
static inline const void *skb_header_pointer(const struct sk_buff *skb,
					     int offset, int len, void *buffer)
{
	int head = skb_headlen(skb), i;

	BUG_ON(offset < 0);
	if (head - offset >= len)
		return skb->data + offset;
	if (offset > (int)skb->len - len)
		return NULL;
	for (i = 0; i < len; i++)
		((u8 *)buffer)[i] = offset + i < head ?
				    skb->data[offset + i] :
				    skb->rest[offset + i - head];
	return buffer;
}

static inline int skb_copy_bits(const struct sk_buff *skb, int offset, void *to,
				int len)
{
	const void *from;

	BUG_ON(offset < 0);
	if (offset > (int)skb->len - len)
		return -EFAULT;
	from = skb_header_pointer(skb, offset, len, to);
	if (from != to)
		memcpy(to, from, len);
	return 0;
}

/* net/dsfield.h */
static inline u8 ipv4_get_dsfield(const struct iphdr *iph)
{
	return iph->tos;
}

static inline u8 ipv6_get_dsfield(const struct ipv6hdr *ip6h)
{
	return ip6h->priority << 4 | ip6h->flow_lbl[0] >> 4;
}

/* net/flow.h */
#define LOOPBACK_IFINDEX	1

/* net/ip.h */
static inline bool ip_is_fragment(const struct iphdr *iph)
{
	return iph->frag_off & htons(0x3fff);
}

/* net/ipv6.h */
#define NEXTHDR_HOP		0
#define NEXTHDR_ROUTING		43
#define NEXTHDR_FRAGMENT	44
#define NEXTHDR_AUTH		51
#define NEXTHDR_DEST		60
#define ICMPV6_INFOMSG_MASK	0x80

struct frag_hdr {
	__u8	nexthdr;
	__u8	reserved;
	__be16	frag_off;
	__be32	identification;
};

#define ipv6_optlen(p)	(((p)->hdrlen + 1) << 3)
#define ipv6_authlen(p)	(((p)->hdrlen + 2) << 2)

static inline __be32 ip6_flowlabel(const struct ipv6hdr *ip6h)
{
	return *(const __be32 *)ip6h & htonl(0x000fffff);
}

/* net/ndisc.h */
#define NDISC_REDIRECT		137

/* net/gre.h */
struct gre_base_hdr {
	__be16	flags;
	__be16	protocol;
};

/* net/vxlan.h */
#define IANA_VXLAN_UDP_PORT	4789
#define VXLAN_HF_VNI		htonl(0x08000000)

struct vxlanhdr {
	__be32	vx_flags;
	__be32	vx_vni;
};

#endif /* _FUZZ_SKB_SHIM_H */
