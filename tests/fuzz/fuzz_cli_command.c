// SPDX-License-Identifier: GPL-2.0
/*
 * What ecmpctl reads of people: the input is a file of commands, then one
 * command, then one word.
 */
#define main command_main
#include "../unit/test_cli_fuzz.c"
#undef main
#include "fuzz.h"

void fuzz_input(const void *bytes, size_t size)
{
	static struct text t;
	bool accepted;
	unsigned int i;

	if (size >= sizeof(t.at))
		return;
	memcpy(t.at, bytes, size);
	t.at[size] = '\0';
	t.size = size;
	if (!check_splitter(&t) || !check_command(&t, &accepted))
		return;
	for (i = 0; i < COUNT(values); i++)
		check_value(t.at, i);
}
