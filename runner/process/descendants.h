/* The processes below a process, as /proc tells them. Of this one also those that it became the
 * parent of when their own died (it is their subreaper). */
#pragma once

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* What a job takes of the machine. */
struct usage {
        uint64_t tasks;          /* processes and threads */
        uint64_t resident_bytes; /* memory of the processes; shared pages count for each */
};

/* The children of `pid`, zombies too, at most `room` of them. Returns how many were found. */
size_t descendants_children(pid_t pid, pid_t *ret_list, size_t room);

/* Sends SIGKILL to everything below `pid`, not to `pid` itself. */
void descendants_kill(pid_t pid);

/* Measures `pid` and everything below it. */
void descendants_measure(pid_t pid, struct usage *ret_usage);
