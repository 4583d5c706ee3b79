// SPDX-License-Identifier: GPL-2.0
/*
 * Distances of the kernel's routes: by protocol, and by device for those that
 * are not connected ones.
 */
#include <linux/rtnetlink.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "kernel_distance.h"
#include "kernel_paths.h"
#include "policy.h"
#include "../lib/memory.h"

/**
 * ecmp_kernel_distance_default - distance of a protocol's routes
 * @protocol: RTPROT_*
 *
 * Return: 0 to 200, RouterOS's distances.
 * Context: any.
 */
u8 ecmp_kernel_distance_default(u8 protocol)
{
	switch (protocol) {
	case RTPROT_KERNEL:
		return 0;
	case RTPROT_BOOT:
	case RTPROT_STATIC:
	case RTPROT_DHCP:
	case RTPROT_RA:
		return 1;
	case RTPROT_BGP:
		return 20;
	case RTPROT_OSPF:
		return 110;
	case RTPROT_ISIS:
		return 115;
	case RTPROT_RIP:
		return 120;
	default:
		return 200;
	}
}

/**
 * ecmp_kernel_distances_init - the distances that nobody has changed
 * @config: configuration
 *
 * Context: en->lock.
 */
void ecmp_kernel_distances_init(struct ecmp_config *config)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(config->protocol_distance); i++)
		config->protocol_distance[i] = ecmp_kernel_distance_default(i);
	INIT_LIST_HEAD(&config->device_distances);
}

/**
 * ecmp_kernel_distances_exit - undo ecmp_kernel_distances_init()
 * @config: configuration without kernel routes
 *
 * Context: process, en->lock.
 */
void ecmp_kernel_distances_exit(struct ecmp_config *config)
{
	struct ecmp_device_distance *d, *next;

	list_for_each_entry_safe(d, next, &config->device_distances, list)
		kfree(d);
}

/* That of @device, or the one that it would be before. */
static struct ecmp_device_distance *
ecmp_device_distance_find(const struct ecmp_config *config, const char *device,
			  bool *found)
{
	struct ecmp_device_distance *d;
	int cmp;

	*found = false;
	list_for_each_entry(d, &config->device_distances, list) {
		cmp = strcmp(d->device, device);
		*found = !cmp;
		if (cmp >= 0)
			return d;
	}
	return NULL;
}

static unsigned int ecmp_device_distances(const struct ecmp_config *config)
{
	const struct list_head *at;
	unsigned int n = 0;

	list_for_each(at, &config->device_distances)
		n++;
	return n;
}

/**
 * ecmp_kernel_distance - distance of a kernel route by one of its next hops
 * @config: whose settings count
 * @leg: the next hop
 *
 * Return: 0 to 255; ECMP_DISTANCE_UNUSED: the route is never used.
 * Context: en->lock.
 */
u8 ecmp_kernel_distance(const struct ecmp_config *config,
			const struct ecmp_kernel_leg *leg)
{
	struct ecmp_device_distance *d;
	bool found;

	if (leg->nexthop && leg->protocol != RTPROT_KERNEL &&
	    !list_empty(&config->device_distances)) {
		d = ecmp_device_distance_find(config, leg->nexthop->key.device,
					      &found);
		if (found)
			return d->distance;
	}
	return config->protocol_distance[leg->protocol];
}

/**
 * ecmp_distance_is_of - may the distance of a kernel route be another now?
 * @leg: one of its next hops
 * @of: whose distance changed
 *
 * Context: en->lock.
 */
bool ecmp_distance_is_of(const struct ecmp_kernel_leg *leg,
			 const struct ecmp_distance_of *of)
{
	if (!of->device)
		return leg->protocol == of->protocol;
	return leg->nexthop && !strcmp(leg->nexthop->key.device, of->device);
}

/**
 * ecmp_kernel_is_default - does a kernel route make its next hop an uplink?
 * @entry: its prefix
 * @leg: the next hop
 *
 * One that is never used does not.
 *
 * Context: en->lock.
 */
bool ecmp_kernel_is_default(const struct ecmp_entry *entry,
			    const struct ecmp_kernel_leg *leg)
{
	return !entry->node.len &&
	       ecmp_kernel_distance(entry->table->config, leg) !=
	       ECMP_DISTANCE_UNUSED;
}

/*
 * For each next hop of the kernel's default routes: @n 0 notes whether it makes
 * an uplink; else it is counted by @n if it does @now, and did or does not.
 */
