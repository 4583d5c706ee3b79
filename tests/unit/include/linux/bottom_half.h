/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _UNIT_LINUX_BOTTOM_HALF_H
#define _UNIT_LINUX_BOTTOM_HALF_H

#define local_bh_disable()	((void)0)
#define local_bh_enable()	((void)0)

#endif /* _UNIT_LINUX_BOTTOM_HALF_H */
