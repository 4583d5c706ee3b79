/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the tests of "import routeros" share: an export in, text out.
 */
#ifndef _UNIT_CLI_IMPORT_H
#define _UNIT_CLI_IMPORT_H

#include "cli.h"
#include "routeros.h"

/**
 * struct imported - what came of an export
 * @config: the configuration, without its comments; "" without one
 * @told: the remarks, a line each: "12 warning: ..."
 * @whole: the configuration as it is written
 */
struct imported {
	char	*config;
	char	*told;
	char	*whole;
};

/* @options: "map NAME=IF" and "mark NAME=VALUE", each with a line feed. */
void import_text(struct imported *imported, const char *text, size_t size,
		 const char *options);
void imported_free(struct imported *imported);

/* Will "load" take each line, and the module all of them together? */
bool check_config(const char *config);

#endif /* _UNIT_CLI_IMPORT_H */
