/* The processes that this one is the parent of, also those that it became it for (subreaper). */
#ifndef FORESTAGE_RUNNER_DESCENDANTS_H
#define FORESTAGE_RUNNER_DESCENDANTS_H

/* Sends SIGKILL to every child that is not a zombie; returns how many children are left. */
int descendants_kill(void);

#endif
