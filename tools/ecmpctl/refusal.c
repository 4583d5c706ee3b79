// SPDX-License-Identifier: GPL-2.0
/*
 * What the kernel says when it refuses.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "netlink.h"

#define MOST_ERROR	4095	/* of the kernel */

/**
 * refusal_set - refuse with the sentence of an errno
 * @refusal: where it goes
 * @error: errno
 *
 * Return: -1.
 */
int refusal_set(struct refusal *refusal, int error)
{
	memset(refusal, 0, sizeof(*refusal));
	refusal->error = error;
	snprintf(refusal->sentence, sizeof(refusal->sentence), "%s",
		 error == EPERM ? "not permitted: this needs CAP_NET_ADMIN" :
		 error == ENOMEM ? "the kernel is out of memory: try again" :
				   strerror(error));
	return -1;
}

/* The attribute of a message that an offset from its start lies in. */
static void locate(struct refusal *refusal, const struct nlmsghdr *sent,
		   uint32_t offset)
{
	const struct nlattr *attr, *member;
	const char *at = (const char *)sent + offset;

	netlink_attributes(attr, sent) {
		const char *start = (const char *)attr;

		if (at < start || at >= start + MNL_ALIGN(attr->nla_len))
			continue;
		refusal->attribute = mnl_attr_get_type(attr);
		if (!(attr->nla_type & NLA_F_NESTED))
			return;
		mnl_attr_for_each_nested(member, attr)
			if (at >= (const char *)mnl_attr_next(member))
				refusal->place++;
		return;
	}
}

/* What NLMSG_ERROR and NLMSG_DONE have behind their number. */
static void read_extended_ack(struct refusal *refusal,
			      const struct nlmsghdr *nlh, size_t offset,
			      const struct nlmsghdr *sent)
{
	const struct nlattr *attr;

	if (!(nlh->nlmsg_flags & NLM_F_ACK_TLVS) ||
	    offset > mnl_nlmsg_get_payload_len(nlh))
		return;
	mnl_attr_for_each(attr, nlh, offset) {
		switch (mnl_attr_get_type(attr)) {
		case NLMSGERR_ATTR_MSG:
			if (mnl_attr_validate(attr, MNL_TYPE_NUL_STRING) < 0)
				break;
			snprintf(refusal->sentence, sizeof(refusal->sentence),
				 "%s", mnl_attr_get_str(attr));
			break;
		case NLMSGERR_ATTR_OFFS:
			if (mnl_attr_validate(attr, MNL_TYPE_U32) < 0 || !sent)
				break;
			locate(refusal, sent, mnl_attr_get_u32(attr));
			break;
		}
	}
}

/**
 * refusal_read - read NLMSG_ERROR or NLMSG_DONE
 * @refusal: where a refusal goes; left alone without one
 * @nlh: the message
 * @sent: what it answers
 *
 * Return: the errno; 0: it was done.
 */
int refusal_read(struct refusal *refusal, const struct nlmsghdr *nlh,
		 const struct nlmsghdr *sent)
{
	const struct nlmsgerr *err = mnl_nlmsg_get_payload(nlh);
	size_t offset = sizeof(int);
	int error;

	if (mnl_nlmsg_get_payload_len(nlh) < sizeof(int))
		return nlh->nlmsg_type == NLMSG_DONE ? 0 : EBADMSG;
	if (err->error >= 0)
		return 0;
	error = err->error < -MOST_ERROR ? EBADMSG : -err->error;
	refusal_set(refusal, error);
	if (nlh->nlmsg_type == NLMSG_ERROR) {
		if (mnl_nlmsg_get_payload_len(nlh) < sizeof(*err))
			return error;
		offset = sizeof(*err);
		if (!(nlh->nlmsg_flags & NLM_F_CAPPED))
			offset += MNL_ALIGN(err->msg.nlmsg_len) -
				  sizeof(err->msg);
	}
	read_extended_ack(refusal, nlh, offset, sent);
	return error;
}
