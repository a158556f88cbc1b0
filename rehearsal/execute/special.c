#include "rehearsal/execute/special.h"

#include <string.h>
#include <time.h>

#include "rehearsal/execute/thread.h"

enum special {
        TID,
        NTID,
        CTAID,
        NCTAID,
        CLUSTERID,
        NCLUSTERID,
        CLUSTER_CTAID,
        CLUSTER_NCTAID,
        LANEID,
        WARPID,
        NWARPID,
        SMID,
        NSMID,
        GRIDID,
        LANEMASK_EQ,
        LANEMASK_LE,
        LANEMASK_LT,
        LANEMASK_GE,
        LANEMASK_GT,
        CLOCK,
        CLOCK_HI,
        CLOCK64,
        GLOBALTIMER,
        GLOBALTIMER_LO,
        GLOBALTIMER_HI,
        TOTAL_SMEM_SIZE,
        DYNAMIC_SMEM_SIZE,
        CLUSTER_CTARANK,
        CLUSTER_NCTARANK,
        IS_EXPLICIT_CLUSTER,
        RESERVED_SMEM_CAP,
        RESERVED_SMEM_BEGIN,
        RESERVED_SMEM_END,
        RESERVED_SMEM_0,
        RESERVED_SMEM_1,
        SPECIALS,
};

static const struct {
        const char *name;
        bool is_vector;
        enum ptx_type type;
} specials[SPECIALS] = {
        [TID] = { "%tid", true, TYPE_U32 },
        [NTID] = { "%ntid", true, TYPE_U32 },
        [CTAID] = { "%ctaid", true, TYPE_U32 },
        [NCTAID] = { "%nctaid", true, TYPE_U32 },
        [CLUSTERID] = { "%clusterid", true, TYPE_U32 },
        [NCLUSTERID] = { "%nclusterid", true, TYPE_U32 },
        [CLUSTER_CTAID] = { "%cluster_ctaid", true, TYPE_U32 },
        [CLUSTER_NCTAID] = { "%cluster_nctaid", true, TYPE_U32 },
        [LANEID] = { "%laneid", false, TYPE_U32 },
        [WARPID] = { "%warpid", false, TYPE_U32 },
        [NWARPID] = { "%nwarpid", false, TYPE_U32 },
        [SMID] = { "%smid", false, TYPE_U32 },
        [NSMID] = { "%nsmid", false, TYPE_U32 },
        [GRIDID] = { "%gridid", false, TYPE_U64 },
        [LANEMASK_EQ] = { "%lanemask_eq", false, TYPE_U32 },
        [LANEMASK_LE] = { "%lanemask_le", false, TYPE_U32 },
        [LANEMASK_LT] = { "%lanemask_lt", false, TYPE_U32 },
        [LANEMASK_GE] = { "%lanemask_ge", false, TYPE_U32 },
        [LANEMASK_GT] = { "%lanemask_gt", false, TYPE_U32 },
        [CLOCK] = { "%clock", false, TYPE_U32 },
        [CLOCK_HI] = { "%clock_hi", false, TYPE_U32 },
        [CLOCK64] = { "%clock64", false, TYPE_U64 },
        [GLOBALTIMER] = { "%globaltimer", false, TYPE_U64 },
        [GLOBALTIMER_LO] = { "%globaltimer_lo", false, TYPE_U32 },
        [GLOBALTIMER_HI] = { "%globaltimer_hi", false, TYPE_U32 },
        [TOTAL_SMEM_SIZE] = { "%total_smem_size", false, TYPE_U32 },
        [DYNAMIC_SMEM_SIZE] = { "%dynamic_smem_size", false, TYPE_U32 },
        [CLUSTER_CTARANK] = { "%cluster_ctarank", false, TYPE_U32 },
        [CLUSTER_NCTARANK] = { "%cluster_nctarank", false, TYPE_U32 },
        [IS_EXPLICIT_CLUSTER] = { "%is_explicit_cluster", false, TYPE_PRED },
        [RESERVED_SMEM_CAP] = { "%reserved_smem_offset_cap", false, TYPE_U32 },
        [RESERVED_SMEM_BEGIN] = { "%reserved_smem_offset_begin", false, TYPE_U32 },
        [RESERVED_SMEM_END] = { "%reserved_smem_offset_end", false, TYPE_U32 },
        [RESERVED_SMEM_0] = { "%reserved_smem_offset_0", false, TYPE_U32 },
        [RESERVED_SMEM_1] = { "%reserved_smem_offset_1", false, TYPE_U32 },
};

