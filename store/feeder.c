#include "store/feeder.h"

#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/why.h"

#define PIECES 3u /* one on its way, one that waits, one that its owner has */

struct piece {
        uint8_t *data;
        uint64_t offset;
        size_t length;
};

/*
 * Pieces are given to the thread, moved by it, and had by their owner, in turn; these count how
 * many, without end.
 */
struct feeder {
        const struct store_pen *pen;
        enum feeder_way way;
        pthread_t thread;
        pthread_mutex_t lock;
        pthread_cond_t changed;
        struct piece piece[PIECES];
        uint64_t given, moved, had;
        bool failed, ends;
        char why[WHY_SIZE]; /* of what failed */
};

/* --- the thread: it neither allocates nor prints, so that a fork beside it is safe --- */

static bool move(const struct feeder *feeder, const struct piece *piece, char *why)
{
        return feeder->way == FEEDER_WRITES ? store_pen_write(feeder->pen, piece->offset,
                                                      piece->data, piece->length, why)
                                            : store_pen_read(feeder->pen, piece->offset,
                                                      piece->data, piece->length, why);
}

static void move_next(struct feeder *feeder)
{
        const struct piece *piece = &feeder->piece[feeder->moved % PIECES];
        char why[WHY_SIZE];
        bool good = feeder->failed; /* what is behind something that is not there is left */

        pthread_mutex_unlock(&feeder->lock);
        if (!good)
                good = move(feeder, piece, why);
        pthread_mutex_lock(&feeder->lock);
        if (!good) {
                feeder->failed = true;
                memcpy(feeder->why, why, sizeof(why));
        }
        feeder->moved++;
        pthread_cond_broadcast(&feeder->changed);
}

static void *feed(void *context)
{
        struct feeder *feeder = context;

        pthread_mutex_lock(&feeder->lock);
        while (!feeder->ends || feeder->moved < feeder->given) {
                if (feeder->moved < feeder->given)
                        move_next(feeder);
                else
                        pthread_cond_wait(&feeder->changed, &feeder->lock);
        }
        pthread_mutex_unlock(&feeder->lock);
        return NULL;
}

/* --- its owner --- */

static void wait_until(struct feeder *feeder, uint64_t behind)
{
        while (feeder->given - feeder->moved > behind)
                pthread_cond_wait(&feeder->changed, &feeder->lock);
}

/* Signals are its owner's: none may end here. */
static bool start_thread(struct feeder *feeder)
{
        sigset_t all, before;
        bool good;

        /* sigprocmask: on Linux it is this thread's, and pthread_sigmask is newer than glibc 2.17
         * as it is linked. */
        sigfillset(&all);
        sigprocmask(SIG_BLOCK, &all, &before);
        good = pthread_create(&feeder->thread, NULL, feed, feeder) == 0;
        sigprocmask(SIG_SETMASK, &before, NULL);
        return good;
}

static void free_memory(struct feeder *feeder)
{
        for (size_t i = 0; i < PIECES; i++)
                free(feeder->piece[i].data);
        pthread_cond_destroy(&feeder->changed);
        pthread_mutex_destroy(&feeder->lock);
        free(feeder);
}

struct feeder *feeder_start(const struct store_pen *pen, enum feeder_way way)
{
        struct feeder *feeder = calloc(1, sizeof(*feeder));
        bool good = feeder != NULL;

        if (!feeder)
                return NULL;
        feeder->pen = pen;
        feeder->way = way;
        pthread_mutex_init(&feeder->lock, NULL);
        pthread_cond_init(&feeder->changed, NULL);
        for (size_t i = 0; i < PIECES; i++) {
                feeder->piece[i].data = aligned_alloc(STORE_BLOCK, FEEDER_PIECE);
                good = good && feeder->piece[i].data;
        }
        if (good && start_thread(feeder))
                return feeder;
        free_memory(feeder);
        return NULL;
}

uint8_t *feeder_take(struct feeder *feeder)
{
        pthread_mutex_lock(&feeder->lock);
        wait_until(feeder, PIECES - 1);
        pthread_mutex_unlock(&feeder->lock);
        return feeder->piece[feeder->given % PIECES].data;
}

void feeder_give(struct feeder *feeder, uint64_t offset, size_t length)
{
        struct piece *piece = &feeder->piece[feeder->given % PIECES];

        pthread_mutex_lock(&feeder->lock);
        piece->offset = offset;
        piece->length = length;
        feeder->given++;
        pthread_cond_broadcast(&feeder->changed);
        pthread_mutex_unlock(&feeder->lock);
}

bool feeder_settle(struct feeder *feeder, char *why)
{
        bool good;

        pthread_mutex_lock(&feeder->lock);
        wait_until(feeder, 0);
        good = !feeder->failed;
        if (!good)
                memcpy(why, feeder->why, sizeof(feeder->why));
        feeder->failed = false;
        pthread_mutex_unlock(&feeder->lock);
        return good;
}

void feeder_ask(struct feeder *feeder, uint64_t offset, size_t length)
{
        feeder_give(feeder, offset, length);
}

const uint8_t *feeder_get(struct feeder *feeder, char *why)
{
        const uint8_t *data;

        pthread_mutex_lock(&feeder->lock);
        while (feeder->moved <= feeder->had)
                pthread_cond_wait(&feeder->changed, &feeder->lock);
        data = feeder->failed ? NULL : feeder->piece[feeder->had % PIECES].data;
        if (!data)
                memcpy(why, feeder->why, sizeof(feeder->why));
        feeder->had++;
        pthread_mutex_unlock(&feeder->lock);
        return data;
}

void feeder_free(struct feeder *feeder)
{
        if (!feeder)
                return;
        pthread_mutex_lock(&feeder->lock);
        feeder->ends = true;
        pthread_cond_broadcast(&feeder->changed);
        pthread_mutex_unlock(&feeder->lock);
        pthread_join(feeder->thread, NULL);
        free_memory(feeder);
}
