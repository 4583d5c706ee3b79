/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What harness.h needs of the kernel, for tests of ecmpctl: these see the real
 * headers of <linux/...>, which the other kernel_shim.h stands in front of.
 */
#ifndef _UNIT_KERNEL_SHIM_H
#define _UNIT_KERNEL_SHIM_H

#include <stdbool.h>
#include <stddef.h>

typedef unsigned int u32;
typedef unsigned long long u64;

#define ARRAY_SIZE(a)	(sizeof(a) / sizeof((a)[0]))
#define likely(x)	__builtin_expect(!!(x), 1)
#define __printf(a, b)	__attribute__((__format__(printf, a, b)))

#endif /* _UNIT_KERNEL_SHIM_H */
