/* Hashing by several workers: every file once, whoever takes it. */
#include "efi/parse/digests.h"
#include "tests/unit/tap.h"

#include <pthread.h>
#include <unistd.h>

#define FILES 200u

static unsigned char data[FILES + 1];
static struct digest tasks[FILES];

static void *help(void *digests)
{
        digests_work(digests, true);
        return NULL;
}

static void publish_all(struct digests *digests)
{
        for (unsigned int i = 0; i < FILES; i++) {
                if (i % 50 == 10)
                        usleep(1000); /* as a slow ESP does: the others have to wait */
                digests_publish(digests, data, i);
        }
}

static void assert_digests(void)
{
        uint8_t expected[SHA256_SIZE];

        for (unsigned int i = 0; i < FILES; i++) {
                sha256(data, i, expected);
                assert_memory_equal(tasks[i].sha256, expected, SHA256_SIZE);
        }
}

static void helpers_and_the_first_share_the_work(void **state)
{
        struct digests digests;
        pthread_t helper[3];

        (void)state;
        for (int round = 0; round < 20; round++) {
                memset(tasks, 0xff, sizeof(tasks));
                digests_open(&digests, tasks);
                for (int i = 0; i < 3; i++)
                        assert_int_equal(pthread_create(&helper[i], NULL, help, &digests), 0);
                publish_all(&digests);
                digests_close(&digests);
                digests_work(&digests, false);
                for (int i = 0; i < 3; i++)
                        assert_int_equal(pthread_join(helper[i], NULL), 0);
                assert_true(digests_done(&digests));
                assert_digests();
        }
}

static void one_does_it_alone(void **state)
{
        struct digests digests;

        (void)state;
        digests_open(&digests, tasks);
        digests_work(&digests, false); /* nothing to do yet: it does not wait */
        publish_all(&digests);
        assert_false(digests_done(&digests));
        digests_work(&digests, false);
        assert_true(digests_done(&digests));
        assert_digests();
}

static void helpers_leave_a_list_that_was_closed_early(void **state)
{
        struct digests digests;
        pthread_t helper;

        (void)state;
        digests_open(&digests, tasks);
        assert_int_equal(pthread_create(&helper, NULL, help, &digests), 0);
        digests_publish(&digests, data, 10);
        digests_close(&digests);
        assert_int_equal(pthread_join(helper, NULL), 0);
        assert_true(digests_done(&digests));
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(helpers_and_the_first_share_the_work),
                cmocka_unit_test(one_does_it_alone),
                cmocka_unit_test(helpers_leave_a_list_that_was_closed_early),
        };

        for (unsigned int i = 0; i < sizeof(data); i++)
                data[i] = (unsigned char)(i * 7);
        return run_tap(tests);
}
