/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the firewall asks the kernel's own routing.
 */
#ifndef ECMPCTL_FIREWALL_H
#define ECMPCTL_FIREWALL_H

struct ctl;

void warn_firewall(const struct ctl *ctl);

#endif /* ECMPCTL_FIREWALL_H */
