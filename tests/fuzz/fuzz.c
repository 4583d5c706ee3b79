// SPDX-License-Identifier: GPL-2.0
/*
 * Between libFuzzer and the harness of the unit tests. What fails there, what
 * is left allocated, and what a sanitizer finds ends the program: libFuzzer
 * then keeps the input.
 */
#include <stdio.h>
#include <stdlib.h>

#include "fuzz.h"

int LLVMFuzzerTestOneInput(const unsigned char *bytes, size_t size);

static const void *input;
static size_t input_size;

static void one_input(void)
{
	fuzz_input(input, input_size);
	unit_feed(NULL, 0);
}

int LLVMFuzzerTestOneInput(const unsigned char *bytes, size_t size)
{
	static const struct unit_test test = UNIT_TEST(one_input);

	input = bytes;
	input_size = size;
	if (!unit_run(&test)) {
		fflush(stdout);
		abort();
	}
	return 0;
}
