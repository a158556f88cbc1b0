/*
 * What the text of a PTX module says about one of its kernels, for checks before a GPU sees it.
 * Pure. It reads declarations only (PTX ISA, "Kernel and Function Directives"); that the module
 * is right is for the driver to say.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PTXENTRY_MAX_PARAMETERS 512u
#define PTXENTRY_NAMES_SIZE     200u
#define PTXENTRY_STRANGER_SIZE  128u

/* How a kernel can be launched, by its directives; 0: they do not say. */
struct ptxlaunch {
        uint64_t most_threads; /* of a block, by .maxntid */
        uint32_t threads[3];   /* of a block, by .reqntid */
        uint32_t cluster[3];   /* in blocks, by .reqnctapercluster */
};

struct ptxentry {
        bool found;
        size_t parameters;
        uint64_t bytes[PTXENTRY_MAX_PARAMETERS]; /* of each; 0: of a type that is not known here */
        char kind[PTXENTRY_MAX_PARAMETERS];      /* the type's letter: f s u b; 0: as above */
        char names[PTXENTRY_NAMES_SIZE];         /* of the kernels that there are: "a, b, c" */
        unsigned version;                        /* 74 of ".version 7.4"; 0: none is named */
        unsigned target;                         /* 90 of ".target sm_90"; 0: none is named */
        bool exact_target;                       /* sm_90a: this GPU and no newer one */
        bool family_target;                      /* sm_100f: this one and newer ones of 10.x */
        bool narrow;                             /* .address_size 32 */
        bool cut_off;                            /* a '{' is not closed: the end is missing */
        bool declared;                           /* the kernel is there by its name, without code */
        struct ptxlaunch launch;                 /* what the kernel says of its launches */
        char stranger[PTXENTRY_STRANGER_SIZE];   /* a function that is called, and that neither the
                                                  * module nor the driver has; "": none */
};

/* Whether the bytes are PTX at all: text that names a version before anything else. */
bool ptxentry_is_ptx(const char *text, size_t length);

/* Looks for the kernel `name` in the text; whether it has one. */
bool ptxentry_read(const char *text, size_t length, const char *name, struct ptxentry *ret_entry);