static void ecmp_kernel_uplinks(struct ecmp_config *config, bool now, int n)
{
	static const u8 families[] = { AF_INET, AF_INET6 };
	const struct ecmp_prefix all = {};
	struct ecmp_kernel_leg *leg;
	struct ecmp_entry *entry;
	struct ecmp_table *table;
	unsigned int i, k;
	bool is;

	list_for_each_entry(table, &config->tables, list) {
		for (i = 0; table->kernel_id && i < ARRAY_SIZE(families); i++) {
			entry = ecmp_entry_find(table, families[i], &all);
			for (k = 0; entry && entry->kernel &&
			     k < entry->kernel->n; k++) {
				leg = &entry->kernel->leg[k];
				is = ecmp_kernel_is_default(entry, leg);
				if (!n)
					leg->was_default = is;
				else if (leg->nexthop && is == now &&
					 leg->was_default != now)
					ecmp_nexthop_count_default(leg->nexthop,
								   config, n);
			}
		}
	}
}

/*
 * Let packets see the distances that changed since ecmp_kernel_uplinks() noted
 * what there was. What begins to be an uplink is one before packets are sent
 * there, and what ends to be one is until none are.
 */
static int ecmp_distances_publish(struct ecmp_config *config,
				  const struct ecmp_distance_of *of)
{
	int err;

	ecmp_kernel_uplinks(config, true, 1);
	err = ecmp_kernel_paths_publish(config, of);
	if (err)
		ecmp_kernel_uplinks(config, true, -1);
	else
		ecmp_kernel_uplinks(config, false, -1);
	return err;
}

/* Undo what could not be published as a whole; what is left is tried again. */
static int ecmp_distances_undone(struct ecmp_config *config,
				 const struct ecmp_distance_of *of,
				 const struct ecmp_request *req)
{
	ecmp_kernel_paths_publish(config, of);
	return ecmp_no_memory(req);
}

/**
 * ecmp_kernel_distance_protocol - set the distance of a protocol's routes
 * @config: configuration
 * @protocol: RTPROT_*
 * @distance: 0-255, or -1: as if it never had been set
 * @req: who asks
 *
 * Return: 0, or -ENOMEM with nothing changed.
 * Context: process, en->lock.
 */
int ecmp_kernel_distance_protocol(struct ecmp_config *config, u8 protocol,
				  int distance,
				  const struct ecmp_request *req)
{
	const struct ecmp_distance_of of = { .protocol = protocol };
	u8 before = config->protocol_distance[protocol];

	ecmp_kernel_uplinks(config, false, 0);
	config->protocol_distance[protocol] = distance < 0 ?
		ecmp_kernel_distance_default(protocol) : distance;
	if (!ecmp_distances_publish(config, &of))
		return 0;
	config->protocol_distance[protocol] = before;
	return ecmp_distances_undone(config, &of, req);
}

/**
 * ecmp_kernel_distance_device - set the distance of the routes by a device
 * @config: configuration
 * @device: name; it need not exist
 * @distance: 0-255, or -1: that of the protocol again
 * @req: who asks
 *
 * Connected routes keep theirs.
 *
 * Return: 0, or -ENOMEM with nothing changed.
 * Context: process, en->lock.
 */
int ecmp_kernel_distance_device(struct ecmp_config *config, const char *device,
				int distance, const struct ecmp_request *req)
{
	struct ecmp_device_distance *d, *new = NULL, *old = NULL;
	const struct ecmp_distance_of of = { .device = device };
	struct list_head *before;
	bool found;
	int err;

	d = ecmp_device_distance_find(config, device, &found);
	before = d ? &d->list : &config->device_distances;
	if (found) {
		old = d;
		before = d->list.next;
	} else if (distance < 0) {
		return 0;
	} else if (ecmp_device_distances(config) >= ECMP_DEVICE_DISTANCES_MAX) {
		return ecmp_refuse(req, ECMP_A_SETTINGS_DISTANCE, -ENOSPC,
				   "1024 devices have a distance already: first give one of them the default");
	}
	ecmp_kernel_uplinks(config, false, 0);
	if (distance >= 0) {
		new = kzalloc(sizeof(*new), ECMP_GFP);
		if (!new)
			return ecmp_no_memory(req);
		strscpy(new->device, device, sizeof(new->device));
		new->distance = distance;
		list_add_tail(&new->list, before);
	}
	if (old)
		list_del(&old->list);
	err = ecmp_distances_publish(config, &of);
	if (err) {
		swap(old, new);
		if (new)
			list_add_tail(&new->list, before);
		if (old)
			list_del(&old->list);
		err = ecmp_distances_undone(config, &of, req);
	}
	kfree(old);
	return err;
}
