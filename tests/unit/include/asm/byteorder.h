/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _UNIT_ASM_BYTEORDER_H
#define _UNIT_ASM_BYTEORDER_H

#include_next <asm/byteorder.h>
#include <linux/types.h>

#define cpu_to_be16(x)	((__be16)__cpu_to_be16(x))
#define cpu_to_be32(x)	((__be32)__cpu_to_be32(x))
#define cpu_to_be64(x)	((__be64)__cpu_to_be64(x))
#define be16_to_cpu(x)	((u16)__be16_to_cpu(x))
#define be32_to_cpu(x)	((u32)__be32_to_cpu(x))
#define be64_to_cpu(x)	((u64)__be64_to_cpu(x))
#define cpu_to_le16(x)	((__le16)__cpu_to_le16(x))
#define cpu_to_le32(x)	((__le32)__cpu_to_le32(x))
#define cpu_to_le64(x)	((__le64)__cpu_to_le64(x))
#define le16_to_cpu(x)	((u16)__le16_to_cpu(x))
#define le32_to_cpu(x)	((u32)__le32_to_cpu(x))
#define le64_to_cpu(x)	((u64)__le64_to_cpu(x))
#define be16_to_cpup(p)	be16_to_cpu(*(p))
#define be32_to_cpup(p)	be32_to_cpu(*(p))
#define be64_to_cpup(p)	be64_to_cpu(*(p))

#endif /* _UNIT_ASM_BYTEORDER_H */
