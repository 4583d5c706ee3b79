/* SPDX-License-Identifier: GPL-2.0 */
#ifndef ECMPCTL_LOAD_H
#define ECMPCTL_LOAD_H

#include <stdbool.h>

struct ctl;
struct file;
struct words;

/**
 * struct load_how - how a file is loaded
 * @force: even if that cuts the ssh session that this runs in
 * @restore: it was configured before: what devices and addresses would not allow
 *	to be added by now is to wait
 * @may: asked once no other program can load any more: false after a sentence
 *	if nothing is to be changed; NULL: it may
 * @commit: puts what is ready in the place of what is live, and returns an
 *	exit status; NULL: at once, by load_commit()
 * @data: for it
 */
struct load_how {
	bool	force;
	bool	restore;
	bool	(*may)(struct ctl *ctl);
	int	(*commit)(struct ctl *ctl, const struct words *words,
			  void *data);
	void	*data;
};

int load_file(struct ctl *ctl, const struct words *words,
	      const struct file *file, const struct load_how *how);
int load_commit(struct ctl *ctl, const struct words *words);

#endif /* ECMPCTL_LOAD_H */
