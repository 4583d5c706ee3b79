/* SPDX-License-Identifier: GPL-2.0 */
#ifndef ECMPCTL_RULE_TEXT_H
#define ECMPCTL_RULE_TEXT_H

#include <libmnl/libmnl.h>

#define RULE_TEXT	512	/* room for all matchers, or an action */
#define RULE_COMMENT	1024	/* room for a comment with its word */

const char *rule_text_family(const struct nlattr **attrs);
void rule_text_match(const struct nlattr **attrs, char *text);
void rule_text_action(const struct nlattr **attrs, char *text);
void rule_text_comment(const struct nlattr **attrs, char *text);

#endif /* ECMPCTL_RULE_TEXT_H */
