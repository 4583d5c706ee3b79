/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Included before mm/percpu.c of a debug kernel.
 *
 * Memory of each processor's comes from pages that are there already: no fault
 * injection of the kernel's meets it. Here each such allocation begins with one
 * of slab memory, given back at once, and fails if that does: where the one and
 * only thing is done that pcpu_alloc_noprof() asks of its caller's context.
 */
#include <linux/sched/mm.h>
#include <linux/slab.h>

static inline bool ecmp_percpu_fails(gfp_t gfp)
{
	void *probe;

	if (!slab_is_available() || gfp & __GFP_NOFAIL)
		return false;
	probe = kmalloc(8, gfp | __GFP_NOWARN);
	kfree(probe);
	return !probe;
}

#define current_gfp_context(gfp)		\
({						\
	if (ecmp_percpu_fails(gfp))		\
		return NULL;			\
	(current_gfp_context)(gfp);		\
})
