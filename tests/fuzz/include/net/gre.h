/* SPDX-License-Identifier: GPL-2.0 */
#include <skb_shim.h>
