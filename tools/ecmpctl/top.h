/* SPDX-License-Identifier: GPL-2.0 */
/*
 * top: what goes by which path now. top_sample.c reads, top_view.c draws lines
 * of a width, and top_screen.c puts them on a terminal.
 */
#ifndef ECMPCTL_TOP_H
#define ECMPCTL_TOP_H

#include "ecmpctl.h"
#include "text.h"

#define TOP_TABLES	64	/* that one can choose among */
#define TOP_GATEWAY	ADDRESS_TEXT
#define TOP_DEVICE	16

enum top_sort { SORT_PATH, SORT_PACKETS, SORT_BITS, SORT_CONNECTIONS, SORT_DEV };

extern const struct name top_sorts[];

/**
 * struct top_path - a path, and what went by it since the sample before
 * @id: of its next hop
 * @family: AF_INET, AF_INET6
 * @gateway: "" for an interface alone
 * @device: its interface
 * @alive: it lives
 * @reason: why not, or that it is draining
 * @pin: its pin-id; 0: none
 * @uplink: an enabled default route goes by it
 * @active: it carries the default route of the table that was chosen
 * @weight: of that route; 0: it has none in that table
 * @distance: likewise
 * @packets: so far
 * @bytes: likewise
 * @known: there is a sample before; what follows is of it
 * @packet_rate: packets a second
 * @bit_rate: bits a second
 * @connections: that are pinned to it
 */
struct top_path {
	uint64_t	id;
	uint8_t		family;
	char		gateway[TOP_GATEWAY];
	char		device[TOP_DEVICE];
	bool		alive;
	uint64_t	reason;
	uint64_t	pin;
	bool		uplink;
	bool		active;
	uint64_t	weight;
	uint64_t	distance;
	uint64_t	packets, bytes;
	bool		known;
	uint64_t	packet_rate, bit_rate;
	uint64_t	connections;
};

/**
 * struct top - a run of it
 * @ctl: this run
 * @msecs: between two samples
 * @screens: how many; 0: until somebody quits
 * @table: whose default routes are shown; "": of any, without shares
 * @tables: that have a default route
 * @table_count: how many
 * @there: @table has one
 * @sort: by what
 * @path: the paths
 * @paths: how many
 * @at: when they were read, in microseconds
 * @passed: since the sample before, in microseconds
 * @enabled: packets are decided
 * @counting: connections are to be counted
 * @counted: they are
 * @count_at: when they may be counted again, in microseconds
 */
struct top {
	struct ctl	*ctl;
	uint64_t	msecs;
	uint64_t	screens;
	char		table[ECMP_NAME_MAX + 1];
	char		tables[TOP_TABLES][ECMP_NAME_MAX + 1];
	unsigned int	table_count;
	bool		there;
	unsigned int	sort;
	struct top_path	*path;
	size_t		paths;
	uint64_t	at;
	uint64_t	passed;
	bool		enabled;
	bool		counting;
	bool		counted;
	uint64_t	count_at;
};

/**
 * struct canvas - where lines are drawn
 * @columns: its width
 * @put: a text of one colour goes on the line
 * @end: the line ends
 * @data: for both
 */
struct canvas {
	size_t	columns;
	void	(*put)(void *data, enum color color, const char *text);
	void	(*end)(void *data);
	void	*data;
};

/* top_sample.c */
uint64_t top_now(void);
int top_sample(struct top *top);
void top_choose(struct top *top);
void top_next_table(struct top *top);
void top_rates(struct top_path *path, size_t paths,
	       const struct top_path *before, size_t befores, uint64_t usecs);

/* top_view.c */
const char *rate_text(uint64_t rate, char *buf);
void top_sorted(struct top *top);
void top_draw(const struct top *top, const struct canvas *canvas);
unsigned int top_share(const struct top *top, const struct top_path *path);
unsigned int top_weight(const struct top *top, const struct top_path *path);
#define RATE_TEXT	8

/* top_screen.c */
bool top_has_screen(struct ctl *ctl);
int top_screen(struct top *top, const struct words *words);

#endif /* ECMPCTL_TOP_H */
