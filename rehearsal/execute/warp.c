/*
 * What the lanes of a warp do together (PTX ISA, 9.7.9.6 and 9.7.13): shfl, vote, match, redux,
 * bar.warp.sync, activemask. Each lane waits at its instruction until all members of its mask that
 * have not exited are there too, wherever in the program that is.
 *
 * Slots: a is the value, b and c are shfl's further operands; list[0] is the membership mask,
 * list[1] the predicate that goes with the result.
 */
#include "rehearsal/execute/warp.h"

bool execute_warp(struct thread *thread, const struct insn *insn)
{
        thread->state = THREAD_AT_WARP;
        thread->waits = insn;
        return true;
}

/* One warp, as far as a resolution needs it. */
struct lanes {
        struct thread *thread[MAX_WARP]; /* NULL: does not exist */
        uint32_t live;                   /* have not exited */
        uint32_t waiting;                /* at an instruction of this file */
        bool any_runnable;
};

static void survey(struct block *block, uint32_t warp, struct lanes *lanes)
{
        *lanes = (struct lanes){ .live = 0 };
        for (uint32_t lane = 0; lane < MAX_WARP; lane++) {
                uint32_t index = warp * MAX_WARP + lane;

                if (index >= block->thread_count)
                        return;

                struct thread *thread = &block->threads[index];

                lanes->thread[lane] = thread;
                if (thread->state != THREAD_EXITED)
                        lanes->live |= 1u << lane;
                if (thread->state == THREAD_AT_WARP)
                        lanes->waiting |= 1u << lane;
                if (thread->state == THREAD_RUNNABLE)
                        lanes->any_runnable = true;
        }
}

/* Without a mask (activemask, and shfl and vote before sm_70) whoever has come counts. */
static bool has_mask(const struct insn *insn)
{
        return insn->list[0] != SLOT_TRUE;
}

static uint32_t mask_of(const struct thread *thread)
{
        return (uint32_t)thread->slots[thread->waits->list[0]];
}

/* Whether two lanes wait for the same thing. */
static bool is_partner(const struct thread *one, const struct thread *other)
{
        const struct insn *a = one->waits, *b = other->waits;

        if (!has_mask(a))
                return a == b;
        return a->detail == b->detail && a->type == b->type && has_mask(b) &&
               mask_of(one) == mask_of(other);
}

/* The lanes that wait together with `lane`, when all that must have come; else 0. */
static uint32_t find_group(const struct lanes *lanes, uint32_t lane)
{
        const struct thread *thread = lanes->thread[lane];
        uint32_t group = 0, wanted;

        for (uint32_t other = 0; other < MAX_WARP; other++) {
                if (lanes->waiting >> other & 1 && is_partner(thread, lanes->thread[other]))
                        group |= 1u << other;
        }
        if (!has_mask(thread->waits))
                return lanes->any_runnable ? 0 : group;
        wanted = mask_of(thread) & lanes->live;
        return (group & wanted) == wanted ? wanted : 0;
}

/* --- what a complete group does --- */

static uint64_t value_of(const struct thread *thread)
{
        return thread->slots[thread->waits->a];
}

/* The lane that shfl reads from (9.7.9.6): b is the distance or lane, c clamp and segment mask. */
static uint32_t shuffle_source(const struct thread *thread, uint32_t lane, bool *ret_in_range)
{
        uint32_t b = (uint32_t)thread->slots[thread->waits->b] & 31;
        uint32_t c = (uint32_t)thread->slots[thread->waits->c];
        uint32_t segment = c >> 8 & 31, clamp = c & 31;
        uint32_t limit = (lane & segment) | (clamp & ~segment), from;

        switch (thread->waits->detail) {
        case WARP_SHFL_UP:
                from = lane - b;
                *ret_in_range = (int32_t)from >= (int32_t)limit;
                break;
        case WARP_SHFL_DOWN:
                from = lane + b;
                *ret_in_range = from <= limit;
                break;
        case WARP_SHFL_BFLY:
                from = lane ^ b;
                *ret_in_range = from <= limit;
                break;
        default:
                from = (lane & segment) | (b & ~segment);
                *ret_in_range = from <= limit;
        }
        return *ret_in_range ? from : lane;
}

static void shuffle(const struct lanes *lanes, uint32_t group)
{
        uint64_t values[MAX_WARP] = { 0 };

        for (uint32_t lane = 0; lane < MAX_WARP; lane++) {
                if (group >> lane & 1)
                        values[lane] = value_of(lanes->thread[lane]);
        }
        for (uint32_t lane = 0; lane < MAX_WARP; lane++) {
                if (!(group >> lane & 1))
                        continue;

                struct thread *thread = lanes->thread[lane];
                bool in_range;
                uint32_t from = shuffle_source(thread, lane, &in_range);

                thread->slots[thread->waits->d] = values[from];
                thread->slots[thread->waits->list[1]] = in_range;
        }
}

static void set_all(const struct lanes *lanes, uint32_t group, uint64_t value)
{
        for (uint32_t lane = 0; lane < MAX_WARP; lane++) {
                if (group >> lane & 1) {
                        struct thread *thread = lanes->thread[lane];

                        thread->slots[thread->waits->d] = value;
                }
        }
}

