/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _ECMP_KERNEL_DISTANCE_H
#define _ECMP_KERNEL_DISTANCE_H

#include <linux/if.h>
#include <linux/list.h>
#include <linux/types.h>

#include "request.h"

struct ecmp_config;
struct ecmp_entry;
struct ecmp_kernel_leg;

/**
 * struct ecmp_device_distance - what "distance dev" said
 * @list: in ecmp_config.device_distances, by name
 * @device: name; the device need not exist
 * @distance: 0-255
 */
struct ecmp_device_distance {
	struct list_head	list;
	char			device[IFNAMSIZ];
	u8			distance;
};

/* Whose distance changes: a device's, or where @device is NULL a protocol's. */
struct ecmp_distance_of {
	const char	*device;
	u8		protocol;
};

void ecmp_kernel_distances_init(struct ecmp_config *config);
void ecmp_kernel_distances_exit(struct ecmp_config *config);
u8 ecmp_kernel_distance_default(u8 protocol);
u8 ecmp_kernel_distance(const struct ecmp_config *config,
			const struct ecmp_kernel_leg *leg);
bool ecmp_distance_is_of(const struct ecmp_kernel_leg *leg,
			 const struct ecmp_distance_of *of);
bool ecmp_kernel_is_default(const struct ecmp_entry *entry,
			    const struct ecmp_kernel_leg *leg);
int ecmp_kernel_distance_protocol(struct ecmp_config *config, u8 protocol,
				  int distance,
				  const struct ecmp_request *req);
int ecmp_kernel_distance_device(struct ecmp_config *config, const char *device,
				int distance, const struct ecmp_request *req);

#endif /* _ECMP_KERNEL_DISTANCE_H */
