/* One run, from the order to the start of Linux. */
#pragma once

#include "efi/firmware/bundle.h"
#include "efi/firmware/reservation.h"
#include "efi/layout/archive.h"
#include "efi/parse/conf.h"
#include "efi/parse/order.h"
#include "efi/parse/repeat.h"
#include "region/region.h"

#include <efi.h>

struct boot {
        uint64_t entry_tsc;
        struct folder folder;
        struct pages conf_text;
        struct conf conf;
        struct pages order_text;
        struct order order;   /* its run id becomes this boot's when it repeats */
        struct repeat repeat; /* of an order that repeats: the count before this run */
        struct facts facts;
        struct reservation reservation;
        struct region_writer writer;
        struct bundle bundle;
        struct pages archive_pages;
        struct archive archive;
        char payload[PAYLOAD_MAX_TEXT]; /* says where the payload is; part of the archive */
        struct pages cmdline;           /* UTF-16, terminated */
        EFI_HANDLE kernel;              /* loaded, not started */
};

/*
 * Goes all the way. Returns only when the run cannot be, with the reason appended; `run->conf` then
 * holds what could be read of forestage.conf. `run` must be all zero but for entry_tsc.
 */
void run_go(struct boot *run, struct text *reason);

/* Gives everything back: memory, files, protocols. `run->conf` keeps its fallback. */
void run_release(struct boot *run);
