// SPDX-License-Identifier: GPL-2.0
/*
 * The numbers of uplinks: given one after the other, or fixed, so that routers
 * which know each other's connections give the same.
 */
#include <linux/bitmap.h>
#include <linux/bitops.h>

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
	struct ecmp_uplinks *up = &nh->en->uplinks;

	__set_bit(pin, up->used);
	WRITE_ONCE(nh->pin, pin);
	rcu_assign_pointer(up->pinned[pin], nh);
}

/* Nobody has them; connections of next hops that are gone may. */
static void ecmp_pins_reclaim(struct ecmp_net *en)
{
	struct ecmp_uplinks *up = &en->uplinks;
	unsigned int pin;

	for (pin = 1; pin <= up->pin_max; pin++)
		if (!rcu_access_pointer(up->pinned[pin]) &&
		    !test_bit(pin, up->ended)) {
			__set_bit(pin, up->ended);
			ecmp_pins_ended(en);
		}
}

/**
 * ecmp_pin_give - give a next hop a pin
 * @nh: next hop without one
 *
 * The one that it had before. Else one that nobody had: when there is none left
 * connections forget those that are nobody's now, and it gets one of these
 * later. The one that is fixed for it comes with ecmp_uplinks_number().
 *
 * Return: whether it has one now; until then its connections are not pinned.
 * Context: en->lock.
 */
bool ecmp_pin_give(struct ecmp_nexthop *nh)
{
	struct ecmp_uplinks *up = &nh->en->uplinks;
	unsigned int pin = ecmp_past_pin(nh);

	lockdep_assert_held(&nh->en->lock);
	if (!pin)
		pin = find_next_zero_bit(up->used, up->pin_max + 1, 1);
	if (pin <= up->pin_max) {
		ecmp_pin_set(nh, pin);
		return true;
	}
	ecmp_pins_reclaim(nh->en);
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
		ecmp_uplinks_number(config->en);
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

/*
 * A pin, whoever has it, is to mean somebody else: connections forget it first.
 * Packets that find it nobody's go by the address that theirs is translated to.
 */
static void ecmp_pin_retire(struct ecmp_net *en, u8 pin)
{
	struct ecmp_uplinks *up = &en->uplinks;
	struct ecmp_nexthop *nh;

	__set_bit(pin, up->used);
	__set_bit(pin, up->ended);
	nh = rcu_dereference_protected(up->pinned[pin],
				       lockdep_is_held(&en->lock));
	if (nh)
		ecmp_pin_take(nh);
	ecmp_pins_ended(en);
}

/*
 * Take the pins that are not to be kept. Connections of an uplink that is gone
 * may still have one that is fixed now.
 */
static void ecmp_pins_end(struct ecmp_net *en)
{
	struct ecmp_uplinks *up = &en->uplinks;
	struct ecmp_nexthop *nh;
	u8 pin;

	list_for_each_entry(nh, &up->list, uplink) {
		pin = nh->pin_fixed[en->slot];
		if (!pin || pin == nh->pin)
			continue;
		/* It waits for that already. */
		if (!nh->pin && test_bit(pin, up->ended))
			continue;
		if (nh->pin)
			ecmp_pin_retire(en, nh->pin);
		ecmp_pin_retire(en, pin);
	}
}

/**
 * ecmp_pins_deal - give pins to uplinks that have none
 * @en: namespace
 *
 * The others wait for what is forgotten, or for a pin that is given back.
 *
 * Context: en->lock.
 */
void ecmp_pins_deal(struct ecmp_net *en)
{
	struct ecmp_uplinks *up = &en->uplinks;
	struct ecmp_nexthop *nh;
	u8 pin;

	list_for_each_entry(nh, &up->list, uplink) {
		pin = nh->pin_fixed[en->slot];
		if (pin && !nh->pin && !test_bit(pin, up->ended))
			ecmp_pin_set(nh, pin);
	}
	/* None left for one is none left for the others. */
	list_for_each_entry(nh, &up->list, uplink)
		if (!nh->pin && !nh->pin_fixed[en->slot] && !ecmp_pin_give(nh))
			break;
}

/**
 * ecmp_pins_move - before packets read pins by a policy: where is that?
 * @en: namespace
 * @mask: of the policy, see ecmp_pin_mask_ok()
 *
 * The bits of another mask are those of the mask before, or others', and mean
 * nothing: until connections have forgotten them no pin is anybody's. Uplinks
 * then get the ones that they had, or if the mask has another size are numbered
 * anew.
 *
 * Context: en->lock; the policy is published afterwards, and for certain.
 */
void ecmp_pins_move(struct ecmp_net *en, u32 mask)
{
	struct ecmp_uplinks *up = &en->uplinks;
	unsigned int pin, max = ecmp_pin_max(mask);

	lockdep_assert_held(&en->lock);
	if (mask == up->mask)
		return;
	for (pin = 1; pin <= ECMP_PINS_MAX; pin++)
		ecmp_pin_retire(en, pin);
	up->mask = mask;
	if (max == up->pin_max)
		return;
	ecmp_past_forget(en);
	up->pin_max = max;
}

/**
 * ecmp_uplinks_number - number the uplinks as it is configured
 * @en: namespace
 *
 * Those whose number is fixed get it, whoever had it before, and connections of
 * uplinks whose number changes forget it. What is to be forgotten first is given
 * by ecmp_pins_forgotten(), soon; ecmp_uplinks_settle() waits for that.
 *
 * Context: process, en->lock.
 */
void ecmp_uplinks_number(struct ecmp_net *en)
{
	lockdep_assert_held(&en->lock);
	ecmp_pins_end(en);
	ecmp_pins_deal(en);
}

/**
 * ecmp_pins_to_forget - which pins are connections to forget?
 * @en: namespace
 * @pins: which, and where connections have them
 *
 * Nobody has one of them before ecmp_pins_forgotten() says so.
 *
 * Return: whether there are any.
 * Context: process; takes en->lock.
 */
bool ecmp_pins_to_forget(struct ecmp_net *en, struct ecmp_pins *pins)
{
	struct ecmp_uplinks *up = &en->uplinks;
	bool any;

	mutex_lock(&en->lock);
	pins->mask = up->mask;
	bitmap_copy(pins->pin, up->ended, ECMP_PINS_MAX + 1);
	any = !bitmap_empty(pins->pin, ECMP_PINS_MAX + 1);
	mutex_unlock(&en->lock);
	return any;
}

/**
 * ecmp_pins_forgotten - no connection has these pins any more
 * @en: namespace
 * @pins: as ecmp_pins_to_forget() told them, before it was looked
 *
 * They are given to those that wait. If they are elsewhere by now, nothing is
 * known of them there.
 *
 * Context: process; takes en->lock.
 */
void ecmp_pins_forgotten(struct ecmp_net *en, const struct ecmp_pins *pins)
{
	struct ecmp_uplinks *up = &en->uplinks;

	mutex_lock(&en->lock);
	if (pins->mask == up->mask) {
		bitmap_andnot(up->ended, up->ended, pins->pin,
			      ECMP_PINS_MAX + 1);
		bitmap_andnot(up->used, up->used, pins->pin,
			      ECMP_PINS_MAX + 1);
		ecmp_pins_deal(en);
	}
	mutex_unlock(&en->lock);
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
	/* What connections are to forget goes to those that have none. */
	if (!en->uplinks.pin_max ||
	    !bitmap_empty(en->uplinks.ended, ECMP_PINS_MAX + 1))
		return 0;
	list_for_each_entry(nh, &en->uplinks.list, uplink)
		n += !nh->pin && nh->defaults[en->slot];
	return n;
}