static int find_name(const char *name, size_t length)
{
        for (int i = 0; i < SPECIALS; i++) {
                if (strlen(specials[i].name) == length &&
                        memcmp(specials[i].name, name, length) == 0)
                        return i;
        }
        return -1;
}

bool special_wants_component(const char *name, size_t length)
{
        int index = find_name(name, length);

        return index >= 0 && specials[index].is_vector;
}

/* An index is the name's number and, in its two low bits, the component. */
int special_find(const char *name, size_t length, const char *component, size_t component_length)
{
        static const char components[] = "xyzw";
        const char *found;
        int index = find_name(name, length);

        if (index < 0 || specials[index].is_vector != (component != NULL))
                return -1;
        if (!component)
                return index * 4;
        found = component_length == 1 ? memchr(components, component[0], 4) : NULL;
        return found ? index * 4 + (int)(found - components) : -1;
}

enum ptx_type special_type(int index)
{
        return specials[index / 4].type;
}

static uint64_t nanoseconds(clockid_t clock)
{
        struct timespec time;

        clock_gettime(clock, &time);
        return (uint64_t)time.tv_sec * 1000000000u + (uint64_t)time.tv_nsec;
}

/* A clock that counts instructions would stand still within a turn; nanoseconds do not. */
static uint64_t clock_value(enum special special)
{
        switch (special) {
        case CLOCK:
                return (uint32_t)nanoseconds(CLOCK_MONOTONIC);
        case CLOCK_HI:
                return nanoseconds(CLOCK_MONOTONIC) >> 32;
        case CLOCK64:
                return nanoseconds(CLOCK_MONOTONIC);
        case GLOBALTIMER_LO:
                return (uint32_t)nanoseconds(CLOCK_REALTIME);
        case GLOBALTIMER_HI:
                return nanoseconds(CLOCK_REALTIME) >> 32;
        default:
                return nanoseconds(CLOCK_REALTIME);
        }
}

static uint64_t lane_value(enum special special, uint32_t lane)
{
        const uint64_t equal = UINT64_C(1) << lane;

        switch (special) {
        case LANEMASK_EQ:
                return equal;
        case LANEMASK_LE:
                return 2 * equal - 1;
        case LANEMASK_LT:
                return equal - 1;
        case LANEMASK_GE:
                return (uint32_t) ~(equal - 1);
        default:
                return (uint32_t) ~(2 * equal - 1);
        }
}

/* Every block is a cluster of its own. The fourth component is 0 for places, 0 for sizes too. */
static uint64_t vector_value(enum special special, const struct thread *thread, unsigned component)
{
        const struct launch *launch = thread->block->launch;

        if (component > 2)
                return 0;
        switch (special) {
        case TID:
                return thread->tid[component];
        case NTID:
                return launch->block[component];
        case CTAID:
        case CLUSTERID:
                return thread->block->id[component];
        case NCTAID:
        case NCLUSTERID:
                return launch->grid[component];
        case CLUSTER_NCTAID:
                return 1;
        default:
                return 0;
        }
}

static uint64_t scalar_value(enum special special, const struct thread *thread)
{
        const struct launch *launch = thread->block->launch;

        switch (special) {
        case LANEID:
                return thread->lane;
        case WARPID:
                return thread->warp;
        case NWARPID:
                return MAX_BLOCK_THREADS / MAX_WARP;
        case NSMID:
        case CLUSTER_NCTARANK:
                return 1;
        case TOTAL_SMEM_SIZE:
                return thread->block->shared_size;
        case DYNAMIC_SMEM_SIZE:
                return launch->dynamic_shared;
        default:
                return 0; /* SMID, GRIDID, CLUSTER_CTARANK and so on; nothing is reserved */
        }
}

bool execute_special(struct thread *thread, const struct insn *insn)
{
        enum special special = insn->detail / 4;
        uint64_t value;

        if (specials[special].is_vector)
                value = vector_value(special, thread, insn->detail % 4);
        else if (special >= LANEMASK_EQ && special <= LANEMASK_GT)
                value = lane_value(special, thread->lane);
        else if (special >= CLOCK && special <= GLOBALTIMER_HI)
                value = clock_value(special);
        else
                value = scalar_value(special, thread);
        thread->slots[insn->d] = value;
        return false;
}
