// SPDX-License-Identifier: GPL-2.0
#include <arpa/inet.h>
#include <endian.h>
#include <string.h>

#include "ecmpctl.h"

/* As libmnl's mnl_attr_for_each(), which calls three functions for each. */
static void attributes_of(const char *at, const char *end,
			  const struct nlattr **attrs, unsigned int max)
{
	const struct nlattr *attr;
	unsigned int type;

	memset(attrs, 0, (max + 1) * sizeof(attrs[0]));
	for (; end - at >= (ptrdiff_t)sizeof(*attr);
	     at += MNL_ALIGN(attr->nla_len)) {
		attr = (const struct nlattr *)at;
		if (attr->nla_len < sizeof(*attr) || attr->nla_len > end - at)
			break;
		type = attr->nla_type & NLA_TYPE_MASK;
		if (type <= max)
			attrs[type] = attr;
	}
}

/**
 * attributes_read - a message's attributes by number
 * @nlh: message of the family
 * @attrs: room for @max + 1; those that are absent become NULL
 * @max: the highest number of interest
 */
void attributes_read(const struct nlmsghdr *nlh, const struct nlattr **attrs,
		     unsigned int max)
{
	attributes_of(mnl_nlmsg_get_payload_offset(nlh,
						   sizeof(struct genlmsghdr)),
		      mnl_nlmsg_get_payload_tail(nlh), attrs, max);
}

/**
 * attributes_read_nest - the attributes inside one
 * @nest: the outer one
 * @attrs: as for attributes_read()
 * @max: likewise
 */
void attributes_read_nest(const struct nlattr *nest,
			  const struct nlattr **attrs, unsigned int max)
{
	attributes_of(mnl_attr_get_payload(nest),
		      (const char *)nest + nest->nla_len, attrs, max);
}

/**
 * number_of - value of a number of any size
 * @attr: attribute, or NULL: 0
 */
uint64_t number_of(const struct nlattr *attr)
{
	return attr ? attribute_number(attr) : 0;
}

/**
 * be_number_of - value of a number of any size, in network order
 * @attr: attribute, or NULL: 0
 */
uint64_t be_number_of(const struct nlattr *attr)
{
	switch (attr ? mnl_attr_get_payload_len(attr) : 0) {
	case sizeof(uint8_t):
		return mnl_attr_get_u8(attr);
	case sizeof(uint16_t):
		return ntohs(mnl_attr_get_u16(attr));
	case sizeof(uint32_t):
		return ntohl(mnl_attr_get_u32(attr));
	case sizeof(uint64_t):
		return be64toh(mnl_attr_get_u64(attr));
	default:
		return 0;
	}
}

/**
 * string_of - value of a string
 * @attr: attribute, or NULL: ""
 */
const char *string_of(const struct nlattr *attr)
{
	return attr ? attribute_string(attr) : "";
}

/**
 * address_of - value of an address
 * @attr: attribute of 4 or 16 bytes, or NULL: family AF_UNSPEC
 */
struct address address_of(const struct nlattr *attr)
{
	struct address address = { .family = AF_UNSPEC };
	size_t length = attr ? mnl_attr_get_payload_len(attr) : 0;

	if (length != 4 && length != 16)
		return address;
	address.family = length == 4 ? AF_INET : AF_INET6;
	memcpy(address.bytes, mnl_attr_get_payload(attr), length);
	return address;
}

/**
 * family_shown - does it belong to the family that -4 or -6 asks for?
 * @ctl: this run
 * @attr: the family of an object; NULL or 0: of both
 */
bool family_shown(const struct ctl *ctl, const struct nlattr *attr)
{
	return !ctl->family || !number_of(attr) ||
	       number_of(attr) == ctl->family;
}

/**
 * put_address - add an address to a message
 * @nlh: message
 * @attr: number of the attribute
 * @address: of a family
 */
void put_address(struct nlmsghdr *nlh, uint16_t attr,
		 const struct address *address)
{
	mnl_attr_put(nlh, attr, address_size(address->family), address->bytes);
}

/**
 * ask_own_routes - the question for the routes of the configuration
 * @ctl: this run
 *
 * Without the kernel's, which may be a million and change all the time.
 *
 * Return: the message, for dump().
 */
struct nlmsghdr *ask_own_routes(struct ctl *ctl)
{
	struct nlmsghdr *nlh = netlink_message(&ctl->nl, ECMP_CMD_ROUTE_GET,
					       NLM_F_DUMP);

	mnl_attr_put(nlh, ECMP_A_ROUTE_STATIC, 0, NULL);
	return nlh;
}

/**
 * dump - read many objects
 * @ctl: this run
 * @nlh: message that asks for them, with NLM_F_DUMP
 * @keep: which answers to keep; NULL: all
 * @answers: as for netlink_dump()
 *
 * Return: 0, or -1 with the refusal in the socket.
 */
int dump(struct ctl *ctl, struct nlmsghdr *nlh, netlink_keep_t keep,
	 struct answers *answers)
{
	if (netlink_dump(&ctl->nl, nlh, keep, answers))
		return -1;
	if (answers->inconsistent)
		print_warning(ctl, "the configuration changed again and again while it was read: this may mix old and new");
	return 0;
}

/**
 * dump_all - read all objects of a kind
 * @ctl: this run
 * @command: ECMP_CMD_*_GET
 * @answers: where they go; answers_free() is the caller's
 *
 * Return: 0, or -1 with the refusal in the socket.
 */
int dump_all(struct ctl *ctl, uint8_t command, struct answers *answers)
{
	memset(answers, 0, sizeof(*answers));
	return dump(ctl, netlink_message(&ctl->nl, command, NLM_F_DUMP), NULL,
		    answers);
}