static void vote(const struct lanes *lanes, uint32_t group, unsigned kind)
{
        uint32_t ballot = 0;

        for (uint32_t lane = 0; lane < MAX_WARP; lane++) {
                if (group >> lane & 1 && value_of(lanes->thread[lane]) & 1)
                        ballot |= 1u << lane;
        }
        switch (kind) {
        case WARP_VOTE_ALL:
                set_all(lanes, group, ballot == group);
                break;
        case WARP_VOTE_ANY:
                set_all(lanes, group, ballot != 0);
                break;
        case WARP_VOTE_UNI:
                set_all(lanes, group, ballot == group || ballot == 0);
                break;
        default:
                set_all(lanes, group, ballot);
        }
}

static uint32_t equal_lanes(const struct lanes *lanes, uint32_t group, uint64_t value)
{
        uint32_t equal = 0;

        for (uint32_t lane = 0; lane < MAX_WARP; lane++) {
                if (group >> lane & 1 && value_of(lanes->thread[lane]) == value)
                        equal |= 1u << lane;
        }
        return equal;
}

/* match.any: the lanes with this lane's value. match.all: the group if all agree, and whether. */
static void match(const struct lanes *lanes, uint32_t group, unsigned kind)
{
        uint32_t equal[MAX_WARP];

        for (uint32_t lane = 0; lane < MAX_WARP; lane++)
                equal[lane] = group >> lane & 1
                                      ? equal_lanes(lanes, group, value_of(lanes->thread[lane]))
                                      : 0;
        for (uint32_t lane = 0; lane < MAX_WARP; lane++) {
                if (!(group >> lane & 1))
                        continue;

                struct thread *thread = lanes->thread[lane];
                bool all = equal[lane] == group;

                thread->slots[thread->waits->d] = kind == WARP_MATCH_ANY ? equal[lane]
                                                  : all                  ? group
                                                                         : 0;
                thread->slots[thread->waits->list[1]] = all;
        }
}

static uint32_t reduce_two(unsigned kind, bool is_signed, uint32_t a, uint32_t b)
{
        bool less = is_signed ? (int32_t)a < (int32_t)b : a < b;

        switch (kind) {
        case WARP_REDUX_ADD:
                return a + b;
        case WARP_REDUX_MIN:
                return less ? a : b;
        case WARP_REDUX_MAX:
                return less ? b : a;
        case WARP_REDUX_AND:
                return a & b;
        case WARP_REDUX_OR:
                return a | b;
        default:
                return a ^ b;
        }
}

static void reduce(const struct lanes *lanes, uint32_t group, const struct insn *insn)
{
        uint32_t result = 0;
        bool first = true;

        for (uint32_t lane = 0; lane < MAX_WARP; lane++) {
                if (!(group >> lane & 1))
                        continue;

                uint32_t value = (uint32_t)value_of(lanes->thread[lane]);

                result = first ? value
                               : reduce_two(insn->detail, insn->type == TYPE_S32, result, value);
                first = false;
        }
        set_all(lanes, group, result);
}

/* elect: the lowest lane of the group leads. */
static void elect(const struct lanes *lanes, uint32_t group)
{
        uint32_t leader = (uint32_t)__builtin_ctz(group);

        for (uint32_t lane = 0; lane < MAX_WARP; lane++) {
                if (!(group >> lane & 1))
                        continue;

                struct thread *thread = lanes->thread[lane];

                thread->slots[thread->waits->d] = leader;
                thread->slots[thread->waits->list[1]] = lane == leader;
        }
}

static void perform(const struct lanes *lanes, uint32_t group, const struct insn *insn)
{
        switch (insn->detail) {
        case WARP_SHFL_UP:
        case WARP_SHFL_DOWN:
        case WARP_SHFL_BFLY:
        case WARP_SHFL_IDX:
                shuffle(lanes, group);
                break;
        case WARP_VOTE_ALL:
        case WARP_VOTE_ANY:
        case WARP_VOTE_UNI:
        case WARP_VOTE_BALLOT:
                vote(lanes, group, insn->detail);
                break;
        case WARP_MATCH_ANY:
        case WARP_MATCH_ALL:
                match(lanes, group, insn->detail);
                break;
        case WARP_SYNC:
                break;
        case WARP_ELECT:
                elect(lanes, group);
                break;
        case WARP_ACTIVE:
                set_all(lanes, group, group);
                break;
        default:
                reduce(lanes, group, insn);
        }
}

/* A lane that is not in the mask it names would wait for others and never be waited for. */
static bool check_membership(struct thread *thread)
{
        if (!has_mask(thread->waits) || mask_of(thread) >> thread->lane & 1)
                return true;
        thread_fault(thread, thread->waits, CUDA_ERROR_ILLEGAL_INSTRUCTION,
                "lane %u is not in its own mask 0x%08x", thread->lane, mask_of(thread));
        return false;
}

bool warp_resolve(struct block *block, uint32_t warp)
{
        struct lanes lanes;
        bool went_on = false;

        survey(block, warp, &lanes);
        for (uint32_t lane = 0; lane < MAX_WARP; lane++) {
                if (!(lanes.waiting >> lane & 1))
                        continue;
                if (!check_membership(lanes.thread[lane]))
                        return false;

                uint32_t group = find_group(&lanes, lane);

                if (!group)
                        continue;
                perform(&lanes, group, lanes.thread[lane]->waits);
                for (uint32_t member = 0; member < MAX_WARP; member++) {
                        if (group >> member & 1)
                                lanes.thread[member]->state = THREAD_RUNNABLE;
                }
                lanes.waiting &= ~group;
                lanes.any_runnable = true;
                went_on = true;
        }
        return went_on;
}
