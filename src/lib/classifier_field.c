// SPDX-License-Identifier: GPL-2.0
/*
 * Compilation of the bit vectors, as far as it is about one field: which rules
 * name it, in the order of its values; a vector for each value that makes a
 * difference; and what leads from a flow's value to the vector.
 */
#include <linux/types.h>
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/log2.h>
#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/overflow.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/socket.h>
#include <linux/sort.h>
#include "classifier_build.h"

#define PORTS	65536u

static const struct ecmp_prefix *
prefix_of(const struct ecmp_match *m, enum ecmp_rule_field_kind kind)
{
	return kind == ECMP_RULE_FROM ? &m->from : &m->to;
}

/* A longer prefix serves IPv4 as the host, if it can match there at all. */
static u8 prefix_len(const struct ecmp_prefix *p, u8 family)
{
	return family == AF_INET6 ? p->len : min_t(u8, p->len, 32);
}

static bool prefix_possible(const struct ecmp_prefix *p, u8 family)
{
	return family == AF_INET6 ||
	       !(p->addr.w[1] || p->addr.w[2] || p->addr.w[3]);
}

static bool is_port(enum ecmp_rule_field_kind kind)
{
	return kind == ECMP_RULE_SPORT || kind == ECMP_RULE_DPORT;
}

static bool is_prefix(enum ecmp_rule_field_kind kind)
{
	return kind == ECMP_RULE_FROM || kind == ECMP_RULE_TO;
}

static u32 first_port(const struct ecmp_match *m,
		      enum ecmp_rule_field_kind kind)
{
	return kind == ECMP_RULE_SPORT ? m->sport_min : m->dport_min;
}

static u32 last_port(const struct ecmp_match *m,
		     enum ecmp_rule_field_kind kind)
{
	return kind == ECMP_RULE_SPORT ? m->sport_max : m->dport_max;
}

/**
 * ecmp_rule_field_possible - can a rule match a packet of a family
 * @m: the rule
 * @family: AF_INET or AF_INET6
 */
bool ecmp_rule_field_possible(const struct ecmp_match *m, u8 family)
{
	if (m->family && m->family != family)
		return false;
	if (m->fields & ECMP_MATCH_FROM && !prefix_possible(&m->from, family))
		return false;
	if (m->fields & ECMP_MATCH_TO && !prefix_possible(&m->to, family))
		return false;
	if (m->fields & ECMP_MATCH_MARK && m->mark & ~m->mark_mask)
		return false;
	if (m->fields & ECMP_MATCH_SPORT && m->sport_min > m->sport_max)
		return false;
	return !(m->fields & ECMP_MATCH_DPORT && m->dport_min > m->dport_max);
}

/**
 * ecmp_rule_field_named - does a rule name a field
 * @field: with its kind and mask
 * @m: the rule; one that names every value does not name the field
 */
bool ecmp_rule_field_named(const struct ecmp_rule_field *field,
			   const struct ecmp_match *m)
{
	switch (field->kind) {
	case ECMP_RULE_FROM:
		return m->fields & ECMP_MATCH_FROM && m->from.len;
	case ECMP_RULE_TO:
		return m->fields & ECMP_MATCH_TO && m->to.len;
	case ECMP_RULE_DPORT:
		return m->fields & ECMP_MATCH_DPORT;
	case ECMP_RULE_SPORT:
		return m->fields & ECMP_MATCH_SPORT;
	case ECMP_RULE_MARK:
		return m->fields & ECMP_MATCH_MARK &&
		       m->mark_mask == field->mask;
	case ECMP_RULE_IIF:
		return m->fields & ECMP_MATCH_IIF;
	case ECMP_RULE_PROTO:
		return m->fields & ECMP_MATCH_PROTO;
	case ECMP_RULE_DSCP:
		return m->fields & ECMP_MATCH_DSCP;
	}
	return false;
}

static u32 value_of(const struct ecmp_match *m, enum ecmp_rule_field_kind kind)
{
	switch (kind) {
	case ECMP_RULE_MARK:
		return m->mark;
	case ECMP_RULE_IIF:
		return m->iif;
	case ECMP_RULE_PROTO:
		return m->proto;
	default:
		return m->dscp;
	}
}

/* Sorting */

static int item_cmp(const void *a, const void *b)
{
	const u64 *x = a, *y = b;

	return *x < *y ? -1 : *x > *y;
}

/* What prefix_cmp() has to know beside the two items. */
struct prefix_order {
	const struct ecmp_match *match;
	enum ecmp_rule_field_kind kind;
	u8 family;
};

