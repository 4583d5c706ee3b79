// SPDX-License-Identifier: GPL-2.0
/*
 * The numbers of uplinks: given one after the other, or fixed, so that routers
 * which know each other's connections give the same.
 */
#include <linux/bitmap.h>
#include <linux/bitops.h>
#include <linux/module.h>
#include <net/netfilter/nf_conntrack.h>

#include "nexthop.h"
#include "policy.h"
#include "uplink.h"
#include "../netns.h"

static unsigned int ecmp_pin_max(u32 mask)
{
	u32 ones = mask ? mask >> __ffs(mask) : 0;

	return min_t(u32, ones, ECMP_PINS_MAX);
}

static void ecmp_pin_set(struct ecmp_nexthop *nh, u8 pin)
{
	WRITE_ONCE(nh->pin, pin);
	rcu_assign_pointer(nh->en->uplinks.pinned[pin], nh);
}

/**
 * ecmp_pin_give - give a next hop a pin
 * @nh: next hop without one
 *
 * The one that it had before. Else the next one: a pin that was given back is
 * given again only when all the others were, so that a connection of the past
 * does not soon mean somebody else. The one that is fixed for it comes with
 * ecmp_uplinks_number().
 *
 * Return: whether there was one left; else its connections are not pinned.
 * Context: en->lock.
 */
bool ecmp_pin_give(struct ecmp_nexthop *nh)
{
	struct ecmp_uplinks *up = &nh->en->uplinks;
	unsigned int i, pin = ecmp_past_pin(nh);

	lockdep_assert_held(&nh->en->lock);
	if (pin) {
		ecmp_pin_set(nh, pin);
		return true;
	}
	for (i = 0; i < up->pin_max; i++) {
		pin = (up->last_pin + i) % up->pin_max + 1;
		if (rcu_access_pointer(up->pinned[pin]))
			continue;
		up->last_pin = pin;
		ecmp_pin_set(nh, pin);
		return true;
	}
	return false;
}

/**
 * ecmp_pin_take - take a next hop's pin from it
 * @nh: next hop; it may have none
 *
 * Context: en->lock.
 */
void ecmp_pin_take(struct ecmp_nexthop *nh)
{
	lockdep_assert_held(&nh->en->lock);
	if (nh->pin) {
		ecmp_past_note(nh);
		RCU_INIT_POINTER(nh->en->uplinks.pinned[nh->pin], NULL);
	}
	WRITE_ONCE(nh->pin, 0);
}

/**
 * ecmp_pin_mask_ok - can pins be kept in these bits?
 * @mask: of the conntrack mark; 0: nowhere
 *
 * Return: whether @mask is 0 or at least two bits side by side.
 * Context: any.
 */
bool ecmp_pin_mask_ok(u32 mask)
{
	u32 ones = mask ? mask >> __ffs(mask) : 0;

	return !mask || (ones >= 3 && !(ones & (ones + 1)));
}

/**
 * ecmp_pins_fit - is there room for all pins that are fixed?
 * @config: configuration
 * @mask: see ecmp_pin_mask_ok()
 *
 * Context: en->lock.
 */
bool ecmp_pins_fit(const struct ecmp_config *config, u32 mask)
{
	const struct ecmp_nexthop *nh;

	lockdep_assert_held(&config->en->lock);
	list_for_each_entry(nh, &config->en->nexthop_list, list)
		if (nh->pin_fixed[config->slot] > ecmp_pin_max(mask))
			return false;
	return true;
}

static const struct ecmp_nexthop *
ecmp_pin_fixed_for(const struct ecmp_config *config, u8 pin)
{
	const struct ecmp_nexthop *nh;

	list_for_each_entry(nh, &config->en->nexthop_list, list)
		if (nh->pin_fixed[config->slot] == pin)
			return nh;
	return NULL;
}

/**
 * ecmp_pin_fix - fix the pin of a next hop
 * @config: in this configuration; a live one follows at once
 * @nh: next hop; a route need not use it
 * @pin: the pin; 0: any, as for others
 * @req: who asks
 *
 * Return: 0, or a negative errno with nothing changed.
 * Context: process, en->lock; the caller holds a reference to @nh.
 */
int ecmp_pin_fix(struct ecmp_config *config, struct ecmp_nexthop *nh, u8 pin,
		 const struct ecmp_request *req)
{
	const u32 mask = config->settings.pin_mask;
	const struct ecmp_nexthop *owner;

	lockdep_assert_held(&config->en->lock);
	if (pin > ecmp_pin_max(mask))
		return ecmp_refuse(req, ECMP_A_NEXTHOP_PIN_ID, -ERANGE,
				   "the pin-mask has no room for this pin-id: take a smaller one, or widen the pin-mask first");
	owner = pin ? ecmp_pin_fixed_for(config, pin) : NULL;
	if (owner && owner != nh)
		return ecmp_refuse(req, ECMP_A_NEXTHOP_PIN_ID, -EBUSY,
				   "another next hop has this pin-id: take another one, or first set pin-id auto for that");
	if (pin && !nh->pin_fixed[config->slot])
		nh->refs++;
	if (!pin && nh->pin_fixed[config->slot])
		ecmp_nexthop_put(nh);
	nh->pin_fixed[config->slot] = pin;
	if (pin)
		ecmp_uplink_add(nh);
	if (config->live)
		ecmp_uplinks_number(config->en, mask);
	return 0;
}

