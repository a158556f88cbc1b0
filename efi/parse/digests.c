#include "efi/parse/digests.h"

void digests_open(struct digests *ret_digests, struct digest *tasks)
{
        *ret_digests = (struct digests){ .tasks = tasks };
        sha256_init(&(struct sha256){ 0 }); /* asks the processor what it can, before others do */
}

void digests_publish(struct digests *digests, const void *data, uint64_t size)
{
        digests->tasks[digests->published] = (struct digest){ .data = data, .size = size };
        __atomic_store_n(&digests->published, digests->published + 1, __ATOMIC_RELEASE);
}

void digests_close(struct digests *digests)
{
        __atomic_store_n(&digests->closed, 1, __ATOMIC_RELEASE);
}

static void work_on(struct digest *task)
{
        sha256(task->data, task->size, task->sha256);
        __atomic_store_n(&task->done, 1, __ATOMIC_RELEASE);
}

/* Takes the next task, if there is one that nobody has. */
static struct digest *take(struct digests *digests)
{
        uint32_t next = __atomic_load_n(&digests->taken, __ATOMIC_RELAXED);

        while (next < __atomic_load_n(&digests->published, __ATOMIC_ACQUIRE))
                if (__atomic_compare_exchange_n(&digests->taken, &next, next + 1, false,
                            __ATOMIC_RELAXED, __ATOMIC_RELAXED))
                        return &digests->tasks[next];
        return NULL;
}

/* Closed is looked at first: a task that was published before cannot be missed then. */
void digests_work(struct digests *digests, bool stay)
{
        for (;;) {
                bool closed = __atomic_load_n(&digests->closed, __ATOMIC_ACQUIRE);
                struct digest *task = take(digests);

                if (task)
                        work_on(task);
                else if (!stay || closed)
                        return;
                else
                        __builtin_ia32_pause();
        }
}

bool digests_done(const struct digests *digests)
{
        for (uint32_t i = 0; i < digests->published; i++)
                if (!__atomic_load_n(&digests->tasks[i].done, __ATOMIC_ACQUIRE))
                        return false;
        return true;
}