/* Shorter prefixes before those that they hold. */
static int prefix_cmp(const void *a, const void *b, const void *priv)
{
	const struct prefix_order *o = priv;
	const u64 *x = a, *y = b;
	const struct ecmp_prefix *p = prefix_of(&o->match[*x], o->kind);
	const struct ecmp_prefix *q = prefix_of(&o->match[*y], o->kind);
	int d = memcmp(&p->addr, &q->addr, sizeof(p->addr));

	if (!d)
		d = (int)prefix_len(p, o->family) -
		    (int)prefix_len(q, o->family);
	return d ?: item_cmp(a, b);
}

/* Items @a and @b name the same value. */
static bool is_same(const struct ecmp_rule_build *b, unsigned int field,
		    unsigned int x, unsigned int y)
{
	enum ecmp_rule_field_kind kind = b->f->field[field].kind;
	const u64 *item = b->items[field].item;
	const struct ecmp_prefix *p, *q;

	if (!is_prefix(kind))
		return item[x] >> 32 == item[y] >> 32;
	p = prefix_of(&b->match[item[x]], kind);
	q = prefix_of(&b->match[item[y]], kind);
	return ecmp_addr_equal(&p->addr, &q->addr) &&
	       prefix_len(p, b->family) == prefix_len(q, b->family);
}

/* The first item after @x that names another value. */
static unsigned int next_value(const struct ecmp_rule_build *b,
			       unsigned int field, unsigned int x)
{
	unsigned int y = x + 1;

	while (y < b->items[field].n && is_same(b, field, x, y))
		y++;
	return y;
}

static unsigned int count_values(const struct ecmp_rule_build *b,
				 unsigned int field)
{
	unsigned int x, count = 0;

	for (x = 0; x < b->items[field].n; x = next_value(b, field, x))
		count++;
	return count;
}

/*
 * The rules of items @x to @end - 1, all of one value, may have their key in
 * @field. The cost of that is the number of rules in the field whose value lies
 * within theirs: so many flows, as far as rules tell what flows there are, will
 * have to be compared with them.
 */
static void offer_key(struct ecmp_rule_build *b, unsigned int field,
		      unsigned int x, unsigned int end, u32 cost)
{
	u32 rule;

	for (; x < end; x++) {
		rule = lower_32_bits(b->items[field].item[x]);
		if (b->key[rule] != ECMP_RULE_KEY_NONE &&
		    cost >= b->cost[rule])
			continue;
		b->key[rule] = field;
		b->cost[rule] = cost;
	}
}

static void offer_values(struct ecmp_rule_build *b, unsigned int field)
{
	unsigned int x, end;

	for (x = 0; x < b->items[field].n; x = end) {
		end = next_value(b, field, x);
		offer_key(b, field, x, end, end - x);
	}
}

/* Sorted as they are, the prefixes within a prefix follow it. */
static void offer_prefixes(struct ecmp_rule_build *b, unsigned int field)
{
	enum ecmp_rule_field_kind kind = b->f->field[field].kind;
	const struct ecmp_rule_items *items = &b->items[field];
	const struct ecmp_prefix *p, *q;
	unsigned int x, end, last;

	for (x = 0; x < items->n; x = end) {
		end = next_value(b, field, x);
		p = prefix_of(&b->match[items->item[x]], kind);
		for (last = end; last < items->n; last++) {
			q = prefix_of(&b->match[items->item[last]], kind);
			if (!ecmp_prefix_match(p, &q->addr))
				break;
		}
		offer_key(b, field, x, end, last - x);
	}
}

/* Ranges that begin within a rule's. */
static int offer_ports(struct ecmp_rule_build *b, unsigned int field)
{
	enum ecmp_rule_field_kind kind = b->f->field[field].kind;
	const struct ecmp_rule_items *items = &b->items[field];
	const struct ecmp_match *m;
	u32 *begun, port, first, x;

	begun = kvcalloc(PORTS + 1, sizeof(*begun), ECMP_GFP_LARGE);
	if (!begun)
		return -ENOMEM;
	for (x = 0; x < items->n; x++) {
		m = &b->match[lower_32_bits(items->item[x])];
		first = first_port(m, kind);
		if (first == upper_32_bits(items->item[x]))
			begun[first + 1]++;
	}
	for (port = 0; port < PORTS; port++)
		begun[port + 1] += begun[port];
	for (x = 0; x < items->n; x++) {
		m = &b->match[lower_32_bits(items->item[x])];
		offer_key(b, field, x, x + 1, begun[last_port(m, kind) + 1] -
					      begun[first_port(m, kind)]);
	}
	kvfree(begun);
	return 0;
}

