/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the kernel's own routing says.
 */
#ifndef ECMPCTL_RTNETLINK_H
#define ECMPCTL_RTNETLINK_H

#include "parse.h"

struct ctl;

/**
 * struct session - a TCP connection to this machine
 * @client: who came
 * @server: which of our addresses he came to
 * @client_port: his port
 * @server_port: ours
 */
struct session {
	struct address	client, server;
	uint16_t	client_port, server_port;
};

void kernel_device(const struct session *session, char *device);
void kernel_way(const struct address *address, char *device, bool *own);
void warn_ip_rules(const struct ctl *ctl);

#endif /* ECMPCTL_RTNETLINK_H */
