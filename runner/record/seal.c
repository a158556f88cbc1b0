#include "runner/record/seal.h"

#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>

#include "lib/cleanup.h"
#include "lib/sha256.h"

#define MOST_THREADS 16 /* more wait for memory */
#define AT_A_TIME    2u /* pieces */

/* What the threads share. */
struct seal {
        const void *data;
        size_t length, pieces;
        size_t next; /* piece that nobody has taken */
        uint8_t (*digest)[SHA256_SIZE];
};

static void *hash_pieces(void *context)
{
        struct seal *seal = context;
        size_t first;

        while ((first = __atomic_fetch_add(&seal->next, AT_A_TIME, __ATOMIC_RELAXED)) <
                seal->pieces) {
                size_t left = seal->pieces - first;

                sha256_of_pieces(seal->data, seal->length, first,
                        left < AT_A_TIME ? left : AT_A_TIME, seal->digest + first);
        }
        return NULL;
}

/* A thread that does not start leaves its work to the others; this one is always there. */
static void hash_together(struct seal *seal)
{
        long processors = sysconf(_SC_NPROCESSORS_ONLN);
        size_t wanted = (seal->pieces + AT_A_TIME - 1) / AT_A_TIME;
        pthread_t thread[MOST_THREADS];
        size_t threads = 0;

        if (wanted > MOST_THREADS)
                wanted = MOST_THREADS;
        if (processors < 1 || wanted > (size_t)processors)
                wanted = processors < 1 ? 1 : (size_t)processors;
        while (threads + 1 < wanted &&
                pthread_create(&thread[threads], NULL, hash_pieces, seal) == 0)
                threads++;
        hash_pieces(seal);
        for (size_t i = 0; i < threads; i++)
                pthread_join(thread[i], NULL);
}

enum region_error seal_region(struct region_writer *writer)
{
        struct seal seal = { .next = 0 };
        uint8_t root[SHA256_SIZE];

        if (writer->state == REGION_SEALED)
                return REGION_CLOSED;
        seal.data = region_data(writer, &seal.length);
        seal.pieces = sha256_pieces(seal.length);
        _cleanup_free_ void *digests = malloc(seal.pieces * SHA256_SIZE + 1);

        if (!digests)
                return region_seal(writer);
        seal.digest = digests;
        hash_together(&seal);
        sha256(digests, seal.pieces * SHA256_SIZE, root);
        return region_seal_hashed(writer, root);
}
