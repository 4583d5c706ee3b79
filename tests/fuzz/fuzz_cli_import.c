// SPDX-License-Identifier: GPL-2.0
/*
 * import routeros: the input is an export. What becomes of it can be loaded,
 * and is the same the second time.
 */
#define main import_main
#include "../unit/test_cli_import_fuzz.c"
#undef main
#include "fuzz.h"

void fuzz_input(const void *bytes, size_t size)
{
	check_export(bytes, size);
}