static void items_fill(struct ecmp_rule_build *b, unsigned int field)
{
	enum ecmp_rule_field_kind kind = b->f->field[field].kind;
	struct ecmp_rule_items *items = &b->items[field];
	const struct ecmp_match *m;
	unsigned int r, n = 0;

	for (r = 0; r < b->n; r++) {
		m = &b->match[r];
		if (b->key[r] == ECMP_RULE_EXCLUDED ||
		    !ecmp_rule_field_named(&b->f->field[field], m))
			continue;
		if (is_port(kind)) {
			items->item[n++] = (u64)first_port(m, kind) << 32 | r;
			items->item[n++] =
				((u64)last_port(m, kind) + 1) << 32 | r;
		} else if (is_prefix(kind)) {
			items->item[n++] = r;
		} else {
			items->item[n++] = (u64)value_of(m, kind) << 32 | r;
		}
	}
	items->n = n;
}

/**
 * ecmp_rule_field_sort - collect and sort the rules that name a field
 * @b: the build; its items and keys are changed
 * @i: number of the field
 *
 * Returns: 0 or -ENOMEM.
 */
int ecmp_rule_field_sort(struct ecmp_rule_build *b, unsigned int i)
{
	enum ecmp_rule_field_kind kind = b->f->field[i].kind;
	struct ecmp_rule_items *items = &b->items[i];
	struct prefix_order order = { b->match, kind, b->family };

	items->item = kvmalloc_array(b->n, is_port(kind) ? 16 : 8,
				     ECMP_GFP_LARGE);
	if (!items->item)
		return -ENOMEM;
	items_fill(b, i);
	if (is_prefix(kind))
		sort_r(items->item, items->n, sizeof(u64), prefix_cmp, NULL,
		       &order);
	else
		sort(items->item, items->n, sizeof(u64), item_cmp, NULL);
	if (is_port(kind))
		return offer_ports(b, i);
	if (is_prefix(kind))
		offer_prefixes(b, i);
	else
		offer_values(b, i);
	return 0;
}

/* Vectors */

/* Bring in rules that have their key in the field, or take them out. */
static void toggle_items(struct ecmp_rule_build *b, unsigned int field,
			 unsigned int x, unsigned int end)
{
	u32 rule;

	for (; x < end; x++) {
		rule = lower_32_bits(b->items[field].item[x]);
		if (b->key[rule] == field)
			b->bits[rule / 64] ^= BIT_ULL(rule % 64);
	}
}

/* A prefix's vector has its rules and those of the prefixes that hold it. */
static int prefix_store(struct ecmp_rule_build *b, unsigned int field,
			unsigned int x, unsigned int end,
			struct ecmp_lpm_node *node)
{
	struct ecmp_rule_field *f = &b->f->field[field];
	const struct ecmp_prefix *p =
		prefix_of(&b->match[b->items[field].item[x]], f->kind);

	while (b->depth &&
	       !ecmp_prefix_match(&b->ancestor[b->depth - 1], &p->addr))
		b->depth--;
	ecmp_rule_build_clear(b);
	if (b->depth)
		ecmp_rule_build_copy(b, b->ancestor_vec[b->depth - 1]);
	toggle_items(b, field, x, end);
	node->value = ecmp_rule_build_store(b);
	if (!node->value)
		return -ENOMEM;
	node->addr = p->addr;
	node->len = prefix_len(p, b->family);
	b->ancestor[b->depth] = ecmp_lpm_prefix(node);
	b->ancestor_vec[b->depth++] = node->value;
	return ecmp_lpm_insert(f->lpm, node);
}

static int compile_prefixes(struct ecmp_rule_build *b, unsigned int field)
{
	struct ecmp_rule_field *f = &b->f->field[field];
	unsigned int x, end, n = 0;
	int err;

	f->node = ecmp_rule_build_alloc(b, count_values(b, field),
					sizeof(*f->node));
	f->lpm = ecmp_lpm_alloc(b->family == AF_INET6 ? 128 : 32);
	if (!f->node || !f->lpm)
		return -ENOMEM;
	b->depth = 0;
	for (x = 0; x < b->items[field].n; x = end) {
		end = next_value(b, field, x);
		err = prefix_store(b, field, x, end, &f->node[n++]);
		if (err)
			return err;
		cond_resched();
	}
	err = ecmp_lpm_compile(f->lpm);
	b->memory += ecmp_lpm_memory(f->lpm);
	return err;
}

