// SPDX-License-Identifier: GPL-2.0
/*
 * Who is checked: one probe for each next hop that a route of the live
 * configuration asks to check. What it finds out decides, in process context,
 * whether the next hop is alive.
 */
#include <linux/memcontrol.h>
#include <linux/random.h>
#include <linux/sched/mm.h>

#include "check.h"
#include "device.h"
#include "probe.h"
#include "../fib/policy.h"
#include "../fib/route.h"
#include "../netns.h"

static void ecmp_check_params(const struct ecmp_nexthop *nh,
			      struct ecmp_probe_params *params)
{
	const struct ecmp_settings *s = &nh->en->config->settings;
	const struct ecmp_addr *source = ecmp_check_source(nh);

	*params = (struct ecmp_probe_params) {
		.interval = s->check_interval,
		.timeout = s->check_timeout,
		.count = s->check_count,
		.up_count = s->check_up_count,
	};
	if (source)
		params->source = *source;
}

static void ecmp_check_end(struct ecmp_nexthop *nh)
{
	struct ecmp_probe *p = nh->probe;

	nh->probe = NULL;
	ecmp_probe_stop(p);
}

/* One whose check is another now stays dead until it is answered. */
static int ecmp_check_begin(struct ecmp_nexthop *nh,
			    const struct ecmp_check *check,
			    const struct ecmp_probe_params *params)
{
	struct ecmp_probe *p = ecmp_probe_start(nh, check, params);

	if (IS_ERR(p))
		return PTR_ERR(p);
	nh->probe = p;
	return 0;
}

/* Bring the probe of a next hop, which is held, in step. */
static int ecmp_check_update(struct ecmp_nexthop *nh)
{
	const struct ecmp_check *check = ecmp_check_of(nh);
	struct ecmp_probe_params params;
	bool changed = false;
	int err = 0;

	ecmp_check_params(nh, &params);
	if (nh->probe &&
	    !ecmp_check_equal(ecmp_probe_check(nh->probe), check)) {
		ecmp_check_end(nh);
		changed = true;
	}
	if (nh->probe) {
		ecmp_probe_tune(nh->probe, &params);
	} else if (check) {
		err = ecmp_check_begin(nh, check, &params);
		changed = true;
	}
	/* Nobody asks any more: nothing proves it dead. */
	if (!check && nh->failed) {
		ecmp_nexthop_fail(nh, false);
		changed = true;
	}
	if (changed)
		ecmp_nexthop_changed(nh);
	return err;
}

/**
 * ecmp_checks_update - check what the live configuration asks to check
 * @en: namespace
 *
 * A probe whose check is the same goes on undisturbed.
 *
 * Context: process, en->lock.
 */
void ecmp_checks_update(struct ecmp_net *en)
{
	struct ecmp_nexthop *nh, *tmp;
	struct mem_cgroup *before;
	bool failed = false;

	lockdep_assert_held(&en->lock);
	if (!en->checks_changed || en->stopped)
		return;
	before = set_active_memcg(en->checks_memcg);
	list_for_each_entry_safe(nh, tmp, &en->nexthop_list, list) {
		struct ecmp_nexthop *held = ecmp_nexthop_get(en, &nh->key);

		failed |= ecmp_check_update(held);
		ecmp_nexthop_put(held);
	}
	set_active_memcg(before);
	ecmp_answers_trim(en);
	en->checks_changed = failed;
	if (failed)
		ecmp_net_retry(en);
}

/* What the probes found out. */
static void ecmp_checks_apply(struct ecmp_net *en)
{
	struct ecmp_nexthop *nh;
	bool failed;

	list_for_each_entry(nh, &en->nexthop_list, list) {
		if (!nh->probe)
			continue;
		failed = ecmp_probe_failed(nh->probe);
		if (failed != nh->failed && ecmp_nexthop_fail(nh, failed))
			ecmp_nexthop_changed(nh);
	}
}

static void ecmp_checks_work(struct work_struct *work)
{
	struct ecmp_net *en = container_of(work, struct ecmp_net, checks);

	mutex_lock(&en->lock);
	ecmp_checks_update(en);
	ecmp_checks_apply(en);
	mutex_unlock(&en->lock);
}

/**
 * ecmp_checks_init - prepare a new namespace
 * @en: namespace
 *
 * Context: process.
 */
void ecmp_checks_init(struct ecmp_net *en)
{
	INIT_WORK(&en->checks, ecmp_checks_work);
	hash_init(en->probes);
	get_random_bytes(&en->probe_key, sizeof(en->probe_key));
}

/**
 * ecmp_checks_stop - the namespace ends, or the module goes: check nothing
 * @en: namespace
 *
 * When this returns no timer runs and no answer is awaited, and nothing
 * begins again.
 *
 * Context: process, en->lock; the other hooks are gone.
 */
void ecmp_checks_stop(struct ecmp_net *en)
{
	struct ecmp_nexthop *nh, *tmp;

	lockdep_assert_held(&en->lock);
	en->stopped = true;
	list_for_each_entry_safe(nh, tmp, &en->nexthop_list, list)
		if (nh->probe)
			ecmp_check_end(nh);
	ecmp_answers_trim(en);
	WARN_ON_ONCE(en->probe_hooks);
	mem_cgroup_put(en->checks_memcg);
	en->checks_memcg = NULL;
}
