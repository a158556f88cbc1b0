/* fleet-runs FOLDER HOSTS ROUNDS: a made-up fleet for benchmarks, and what is planted in it. */
#include <stdio.h>
#include <stdlib.h>

#include "tests/unit/dom0/fleet_runs.h"

int main(int argc, char **argv)
{
        struct fleet_runs runs = { .seed = 1 };

        if (argc != 4) {
                fputs("usage: fleet-runs FOLDER HOSTS ROUNDS\n", stderr);
                return 2;
        }
        runs.hosts = strtoul(argv[2], NULL, 10);
        runs.rounds = strtoul(argv[3], NULL, 10);
        fleet_runs_write(argv[1], &runs);
        for (size_t i = 0; i < FLEET_PLANTED; i++) {
                char uuid[64];

                fleet_runs_uuid(i, uuid, sizeof(uuid));
                printf("%s %s\n", uuid, fleet_runs_plant(i));
        }
        return 0;
}
