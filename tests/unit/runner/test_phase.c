/* GPUs that measure themselves and GPUs that copy between each other, never both at a time. */
#include <signal.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/clock.h"
#include "runner/check/check_phase.h"
#include "tests/unit/tap.h"

#define GPUS   6
#define ROUNDS 5

/* What the processes see of each other; written by its own process only. */
static struct board {
        struct {
                volatile int in[CHECK_PHASES];
                volatile int rounds, clashes, late, host;
        } gpu[GPUS];
} * board;

static int make_board(void **state)
{
        (void)state;
        board = mmap(
                NULL, sizeof(*board), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
        return board == MAP_FAILED;
}

static void stay(int gpu, enum check_phase phase, useconds_t us)
{
        enum check_phase other = phase == CHECK_PHASE_OWN ? CHECK_PHASE_BETWEEN : CHECK_PHASE_OWN;

        if (!check_phase_enter(check_phase_file(), phase, 20, NULL, NULL))
                board->gpu[gpu].late++;
        board->gpu[gpu].in[other] = 0;
        board->gpu[gpu].in[phase] = 1;
        usleep(us);
        for (int i = 0; i < GPUS; i++)
                board->gpu[gpu].clashes += board->gpu[i].in[other];
        /* before the lock of the next phase: who sees it there must not see this one here */
        board->gpu[gpu].in[phase] = 0;
}

/* Alone. */
static void copy_with_host(int gpu)
{
        if (!check_phase_begin_host(check_phase_file(), 20, NULL, NULL))
                board->gpu[gpu].late++;
        board->gpu[gpu].host = 1;
        usleep(1000);
        for (int i = 0; i < GPUS; i++)
                board->gpu[gpu].clashes += i != gpu && board->gpu[i].host;
        board->gpu[gpu].host = 0;
        check_phase_end_host(check_phase_file());
}

/* A check process: some are slow, and none ends when the others do. */
static pid_t start(int gpu, int rounds, bool hangs)
{
        pid_t child = fork();

        assert_true(child >= 0);
        if (child > 0)
                return child;
        prctl(PR_SET_PDEATHSIG, SIGKILL); /* a test that fails leaves none behind */
        for (int i = 0; i < rounds; i++) {
                copy_with_host(gpu);
                stay(gpu, CHECK_PHASE_OWN, 1000u * (unsigned)(1 + gpu * 3));
                stay(gpu, CHECK_PHASE_BETWEEN, 2000u * (unsigned)(GPUS - gpu));
                board->gpu[gpu].rounds++;
        }
        if (hangs) {
                check_phase_begin_host(check_phase_file(), 0, NULL, NULL);
                stay(gpu, CHECK_PHASE_BETWEEN, 0);
                board->gpu[gpu].rounds++;
                pause();
        }
        _exit(0);
}

static void never_both(void **state)
{
        pid_t child[GPUS];

        (void)state;
        assert_true(check_phase_file() >= 0);
        for (int i = 0; i < GPUS; i++)
                child[i] = start(i, ROUNDS + i, false);
        for (int i = 0; i < GPUS; i++)
                assert_int_equal(waitpid(child[i], NULL, 0), child[i]);
        for (int i = 0; i < GPUS; i++) {
                assert_int_equal(board->gpu[i].rounds, ROUNDS + i);
                assert_int_equal(board->gpu[i].clashes, 0);
                assert_int_equal(board->gpu[i].late, 0);
        }
}

static unsigned ticks;

static void tick(void *context)
{
        *(unsigned *)context += 1;
}

/* One that hangs is waited for as long as the limit says; one that is killed, no longer. */
static void the_dead_hold_up_nobody(void **state)
{
        pid_t child = start(0, 1, true);
        double begun;

        (void)state;
        while (board->gpu[0].rounds < 2) /* it has both */
                usleep(1000);
        assert_false(check_phase_begin_host(check_phase_file(), 0.05, NULL, NULL));
        begun = clock_seconds();
        assert_false(check_phase_enter(check_phase_file(), CHECK_PHASE_OWN, 1, tick, &ticks));
        assert_true(clock_seconds() - begun >= 1);
        assert_true(ticks > 3);
        kill(child, SIGKILL);
        assert_int_equal(waitpid(child, NULL, 0), child);
        assert_true(check_phase_begin_host(check_phase_file(), 0, NULL, NULL));
        check_phase_end_host(check_phase_file());
        assert_true(check_phase_enter(check_phase_file(), CHECK_PHASE_BETWEEN, 0, NULL, NULL));
        assert_true(check_phase_enter(check_phase_file(), CHECK_PHASE_OWN, 0, NULL, NULL));
}

static void without_a_file_nobody_waits(void **state)
{
        (void)state;
        assert_true(check_phase_enter(-1, CHECK_PHASE_BETWEEN, 0, NULL, NULL));
        assert_true(check_phase_begin_host(-1, 0, NULL, NULL));
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test_setup(never_both, make_board),
                cmocka_unit_test_setup(the_dead_hold_up_nobody, make_board),
                cmocka_unit_test(without_a_file_nobody_waits),
        };

        return run_tap(tests);
}
