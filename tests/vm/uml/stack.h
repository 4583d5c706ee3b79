/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Included before arch/um/kernel/stacktrace.c of a debug kernel.
 *
 * User Mode Linux asks of each word of a stack whether it is an address of code.
 * For all that is not the kernel's own code, that is for nearly each word, the
 * answer takes RCU's lock, which a debug kernel watches; and it saves the stack
 * whenever memory is allocated or freed. That is four fifths of its time. Here
 * only what may be a module's is looked for among them.
 */
#include <linux/kernel.h>
#include <linux/mm.h>

static inline int ecmp_text_address(unsigned long addr)
{
	return core_kernel_text(addr) ||
	       (is_vmalloc_addr((void *)addr) && __kernel_text_address(addr));
}

#define __kernel_text_address ecmp_text_address
