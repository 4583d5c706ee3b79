// SPDX-License-Identifier: GPL-2.0
#include <stdlib.h>

#include "check.h"

/**
 * check_all - find what may not be meant so
 * @config: the configuration, without mistakes
 * @host: this host; NULL: nothing is known of it
 * @findings: where they go
 *
 * Return: 0, or -1 without memory.
 */
int check_all(const struct config *config, const struct host *host,
	      struct findings *findings)
{
	struct check check = {
		.config = config, .host = host, .findings = findings,
	};
	int err = check_index(&check);

	if (!err) {
		check_shadow(&check);
		check_rules(&check);
		check_bypass(&check);
		check_tables(&check);
		if (host)
			check_host(&check);
	}
	free(check.usable);
	free(check.disabled);
	free(check.table);
	return err || findings->full ? -1 : 0;
}
