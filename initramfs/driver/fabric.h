/*
 * NVIDIA's Fabric Manager in the stage. Where NVSwitches join the GPUs, CUDA does not start until
 * it has set them up: so it is started behind the driver, runs beside the jobs, and is ended before
 * the driver is unloaded, whose modules it holds.
 *
 * The image has it where `make image` was given FABRIC= (initramfs/pack.sh): the program, and
 * FABRIC_FOLDER with its topologies, its configuration as the stage wants it, and "version". It
 * goes into the background by itself (DAEMONIZE=1): its first process ends with 0 when the
 * NVSwitches are set up, and with something else when that failed.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "efi/parse/text.h"
#include "initramfs/stage/stage.h"
#include "lib/fabric.h"

#define FABRIC_LIMIT   120u /* seconds; on a board of eight H20, a log of others has 47 */
#define FABRIC_VERSION 32u

/* Where everything is: fabric_places, or a test's own folders. */
struct fabric_places {
        const char *devices;    /* as /sys/bus/pci/devices */
        const char *characters; /* as /proc/devices */
        const char *nodes;      /* the folder of the device nodes */
        const char *program;    /* without links */
        const char *config;     /* what it is started with */
        const char *version;    /* a file: of what version it is */
        const char *run;        /* made here: its log, its sockets, its state */
        const char *log;        /* in that */
        unsigned int limit_s;   /* until it is ready */
};
extern const struct fabric_places fabric_places;

struct fabric {
        enum fabric_state state;
        bool stuck; /* it cannot even be killed: whoever opens a GPU may wait for ever, too */
        bool ended; /* by fabric_end, and not told yet */
        const char *trouble; /* with that: what was wrong; NULL: nothing */
};

/* What its words say of its end: FABRIC_MISMATCH, or FABRIC_FAILED. Pure. */
enum fabric_state fabric_cause(struct slice words);

/*
 * Starts it and waits until it is ready; without NVSwitches there is nothing to do. Events:
 * driver.fabric, and the file stage/fabricmanager.log when it failed. False with stage->error: the
 * NVSwitches are not set up, and nothing of it is left, but for `stuck`.
 */
bool fabric_start(
        struct stage *stage, const struct fabric_places *places, struct fabric *ret_fabric);

/* Ends it where it runs. Nothing is written: the region may be another writer's still. */
void fabric_end(const struct fabric_places *places, struct fabric *fabric);

/*
 * Says how fabric_end went, once, and puts its log into the record. Event: driver.fabric_left, with
 * an error when it was not there any more, or did not end.
 */
void fabric_tell(struct stage *stage, const struct fabric_places *places, struct fabric *fabric);
