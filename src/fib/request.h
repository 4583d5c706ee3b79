/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _ECMP_REQUEST_H
#define _ECMP_REQUEST_H

#include <linux/netlink.h>

/**
 * struct ecmp_request - who asks, so that a refusal can be told to him
 * @extack: where the sentence goes; may be NULL
 * @attrs: the request's parsed attributes, by number; NULL when nobody asks
 */
struct ecmp_request {
	struct netlink_ext_ack	*extack;
	struct nlattr		**attrs;
};

/*
 * Refuse a request: a sentence that says what to do, the number of the guilty
 * attribute (0: none), and the error to return.
 */
#define ecmp_refuse(req, attr, error, sentence) ({			\
	const struct ecmp_request *__req = (req);			\
	struct netlink_ext_ack *__ea = __req ? __req->extack : NULL;	\
	unsigned int __attr = (attr);					\
	NL_SET_ERR_MSG(__ea, sentence);					\
	if (__ea && __attr && __req->attrs && __req->attrs[__attr])	\
		NL_SET_BAD_ATTR(__ea, __req->attrs[__attr]);		\
	(error);							\
})

/* Refuse for want of memory what has changed nothing. */
#define ecmp_no_memory(req)						\
	ecmp_refuse(req, 0, -ENOMEM,					\
		    "out of memory: nothing was changed, try again")

#endif /* _ECMP_REQUEST_H */
