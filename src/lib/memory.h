/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Memory that user space makes the kernel take. It is charged to the memory
 * cgroup of who asks (of the kernel's routes: ecmp_table.payer), and where that
 * or the machine has none left, it is refused: without the flags below the
 * kernel would kill processes rather than refuse a few bytes.
 */
#ifndef _ECMP_MEMORY_H
#define _ECMP_MEMORY_H

#include <linux/gfp.h>

/* Things of a few pages: what can be reclaimed is, before they are refused. */
#define ECMP_GFP	(GFP_KERNEL_ACCOUNT | __GFP_RETRY_MAYFAIL | __GFP_NOWARN)

/* For kvmalloc() of more: nothing is moved to have its pages side by side. */
#define ECMP_GFP_LARGE	(GFP_KERNEL_ACCOUNT | __GFP_NORETRY | __GFP_NOWARN)

/*
 * In atomic context. GFP_ATOMIC would be charged beyond the limit, and what is
 * freed of it then serves others, who would have been refused.
 */
#define ECMP_GFP_ATOMIC	(GFP_NOWAIT | __GFP_ACCOUNT | __GFP_NOWARN)

#endif /* _ECMP_MEMORY_H */
