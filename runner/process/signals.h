/* The signals that end a run early. */
#pragma once

#include <signal.h>

/*
 * SIGTERM, SIGINT and SIGHUP, but those that were ignored when this program was started: they stay
 * ignored (nohup, a job in the background of a shell without job control).
 */
void signals_that_stop(sigset_t *ret_set);
