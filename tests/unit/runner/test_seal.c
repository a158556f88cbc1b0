/*
 * A region sealed by many threads, one, or fewer than were asked for is the same as one that
 * region_seal sealed, byte by byte.
 */
#include "tests/unit/tap.h"

#include <errno.h>
#include <pthread.h>
#include <unistd.h>

#include "runner/record/seal.h"

#define MIB  ((size_t)1 << 20)
#define SIZE (5 * MIB)

static const uint8_t run_id[16] = { 1 };

/* What the machine has, and how many threads it gives. */
static long processors;
static unsigned allowed, asked, started;

long __real_sysconf(int name);
long __wrap_sysconf(int name);
int __real_pthread_create(
        pthread_t *thread, const pthread_attr_t *attributes, void *(*start)(void *), void *context);
int __wrap_pthread_create(
        pthread_t *thread, const pthread_attr_t *attributes, void *(*start)(void *), void *context);

long __wrap_sysconf(int name)
{
        return name == _SC_NPROCESSORS_ONLN ? processors : __real_sysconf(name);
}

int __wrap_pthread_create(
        pthread_t *thread, const pthread_attr_t *attributes, void *(*start)(void *), void *context)
{
        asked++;
        if (started >= allowed)
                return EAGAIN;
        started++;
        return __real_pthread_create(thread, attributes, start, context);
}

static uint8_t *filled(size_t bytes, struct region_writer *ret_writer)
{
        uint8_t *base = calloc(1, SIZE);
        void *room;

        assert_non_null(base);
        assert_int_equal(region_create_in_zeroes(base, SIZE, run_id, ret_writer), REGION_OK);
        if (bytes == 0)
                return base;
        assert_int_equal(region_reserve(ret_writer, 4, bytes, &room), REGION_OK);
        for (size_t i = 0; i < bytes; i++)
                ((uint8_t *)room)[i] = (uint8_t)(i * i >> 9 ^ i);
        assert_int_equal(region_commit(ret_writer, REGION_FILE, "name", 4, bytes), REGION_OK);
        return base;
}

static void is_sealed_alike(size_t bytes)
{
        struct region_writer many, one;
        uint8_t *a = filled(bytes, &many), *b = filled(bytes, &one);
        struct region_report report;

        asked = started = 0;
        assert_int_equal(seal_region(&many), REGION_OK);
        assert_int_equal(region_seal(&one), REGION_OK);
        assert_memory_equal(a, b, SIZE);
        assert_int_equal(region_verify(a, SIZE, &report), REGION_OK);
        assert_true(report.complete);
        assert_int_equal(seal_region(&many), REGION_CLOSED);
        free(a);
        free(b);
}

static void all_ways_come_to_the_same(void **state)
{
        static const struct {
                long processors;
                unsigned allowed;
        } machines[] = { { 1, 99 }, { 2, 99 }, { 16, 99 }, { 500, 99 }, { 16, 0 }, { 16, 1 },
                { -1, 99 } };
        const size_t sizes[] = { 0, 100, 3 * MIB + 17 };

        (void)state;
        for (size_t i = 0; i < sizeof(machines) / sizeof(machines[0]); i++) {
                processors = machines[i].processors;
                allowed = machines[i].allowed;
                for (size_t j = 0; j < sizeof(sizes) / sizeof(sizes[0]); j++)
                        is_sealed_alike(sizes[j]);
        }
}

static void threads_are_as_many_as_there_is_work(void **state)
{
        (void)state;
        processors = 16;
        allowed = 99;
        is_sealed_alike(100);
        assert_int_equal(started, 0);
        is_sealed_alike(4 * MIB); /* and a header: five pieces, two at a time */
        assert_int_equal(started, 2);
        processors = 2;
        is_sealed_alike(4 * MIB);
        assert_int_equal(started, 1);
        processors = 16;
        allowed = 1;
        is_sealed_alike(4 * MIB);
        assert_int_equal(asked, 2); /* the one that did not start was the last that was asked for */
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(all_ways_come_to_the_same),
                cmocka_unit_test(threads_are_as_many_as_there_is_work),
        };

        return run_tap(tests);
}
