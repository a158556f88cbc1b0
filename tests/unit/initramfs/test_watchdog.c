/* The hardware watchdog, on a FIFO that stands for the device. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "initramfs/stage/watchdog.h"
#include "tests/unit/tap.h"

static char folder[] = "/tmp/forestage-test-XXXXXX", device[64];
static int hardware;

static int make_device(void **state)
{
        (void)state;
        snprintf(device, sizeof(device), "%s/watchdog", folder);
        if (mkfifo(device, 0600) < 0)
                return -1;
        hardware = open(device, O_RDONLY | O_NONBLOCK);
        return hardware < 0 ? -1 : 0;
}

static int remove_device(void **state)
{
        (void)state;
        close(hardware);
        return unlink(device);
}

/* What was written to it within `wait_ms`. */
static size_t take(char *text, size_t size, int wait_ms)
{
        struct pollfd ready = { .fd = hardware, .events = POLLIN };
        size_t length = 0;
        ssize_t got;

        while (length < size && poll(&ready, 1, wait_ms) > 0 &&
                (got = read(hardware, text + length, size - length)) > 0)
                length += (size_t)got;
        return length;
}

static void pets_within_its_period(void **state)
{
        struct watchdog watchdog;
        char pets[64];
        size_t count;

        (void)state;
        assert_true(watchdog_start(&watchdog, device, 1, 60));
        assert_int_equal(watchdog.period_s, 1);
        usleep(1300000); /* a pet at once and one every 250 ms */
        count = take(pets, sizeof(pets), 0);
        while (count < 3 && take(pets + count, 1, 10000) == 1) /* this or its thread was held up */
                count++;
        assert_in_range(count, 3, 8);
        for (size_t i = 0; i < count; i++)
                assert_int_not_equal(pets[i], 'V');
        watchdog_leave(&watchdog, true);
}

static void lets_go_at_its_limit(void **state)
{
        struct watchdog watchdog;
        char pets[64];

        (void)state;
        assert_true(watchdog_start(&watchdog, device, 1, 0));
        usleep(600000);
        assert_int_equal(take(pets, sizeof(pets), 0), 0);
        watchdog_limit(&watchdog, 60);
        assert_in_range(take(pets, 1, 1000), 1, 1);
        watchdog_leave(&watchdog, true);
}

static void is_disarmed_with_a_v(void **state)
{
        struct watchdog watchdog;
        char text[64];
        size_t count;

        (void)state;
        assert_true(watchdog_start(&watchdog, device, 60, 60));
        /* a FIFO takes no order to stop: it is given time, and closed the way that disarms */
        assert_false(watchdog_leave(&watchdog, true));
        assert_int_equal(watchdog.fd, -1);
        count = take(text, sizeof(text), 100);
        assert_in_range(count, 2, 3);
        assert_int_equal(text[count - 1], 'V');
        assert_true(watchdog_leave(&watchdog, true)); /* once is enough */
}

static void stays_armed_for_a_reset(void **state)
{
        struct watchdog watchdog;
        char text[64];
        size_t count;

        (void)state;
        assert_true(watchdog_start(&watchdog, device, 60, 60));
        assert_true(watchdog_leave(&watchdog, false));
        count = take(text, sizeof(text), 100);
        assert_in_range(count, 1, 2);
        assert_int_not_equal(text[count - 1], 'V');
}

static void does_without_one(void **state)
{
        struct watchdog watchdog;

        (void)state;
        watchdog_load(folder); /* holds no driver */
        assert_false(watchdog_start(&watchdog, "/tmp/forestage-no-such-device", 60, 60));
        assert_int_equal(errno, ENOENT);
        assert_true(watchdog_leave(&watchdog, true));
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test_setup_teardown(pets_within_its_period, make_device, remove_device),
                cmocka_unit_test_setup_teardown(lets_go_at_its_limit, make_device, remove_device),
                cmocka_unit_test_setup_teardown(is_disarmed_with_a_v, make_device, remove_device),
                cmocka_unit_test_setup_teardown(
                        stays_armed_for_a_reset, make_device, remove_device),
                cmocka_unit_test(does_without_one),
        };
        int code;

        if (!mkdtemp(folder))
                return 1;
        code = run_tap(tests);
        rmdir(folder);
        return code;
}
