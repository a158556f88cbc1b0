/*
 * forestage.conf: how this host runs the stage. docs/esp.md lists the keys. Plain C11 without a C
 * library; the stage's init reads the same file with it.
 */
#pragma once

#include "efi/parse/handoff.h"
#include "efi/parse/path.h"
#include "efi/parse/text.h"

#define CONF_MAX_CONSOLES    8u
#define CONF_MAX_CONCURRENCY 32u
#define CONF_STORE_LEAST     (64ull << 10) /* of store-above= */
#define CONF_REGION_ALIGN    (2ull << 20)  /* the region's size is a multiple of it */

struct conf {
        uint64_t region_size;              /* bytes, rounded up to CONF_REGION_ALIGN */
        char fallback[PATH_MAX_BYTES + 1]; /* as path_from_esp writes it; "" when not set */
        struct slice console[CONF_MAX_CONSOLES];
        size_t console_count;
        unsigned countdown;   /* seconds; 0: none */
        unsigned deadline;    /* seconds for the whole stage */
        unsigned concurrency; /* of forestage-run: small kernel jobs of a GPU side by side */
        bool rescue;
        bool secure_boot; /* the stage's kernel may be started, and does not lock itself down */
        bool single_processor; /* forestage.efi does all its work by itself */
        struct slice options;  /* for the stage kernel's command line */
        bool debug;            /* forestage.efi says each step on the console */
        enum hand_off hand_off;
        uint64_t store_above; /* bytes: larger files of a run that has a store go there */
};

/* The values of an empty file. */
void conf_defaults(struct conf *ret_conf);

/*
 * Reads the file's text over the values `conf` holds; its slices lead into the text. Returns false
 * when a line is wrong and appends "forestage.conf:LINE: what" to `reason`; `conf` then holds what
 * could be read, which is enough to find the fallback loader.
 */
bool conf_parse(struct slice text, struct conf *conf, struct text *reason);
