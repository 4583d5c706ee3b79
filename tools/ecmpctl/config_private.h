/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the parts of config share.
 */
#ifndef ECMPCTL_CONFIG_PRIVATE_H
#define ECMPCTL_CONFIG_PRIVATE_H

#include "config.h"

#define NAMED(r, attr)	((r)->named & BIT(attr))

/* Room for one more, zeroed; NULL: there is no memory. */
#define LIST_ADD(config, list)						\
	((list).count < (list).room ||					\
	 config_grow(config, (void **)&(list).item, &(list).room,	\
		     sizeof(*(list).item)) ?				\
	 &(list).item[(list).count++] : NULL)

/* config.c */
bool config_grow(struct config *config, void **item, size_t *room, size_t size);

/* config_settings.c */
void config_read_nexthop(struct config *config, unsigned int line,
			 const struct request *request);
void config_read_settings(struct config *config, unsigned int line,
			  const struct request *request);
void config_read_distance(struct config *config, const struct request *request);

#endif /* ECMPCTL_CONFIG_PRIVATE_H */
