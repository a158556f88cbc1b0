#include "runner/process/signals.h"

#include <stddef.h>

void signals_that_stop(sigset_t *ret_set)
{
        static const int all[] = { SIGTERM, SIGINT, SIGHUP };
        struct sigaction action;

        sigemptyset(ret_set);
        for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
                /* A blocked signal would reach a signalfd even if it is ignored. */
                if (sigaction(all[i], NULL, &action) == 0 && action.sa_handler != SIG_IGN)
                        sigaddset(ret_set, all[i]);
        }
}
