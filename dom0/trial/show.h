/* `forestage trial show`: what became of a trial, for a person, as JSON, as a page, to give away.
 */
#pragma once

#include "dom0/base/host.h"

int trial_show(const struct host *host, int argc, char **argv);