/**
 * ecmp_pins_slot_free - a configuration ends: it fixes no pin
 * @nh: next hop; gone afterwards if nobody else holds it
 * @slot: of the configuration
 *
 * Context: en->lock.
 */
void ecmp_pins_slot_free(struct ecmp_nexthop *nh, u8 slot)
{
	if (!nh->pin_fixed[slot])
		return;
	nh->pin_fixed[slot] = 0;
	ecmp_nexthop_put(nh);
}

/**
 * struct ecmp_pins_ended - pins that mean nobody any more
 * @mask: where connections have them
 * @pin: one bit for each
 */
struct ecmp_pins_ended {
	u32	mask;
	DECLARE_BITMAP(pin, ECMP_PINS_MAX + 1);
};

#if IS_ENABLED(CONFIG_NF_CONNTRACK_MARK)
/* Return: 0, the connection goes on. */
static int ecmp_pin_forget(struct nf_conn *ct, void *data)
{
	const struct ecmp_pins_ended *ended = data;
	u32 mark = READ_ONCE(ct->mark), was, pin;

	for (;; mark = was) {
		pin = (mark & ended->mask) >> __ffs(ended->mask);
		if (pin > ECMP_PINS_MAX || !test_bit(pin, ended->pin))
			return 0;
		was = cmpxchg(&ct->mark, mark, mark & ~ended->mask);
		if (was == mark)
			return 0;
	}
}
#endif

/*
 * Before pins mean somebody else. No packet remembers them from now on; those
 * that are on their way have left. A connection that is translated finds its
 * uplink again by the address that it has.
 */
static void ecmp_pins_forget(struct ecmp_net *en, struct ecmp_pins_ended *ended)
{
#if IS_ENABLED(CONFIG_NF_CONNTRACK_MARK)
	const struct nf_ct_iter_data iter = { .net = en->net, .data = ended };
	typeof(&nf_ct_iterate_cleanup_net) walk;

	if (!ended->mask || bitmap_empty(ended->pin, ECMP_PINS_MAX + 1))
		return;
	walk = symbol_get(nf_ct_iterate_cleanup_net);
	if (!walk)	/* nothing tracks connections */
		return;
	synchronize_net();
	walk(ecmp_pin_forget, &iter);
	symbol_put(nf_ct_iterate_cleanup_net);
#endif
}

/*
 * Take the pins that are not to be kept, and tell which they were. Connections
 * of an uplink that is gone may still have one that is fixed now.
 */
static void ecmp_pins_end(struct ecmp_net *en, bool all, unsigned long *ended)
{
	struct ecmp_uplinks *up = &en->uplinks;
	struct ecmp_nexthop *nh, *other;
	u8 pin;

	list_for_each_entry(nh, &up->list, uplink) {
		pin = nh->pin_fixed[en->slot];
		if (nh->pin && (all || (pin && pin != nh->pin))) {
			__set_bit(nh->pin, ended);
			ecmp_pin_take(nh);
		}
		if (!pin || pin == nh->pin)
			continue;
		__set_bit(pin, ended);
		other = rcu_dereference_protected(up->pinned[pin], true);
		if (other)
			ecmp_pin_take(other);
	}
}

/**
 * ecmp_uplinks_number - number the uplinks as it is configured
 * @en: namespace
 * @mask: see ecmp_pin_mask_ok()
 *
 * With another mask connections forget their uplinks, and if it has another
 * size these are numbered anew. Else those whose number is fixed get
 * it, whoever had it before, and only connections of uplinks whose number
 * changes forget it.
 *
 * Context: process, en->lock.
 */
void ecmp_uplinks_number(struct ecmp_net *en, u32 mask)
{
	struct ecmp_pins_ended ended = { .mask = mask };
	struct ecmp_uplinks *up = &en->uplinks;
	unsigned int max = ecmp_pin_max(mask);
	bool all = max != up->pin_max;
	struct ecmp_nexthop *nh;

	lockdep_assert_held(&en->lock);
	ecmp_pins_end(en, all, ended.pin);
	/* Its bits may be those of the mask before, and mean others there. */
	if (mask != up->mask)
		bitmap_set(ended.pin, 1, ECMP_PINS_MAX);
	up->mask = mask;
	if (all) {
		ecmp_past_forget(en);
		up->pin_max = max;
		up->last_pin = 0;
	}
	ecmp_pins_forget(en, &ended);
	list_for_each_entry(nh, &up->list, uplink)
		if (nh->pin_fixed[en->slot] && !nh->pin)
			ecmp_pin_set(nh, nh->pin_fixed[en->slot]);
	/* None left for one is none left for the others. */
	list_for_each_entry(nh, &up->list, uplink)
		if (!nh->pin && !ecmp_pin_give(nh))
			break;
}

/**
 * ecmp_uplinks_unpinned - how many uplinks got no pin
 * @en: namespace
 *
 * Return: their number; 0 if no pins are kept at all.
 * Context: en->lock.
 */
unsigned int ecmp_uplinks_unpinned(const struct ecmp_net *en)
{
	const struct ecmp_nexthop *nh;
	unsigned int n = 0;

	lockdep_assert_held(&en->lock);
	if (!en->uplinks.pin_max)
		return 0;
	list_for_each_entry(nh, &en->uplinks.list, uplink)
		n += !nh->pin && nh->defaults[en->slot];
	return n;
}
