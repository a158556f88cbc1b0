/* A fleet of hosts that never was: run folders with figures as an H200 has them, and noise. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#define FLEET_PLANTED 12u /* GPUs that something is wrong with, one thing each */

struct fleet_runs {
        size_t hosts;  /* more than FLEET_PLANTED; each tenth has eight GPUs, the others one */
        size_t rounds; /* runs of each; drift needs three or more */
        unsigned seed;
        bool healthy; /* nothing is planted */
};

/* What is wrong with planted GPU `plant`, and the word that a report has of it. */
const char *fleet_runs_plant(size_t plant);

/* Its UUID. */
void fleet_runs_uuid(size_t plant, char *out, size_t size);

/* Writes all to FOLDER/HOST/ROUND/run.json and returns how many runs that are. */
size_t fleet_runs_write(const char *folder, const struct fleet_runs *runs);
