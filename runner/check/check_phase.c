#include "runner/check/check_phase.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "lib/clock.h"

#define LOOK_US 5000

int check_phase_file(void)
{
        static int file = -1;

        /* by its number: glibc has the function since 2.27, and dom0s have older ones */
        if (file < 0)
                file = (int)syscall(SYS_memfd_create, "forestage-check-phases", MFD_CLOEXEC);
        return file;
}

/* The bytes: one a phase, and one of whoever copies with the host. */
#define HOST CHECK_PHASES

static struct flock lock_of(unsigned byte, short type)
{
        return (struct flock){ .l_type = type, .l_whence = SEEK_SET, .l_start = byte, .l_len = 1 };
}

/* Shared locks only, one beside the other: taking one never waits. */
static void hold(int file, enum check_phase phase, bool held)
{
        struct flock lock = lock_of(phase, held ? F_RDLCK : F_UNLCK);

        (void)fcntl(file, F_SETLK, &lock);
}

static bool others_are_in(int file, enum check_phase phase)
{
        struct flock lock = lock_of(phase, F_WRLCK);

        return fcntl(file, F_GETLK, &lock) == 0 && lock.l_type != F_UNLCK;
}

bool check_phase_enter(
        int file, enum check_phase phase, double limit_s, check_phase_tick *tick, void *context)
{
        enum check_phase other = phase == CHECK_PHASE_OWN ? CHECK_PHASE_BETWEEN : CHECK_PHASE_OWN;
        double end = clock_seconds() + limit_s;

        if (file < 0)
                return true;
        hold(file, other, false);
        for (;;) {
                hold(file, phase, true);
                if (!others_are_in(file, other))
                        return true;
                if (clock_seconds() > end)
                        return false;
                if (phase == CHECK_PHASE_OWN) /* else two would wait for each other */
                        hold(file, phase, false);
                usleep(LOOK_US);
                if (tick)
                        tick(context);
        }
}

bool check_phase_begin_host(int file, double limit_s, check_phase_tick *tick, void *context)
{
        struct flock lock = lock_of(HOST, F_WRLCK);
        double end = clock_seconds() + limit_s;

        while (file >= 0 && fcntl(file, F_SETLK, &lock) != 0) {
                if (clock_seconds() > end)
                        return false;
                usleep(LOOK_US);
                if (tick)
                        tick(context);
        }
        return true;
}

void check_phase_end_host(int file)
{
        struct flock lock = lock_of(HOST, F_UNLCK);

        (void)fcntl(file, F_SETLK, &lock);
}
