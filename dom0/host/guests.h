/* The guests that a reboot would end. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "dom0/base/host.h"

/* How many guests run, asked of xe or else of xl. False: neither can tell. */
bool guests_count(const struct host *host, size_t *ret_count);

/* The parts that answer: what xe prints with --minimal ("uuid,uuid"), and the table of xl list. */
size_t guests_in_xe(const char *output);
size_t guests_in_xl(const char *output);
