/* What the lanes of a warp do together. */
#pragma once

#include "rehearsal/execute/thread.h"

enum warp_kind {
        WARP_SHFL_UP,
        WARP_SHFL_DOWN,
        WARP_SHFL_BFLY,
        WARP_SHFL_IDX,
        WARP_VOTE_ALL,
        WARP_VOTE_ANY,
        WARP_VOTE_UNI,
        WARP_VOTE_BALLOT,
        WARP_MATCH_ANY,
        WARP_MATCH_ALL,
        WARP_REDUX_ADD,
        WARP_REDUX_MIN,
        WARP_REDUX_MAX,
        WARP_REDUX_AND,
        WARP_REDUX_OR,
        WARP_REDUX_XOR,
        WARP_SYNC,
        WARP_ELECT,
        WARP_ACTIVE,
};

execute_fn execute_warp;

/* Releases what wait for their warp's other lanes and have them all. True if any thread went on. */
bool warp_resolve(struct block *block, uint32_t warp);
