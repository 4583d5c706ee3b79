// SPDX-License-Identifier: GPL-2.0
/*
 * check: what is wrong with a configuration, or may not be meant so. Nothing is
 * loaded, and the module is not asked.
 */
#include "check.h"
#include "lines.h"

static void add_mistake(unsigned int line, const char *sentence, void *data)
{
	finding_add(data, SEVERITY_ERROR, "refused", line, 0, "%s", sentence);
}

/* With mistakes the rest would be guessing. */
static int check_config(const struct file *file, struct config *config,
			struct findings *findings)
{
	struct host host = { .device = NULL };
	int err;

	if (config_read(config, file, add_mistake, findings))
		return -1;
	if (config->mistakes)
		return 0;
	err = check_all(config, host_read(&host) ? NULL : &host, findings);
	host_free(&host);
	return err;
}

static int check_file(struct ctl *ctl, struct words *words,
		      const struct file *file)
{
	static const int statuses[] = {
		[SEVERITY_NOTE] = EXIT_DONE,
		[SEVERITY_WARNING] = EXIT_FINDINGS,
		[SEVERITY_ERROR] = EXIT_SYNTAX,
	};
	struct findings findings = { .item = NULL };
	struct config config;
	int status;

	(void)words;
	if (check_config(file, &config, &findings)) {
		print_error(ctl, "there is no memory left");
		status = EXIT_REFUSED;
	} else {
		findings_print(ctl, &findings, file->name);
		status = ctl_finish(ctl);
	}
	if (status == EXIT_DONE)
		status = statuses[findings.worst];
	findings_free(&findings);
	config_free(&config);
	return status;
}

/**
 * check_run - check FILE|-
 * @ctl: this run
 * @words: after "check"
 */
int check_run(struct ctl *ctl, struct words *words)
{
	return lines_of_file(ctl, words, check_file);
}
