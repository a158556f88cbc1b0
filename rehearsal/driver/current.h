/* Contexts, and which one a thread works with. */
#pragma once

#include "rehearsal/driver/driver.h"

struct context {
        struct context *next;
        CUdevice device;
        unsigned flags;
        bool is_primary;
        struct module *modules;
        struct stream *streams;
        struct event *events;
};

bool context_is_alive(const struct context *context);

/* CUDA_SUCCESS with the current context, or why there is none to work with. */
CUresult current_context(struct context **ret_context);

/* The thread's stack of contexts: the newest, or NULL; CUDA_ERROR_INVALID_VALUE when it is full. */
struct context *current_top(void);
CUresult current_push(struct context *context);
void current_pop(void);
