/* Ordinary memory of this process whose pages lie all over the machine's. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct pages {
        void *memory; /* NULL: none */
        uint64_t bytes;
        uint64_t spread; /* see pages_scatter; 0: unknown */
};

/*
 * Takes `bytes`, whole small pages: each is touched by itself, in an order drawn by lot, and for
 * each one more page that is given back, so that they lie among twice as many. `spread` counts the
 * pages that do not lie right behind their predecessor in the machine, if this process may know (in
 * a PV domain: in what the domain takes for the machine). False without memory.
 */
bool pages_scatter(uint64_t bytes, struct pages *ret_pages);
void pages_free(struct pages *pages);

/* The numbers 0 … count - 1 in an order drawn by lot, always the same for a `seed`. Pure. */
void pages_shuffle(uint32_t *ret_order, uint32_t count, uint64_t seed);
