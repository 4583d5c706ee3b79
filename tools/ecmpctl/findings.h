/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What "check" finds: collected, put in the order of the file, printed.
 */
#ifndef ECMPCTL_FINDINGS_H
#define ECMPCTL_FINDINGS_H

#include "ecmpctl.h"

enum severity {
	SEVERITY_NOTE,
	SEVERITY_WARNING,
	SEVERITY_ERROR,		/* it cannot be loaded */
};

/**
 * struct finding - something that may not be meant so
 * @severity: how bad it is
 * @kind: a word for programs
 * @line: where
 * @other: another line that has to do with it; 0: none
 * @more: lines of which the same is to be said
 * @text: one sentence or two
 */
struct finding {
	enum severity	severity;
	const char	*kind;
	unsigned int	line;
	unsigned int	other;
	unsigned int	more;
	char		*text;
};

/**
 * struct findings - all of a file
 * @item: they
 * @count: how many
 * @room: for so many
 * @worst: of all
 * @full: there was no memory
 */
struct findings {
	struct finding	*item;
	size_t		count;
	size_t		room;
	enum severity	worst;
	bool		full;
};

void finding_add(struct findings *findings, enum severity severity,
		 const char *kind, unsigned int line, unsigned int other,
		 const char *fmt, ...) __attribute__((format(printf, 6, 7)));
void findings_print(struct ctl *ctl, struct findings *findings,
		    const char *file);
void findings_free(struct findings *findings);

#endif /* ECMPCTL_FINDINGS_H */
