#include "runner/ladder/copies.h"

#include "lib/cleanup.h"
#include "runner/ladder/pages.h"
#include "runner/ladder/stamp.h"

#define BYTES (512 * BENCH_MIB)

#define ROUNDS      2u
#define FIRST_ROUND 0xc0b1e5u

struct ends {
        struct pages from, to;
};

static void free_ends(struct ends *ends)
{
        pages_free(&ends->from);
        pages_free(&ends->to);
}

/* The second time all is there already, and every page has another content. */
static bool carry_often(struct bench *bench, const char *what, struct ends *ends)
{
        uint64_t bytes = ends->from.bytes;
        struct bench_journey journey = { what, ends->from.memory, 0, ends->to.memory, bytes, 0 };
        double there = 0, back = 0;

        if (!bench_allocate(bench, bytes, &journey.by))
                return false;
        for (unsigned i = 0; i < ROUNDS; i++) {
                journey.round = FIRST_ROUND + i;
                bench_doing(bench, "writing the pages");
                stamp_fill(ends->from.memory, bytes, journey.round);
                stamp_clear(ends->to.memory, bytes);
                if (!bench_carry(bench, &journey, &there, &back))
                        return false;
        }
        finding_rate(&bench->finding, "to_gpu_gbps", bytes, there);
        finding_rate(&bench->finding, "from_gpu_gbps", bytes, back);
        return CU(bench, NULL, cuMemFree, journey.by);
}

/* A wrong page of the host that the GPU wrote to would be one of these, too. */
static bool still_whole(struct bench *bench, const char *what, const struct ends *ends)
{
        struct stamp_fault fault;
        char text[WHY_SIZE];

        if (stamp_check(ends->from.memory, ends->from.bytes, FIRST_ROUND + ROUNDS - 1, &fault))
                return true;
        stamp_explain(&fault, ends->from.bytes, FIRST_ROUND + ROUNDS - 1, text);
        return finding_say(&bench->finding, STATUS_FAIL,
                "%s: the pages that were only to be read have changed: %.800s", what, text);
}

static bool registered(struct bench *bench, const char *what, struct ends *ends)
{
        return CU(bench, "the pages to be read", cuMemHostRegister, ends->from.memory,
                       ends->from.bytes, 0) &&
               CU(bench, "the pages to be written", cuMemHostRegister, ends->to.memory,
                       ends->to.bytes, 0) &&
               carry_often(bench, what, ends) &&
               CU(bench, NULL, cuMemHostUnregister, ends->to.memory) &&
               CU(bench, NULL, cuMemHostUnregister, ends->from.memory);
}

static void copy(struct bench *bench, const char *what,
        bool (*move)(struct bench *bench, const char *what, struct ends *ends))
{
        _cleanup_(free_ends) struct ends ends = { 0 };
        uint64_t bytes;

        if (!bench_room(bench, BYTES, &bytes))
                return;
        finding_count(&bench->finding, "bytes", bytes);
        finding_count(&bench->finding, "pages", bytes / STAMP_PAGE);
        bench_doing(bench, "taking pages all over the memory");
        if (!pages_scatter(bytes, &ends.from) || !pages_scatter(bytes, &ends.to)) {
                finding_say(&bench->finding, STATUS_ERROR, "out of memory");
                return;
        }
        if (ends.from.spread > 0)
                finding_count(&bench->finding, "spread", ends.from.spread);
        if (move(bench, what, &ends))
                still_whole(bench, what, &ends);
}

void copies_plain(struct bench *bench)
{
        copy(bench, "copies of ordinary pages", carry_often);
}

void copies_pinned(struct bench *bench)
{
        copy(bench, "copies of registered pages", registered);
}
