/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _UNIT_LINUX_STDDEF_H
#define _UNIT_LINUX_STDDEF_H

#include_next <linux/stddef.h>

#undef struct_group_tagged
#define struct_group_tagged(TAG, NAME, MEMBERS...) \
	union { struct { MEMBERS }; struct TAG { MEMBERS } NAME; }

#endif /* _UNIT_LINUX_STDDEF_H */
