/*
 * The machine's hardware watchdog, where there is one: it resets a machine on which Linux has
 * stopped. A thread pets it until a time that the stage has given itself, so that an init that
 * hangs ends in a reset too. Linux's Documentation/watchdog/watchdog-api.rst is the specification.
 */
#pragma once

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>

#define WATCHDOG_DEVICE  "/dev/watchdog"
#define WATCHDOG_MODULES "/lib/modules/watchdog"

struct watchdog {
        int fd;       /* -1: there is none */
        int wake;     /* ends the petter */
        int period_s; /* it resets the machine after this time without a pet */
        char name[32];
        atomic_llong end_ms; /* of CLOCK_MONOTONIC; nobody pets it after */
        pthread_t petter;
};

/* Loads the drivers that the image carries in `folder`; what is not there or not needed is left. */
void watchdog_load(const char *folder);

/*
 * Opens the device, asks for `period_s` seconds and starts to pet it for `limit_s` seconds. False
 * when there is no watchdog (errno is ENOENT) or none that works.
 */
bool watchdog_start(
        struct watchdog *watchdog, const char *device, int period_s, unsigned int limit_s);

/* Gives it another limit, counted from now. */
void watchdog_limit(struct watchdog *watchdog, unsigned int limit_s);

/*
 * Ends the petting. With `disarm` the watchdog is switched off; one that cannot be is given its
 * longest time, which the next system's boot has to do with: then it returns false. Without
 * `disarm` it is petted for the last time and goes on: a reset that hangs is then one all the same.
 */
bool watchdog_leave(struct watchdog *watchdog, bool disarm);
