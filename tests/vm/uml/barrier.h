/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Included before all else where a module is built for User Mode Linux.
 *
 * That takes the instructions that are meant for devices (mfence, lfence) for
 * the barriers between processors, too, each as long as a look-up in a table;
 * on x86 most of them need none, the processor keeps that order itself. A
 * module that is to be as fast there as in a kernel of its own is compiled as
 * for that: asm-generic/barrier.h takes what is defined here.
 */
#ifndef ECMP_UML_BARRIER_H
#define ECMP_UML_BARRIER_H

#define __smp_mb()	asm volatile("lock addl $0, -4(%%rsp)" : : : \
				     "memory", "cc")
#define __smp_rmb()	barrier()
#define __smp_wmb()	barrier()
/* An atomic operation is a full barrier as it is. */
#define __smp_mb__before_atomic()	barrier()
#define __smp_mb__after_atomic()	barrier()

#define __smp_store_release(p, v)					\
do {									\
	barrier();							\
	WRITE_ONCE(*(p), v);						\
} while (0)

#define __smp_load_acquire(p)						\
({									\
	__unqual_scalar_typeof(*(p)) __ecmp_value = READ_ONCE(*(p));	\
									\
	barrier();							\
	(typeof(*(p)))__ecmp_value;					\
})

#endif