static int compile_values(struct ecmp_rule_build *b, unsigned int field)
{
	const struct ecmp_rule_items *items = &b->items[field];
	unsigned int bits = order_base_2(count_values(b, field)) + 1;
	struct ecmp_rule_hash *h;
	unsigned int x, end;
	u32 value, vec, s;

	h = ecmp_rule_build_alloc(b, 1, struct_size(h, slot, 1UL << bits));
	if (!h)
		return -ENOMEM;
	b->f->field[field].hash = h;
	h->shift = 32 - bits;
	for (x = 0; x < items->n; x = end) {
		end = next_value(b, field, x);
		ecmp_rule_build_clear(b);
		toggle_items(b, field, x, end);
		vec = ecmp_rule_build_store(b);
		if (!vec)
			return -ENOMEM;
		value = upper_32_bits(items->item[x]);
		s = ecmp_rule_hash_slot(value, h->shift);
		while (h->slot[s].vector)
			s = (s + 1) & (BIT(bits) - 1);
		h->slot[s].value = value;
		h->slot[s].vector = vec;
		cond_resched();
	}
	return 0;
}

/* Blocks of 256 ports in which a range begins or ends. */
static unsigned int count_pages(const struct ecmp_rule_items *items)
{
	unsigned int x, count = 0;
	u32 port, block, last = ~0u;

	for (x = 0; x < items->n; x++) {
		port = upper_32_bits(items->item[x]);
		block = port >> 8;
		if (port & 0xff && block != last) {
			count++;
			last = block;
		}
	}
	return count;
}

/* Ports @from to @to - 1 lead to @vec; @from grows from call to call. */
static void ports_fill(struct ecmp_rule_ports *p, u32 from, u32 to, u32 vec,
		       u32 *pages)
{
	u32 block, end;

	for (; from < to; from = end) {
		block = from >> 8;
		end = (block + 1) << 8;
		if (!(from & 0xff) && end <= to) {
			p->block[block] = vec | ECMP_RULE_SHARED;
			continue;
		}
		end = min(end, to);
		if (p->block[block] & ECMP_RULE_SHARED)
			p->block[block] = (*pages)++;
		for (; from < end; from++)
			p->page[p->block[block]][from & 0xff] = vec;
	}
}

/* Rules come and go with the ports at which their ranges begin and end. */
static int compile_ports(struct ecmp_rule_build *b, unsigned int field)
{
	const struct ecmp_rule_items *items = &b->items[field];
	unsigned int x, end, i;
	struct ecmp_rule_ports *p;
	u32 vec, port, to, pages = 0;

	p = ecmp_rule_build_alloc(b, 1, struct_size(p, page,
						    count_pages(items)));
	if (!p)
		return -ENOMEM;
	b->f->field[field].ports = p;
	for (i = 0; i < ARRAY_SIZE(p->block); i++)
		p->block[i] = ECMP_RULE_SHARED;
	ecmp_rule_build_clear(b);
	for (x = 0; x < items->n; x = end) {
		end = next_value(b, field, x);
		port = upper_32_bits(items->item[x]);
		if (port == PORTS)
			break;
		toggle_items(b, field, x, end);
		vec = ecmp_rule_build_store(b);
		if (!vec)
			return -ENOMEM;
		to = end < items->n ? upper_32_bits(items->item[end]) : PORTS;
		ports_fill(p, port, to, vec, &pages);
		cond_resched();
	}
	return 0;
}

/**
 * ecmp_rule_field_compile - make a field's vectors and what leads to them
 * @b: the build; all rules have their keys
 * @i: number of the field, sorted
 *
 * Returns: 0 or -ENOMEM; the field is then to be freed as it is.
 */
int ecmp_rule_field_compile(struct ecmp_rule_build *b, unsigned int i)
{
	enum ecmp_rule_field_kind kind = b->f->field[i].kind;

	if (is_prefix(kind))
		return compile_prefixes(b, i);
	if (is_port(kind))
		return compile_ports(b, i);
	return compile_values(b, i);
}

/**
 * ecmp_rule_field_free - free what leads to a field's vectors
 * @field: the field, compiled or not
 */
void ecmp_rule_field_free(struct ecmp_rule_field *field)
{
	ecmp_lpm_free(field->lpm);
	kvfree(field->node);
	kvfree(field->ports);
	kvfree(field->hash);
}
