/* The firmware variable that says how far a run has come. */
#include <errno.h>
#include <stdio.h>
#include <unistd.h>

#include "initramfs/stage/phase.h"
#include "lib/uuid.h"
#include "tests/unit/tap.h"

#define RUN   "01234567-89ab-4def-8123-456789abcdef"
#define START "\x07\0\0\0" RUN " "

static uint8_t run_id[16];

static void formats_what_efivarfs_takes(void **state)
{
        uint8_t bytes[PHASE_BYTES];

        (void)state;
        assert_int_equal(phase_format(run_id, "jobs", bytes), sizeof(START) - 1 + 4);
        assert_memory_equal(bytes, START "jobs", sizeof(START) - 1 + 4);
}

static void keeps_within_its_bounds(void **state)
{
        uint8_t bytes[PHASE_BYTES];
        char word[2 * PHASE_MAX_WORD] = { 0 };

        (void)state;
        memset(word, 'x', sizeof(word) - 1);
        assert_int_equal(phase_format(run_id, word, bytes), PHASE_BYTES);
}

static void writes_the_variable_anew(void **state)
{
        char folder[] = "/tmp/forestage-test-XXXXXX", path[256], found[128];
        FILE *file;

        (void)state;
        assert_non_null(mkdtemp(folder));
        assert_true(phase_write(folder, run_id, "jobs"));
        assert_true(phase_write(folder, run_id, "kexec"));
        snprintf(path, sizeof(path), "%s/%s", folder, PHASE_VARIABLE);
        file = fopen(path, "rb");
        assert_non_null(file);
        assert_int_equal(fread(found, 1, sizeof(found), file), sizeof(START) - 1 + 5);
        assert_memory_equal(found, START "kexec", sizeof(START) - 1 + 5);
        fclose(file);
        unlink(path);
        rmdir(folder);
        errno = 0;
        assert_false(phase_write(folder, run_id, "jobs"));
        assert_int_equal(errno, ENOENT);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(formats_what_efivarfs_takes),
                cmocka_unit_test(keeps_within_its_bounds),
                cmocka_unit_test(writes_the_variable_anew),
        };

        uuid_parse(RUN, sizeof(RUN) - 1, run_id);
        return run_tap(tests);
}
