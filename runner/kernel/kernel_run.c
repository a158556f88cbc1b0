#include "runner/kernel/kernel_run.h"

#include <string.h>
#include <sys/mman.h>

#include "jobs/argument.h"
#include "lib/clock.h"
#include "lib/crc32c.h"
#include "runner/kernel/crew.h"
#include "runner/kernel/kernel_board.h"
#include "runner/kernel/kernel_job.h"
#include "runner/kernel/kernel_order.h"
#include "runner/record/output.h"

struct kernel_run {
        struct outputs outputs;
        size_t next;   /* output that is asked for next */
        void *room;    /* where it goes; NULL: none is being copied */
        bool direct;   /* that is its place in the region */
        void *staging; /* memory that the process shares with us; NULL: outputs go straight */
        uint64_t staging_bytes;
        struct sha256 hash; /* of what has come of the output that is being copied */
        uint32_t crc;       /* the same, behind its path: the record's checksum */
        uint64_t hashed_bytes;
        uint64_t missing; /* of the GPU's memory, after it */
        bool ahead;       /* its process was started before its time */
        bool used;        /* its process has done other jobs */
        bool anew;        /* and is not to trust the modules that it has kept */
};

/* --- its process --- */

/* An input that is not there counts nothing. */
static uint64_t buffer_bytes(const struct argument *argument, int folder)
{
        uint64_t bytes;

        return argument_bytes(argument, folder, &bytes) == 0 ? bytes : 0;
}

uint64_t kernel_device_bytes(const struct job *job, int folder)
{
        uint64_t total = 0;

        for (size_t i = 0; i < job->kernel.arguments; i++) {
                uint64_t bytes = buffer_bytes(&job->kernel.argument[i], folder);

                total = __builtin_add_overflow(total, bytes, &bytes) ? UINT64_MAX : bytes;
        }
        return total;
}

/* Memory for the largest output. Pages come as they are written. */
static bool make_staging(struct attempt *attempt)
{
        const struct job *job = attempt->entry->job;
        struct kernel_run *run = attempt->state;

        for (size_t i = 0; i < job->kernel.arguments; i++) {
                uint64_t bytes = buffer_bytes(&job->kernel.argument[i], attempt->place->folder);

                if (argument_is_output(&job->kernel.argument[i]) && bytes > run->staging_bytes)
                        run->staging_bytes = bytes;
        }
        if (run->staging || run->staging_bytes == 0 || !attempt->place->staged)
                return true;
        run->staging = mmap(NULL, run->staging_bytes, PROT_READ | PROT_WRITE,
                MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
        if (run->staging != MAP_FAILED)
                return true;
        run->staging = NULL;
        attempt_error(attempt, "no memory for an output of %llu bytes",
                (unsigned long long)run->staging_bytes);
        return false;
}

/* Of the job, or of the sweep that it is a point of: what processes know that are there already. */
static const struct job *known_job(const struct attempt *attempt)
{
        const struct job *job = attempt->entry->job;

        return job->point_of ? job->point_of : job;
}

static struct kernel_task task_of(const struct attempt *attempt)
{
        const struct region_writer *writer = &attempt->place->journal->writer;

        return (struct kernel_task){
                .limits = &known_job(attempt)->limits,
                .device = attempt->entry->device,
                .folder = attempt->place->folder,
                .region = writer->base,
                .region_bytes = writer->size,
                .staged = attempt->place->staged,
        };
}

static bool launch(struct attempt *attempt)
{
        struct kernel_task task = task_of(attempt);

        return attempt_launch(attempt, kernel_job_main, &task);
}

/* --- outputs come one at a time, each into its record --- */

static struct kernel_board *board_of(const struct attempt *attempt)
{
        return attempt->process->board;
}

/* It is for this that the room was kept. */
static enum region_error reserve(struct attempt *attempt, const struct output *output, void **ret)
{
        uint64_t bytes = region_record_bytes(strlen(output->path), output->bytes);

        attempt_hold(attempt, -(int64_t)bytes);
        return journal_reserve(attempt->place->journal, output->path, output->bytes, ret);
}

static bool was_kept(struct attempt *attempt, const struct output *output, enum region_error error)
{
        return attempt_kept(attempt, output->file,
                region_record_bytes(strlen(output->path), output->bytes), error);
}

static bool is_small(const struct output *output)
{
        return output->bytes <= KERNEL_SMALL_BYTES;
}

static void ask_for_output(struct attempt *attempt)
{
        struct kernel_run *run = attempt->state;
        const struct output *output = &run->outputs.output[run->next];
        struct kernel_order order = { .index = run->next, .bytes = output->bytes };
        enum region_error error = REGION_OK;

        sha256_init(&run->hash);
        run->crc = crc32c(0, output->path, strlen(output->path));
        run->hashed_bytes = 0;
        run->direct = !is_small(output) && !run->staging;
        if (run->direct)
                error = reserve(attempt, output, &order.to);
        else if (is_small(output))
                order.to = board_of(attempt)->output;
        else if (output->bytes <= run->staging_bytes)
                order.to = run->staging;
        if (!was_kept(attempt, output, error))
                return;
        if (!order.to)
                attempt_error(attempt, "an input file changed while the job ran");
        else if (process_order(attempt->process, &order, sizeof(order)))
                run->room = order.to;
}

/* A block at a time, so that the second sum finds it in the cache. */
#define HASH_BLOCK_BYTES (UINT64_C(256) << 10)

static void hash_up_to(struct kernel_run *run, uint64_t bytes)
{
        const char *data = run->room;

        while (run->hashed_bytes < bytes) {
                uint64_t block = bytes - run->hashed_bytes;

                if (block > HASH_BLOCK_BYTES)
                        block = HASH_BLOCK_BYTES;
                sha256_update(&run->hash, data + run->hashed_bytes, block);
                run->crc = crc32c(run->crc, data + run->hashed_bytes, block);
                run->hashed_bytes += block;
        }
}

/* Hashes along, so that little is left to do when the last byte has come. */
static void take_piece(struct attempt *attempt, const json_t *message)
{
        struct kernel_run *run = attempt->state;
        const struct output *output = &run->outputs.output[run->next];
        json_int_t index = json_integer_value(json_object_get(message, "index"));
        json_int_t bytes = json_integer_value(json_object_get(message, "bytes"));

        if (!run->room || output->stored || index != (json_int_t)run->next || bytes < 0 ||
                (uint64_t)bytes > output->bytes || (uint64_t)bytes <= run->hashed_bytes)
                return;
        hash_up_to(run, (uint64_t)bytes);
}

static void judge(struct attempt *attempt, const struct output *output)
{
        struct kernel_run *run = attempt->state;
        uint8_t digest[SHA256_SIZE];

        hash_up_to(run, output->bytes);
        sha256_final(&run->hash, digest);
        output_judge_hashed(
                output, run->room, digest, attempt->outcome.outputs, &attempt->evidence);
}

/* From the memory that it waited in to the room of its record. */
static bool move_output(struct attempt *attempt, const struct output *output)
{
        struct kernel_run *run = attempt->state;
        void *room = NULL;

        if (run->direct)
                return true;
        if (!was_kept(attempt, output, reserve(attempt, output, &room))) {
                run->room = NULL;
                return false;
        }
        memcpy(room, run->room, output->bytes);
        run->room = room;
        run->direct = true;
        return true;
}

/* It was summed as it came, and is not once more. */
static void keep_output(struct attempt *attempt, const struct output *output)
{
        struct kernel_run *run = attempt->state;
        enum region_error error;

        if (!move_output(attempt, output))
                return;
        error = journal_keep_summed(attempt->place->journal, output->path, output->bytes, run->crc);
        run->room = NULL;
        was_kept(attempt, output, error);
}

/* From the memory that it waited in to the disk, and summed on the way. */
static void store_output(struct attempt *attempt, const struct output *output)
{
        struct kernel_run *run = attempt->state;
        const char *data = run->room;
        uint8_t digest[SHA256_SIZE];

        run->room = NULL;
        attempt_hold(attempt, -(int64_t)journal_stored_bytes(output->path)); /* kept for it */
        if (!attempt_store(attempt, output->file, output->path, output->bytes))
                return;
        shelf_add(attempt->place->journal->shelf, data, output->bytes);
        if (attempt_stored(attempt, output->file, output->path, output->bytes, digest))
                output_judge_hashed(
                        output, data, digest, attempt->outcome.outputs, &attempt->evidence);
}

/* The time that the supervisor takes is not the job's. */
static void take_output(struct attempt *attempt, const json_t *message)
{
        struct kernel_run *run = attempt->state;
        json_int_t index = json_integer_value(json_object_get(message, "index"));
        const struct output *output = &run->outputs.output[run->next];
        double start = clock_seconds();

        if (!run->room || index != (json_int_t)run->next)
                return;
        /* What nobody looks at before it is whole is looked at where its process cannot reach it.
         */
        if (output->stored) {
                store_output(attempt, output);
        } else if (!is_small(output) || move_output(attempt, output)) {
                judge(attempt, output);
                keep_output(attempt, output);
        }
        run->next++;
        if (run->next < run->outputs.count && !attempt->evidence.error[0])
                ask_for_output(attempt);
        attempt->deadline += clock_seconds() - start;
}

static void take_go(struct attempt *attempt)
{
        attempt->settled = true;
        attempt->settled_s = clock_seconds();
}

static void take_end(struct attempt *attempt, const json_t *message)
{
        struct kernel_run *run = attempt->state;
        const char *unfit = json_string_value(json_object_get(message, "unfit"));
        json_int_t missing = json_integer_value(json_object_get(message, "missing"));

        attempt->evidence.finished = run->next == run->outputs.count;
        attempt->left = json_is_true(json_object_get(message, "stays"));
        run->missing = missing > 0 ? (uint64_t)missing : 0;
        snprintf(attempt->outcome.unfit, sizeof(attempt->outcome.unfit), "%s", unfit ? unfit : "");
}

static void tell_to_go(struct attempt *attempt)
{
        struct kernel_run *run = attempt->state;
        bool asked = run->outputs.count > 0 && is_small(&run->outputs.output[0]);
        struct kernel_order order = {
                .index = KERNEL_GO,
                .bytes = (attempt->stays ? KERNEL_STAYS : 0) | (run->anew ? KERNEL_ANEW : 0) |
                         (asked ? KERNEL_ASKED : 0),
                .to = (void *)(uintptr_t)known_job(attempt),
                .point = attempt->entry->job->point,
        };

        kernel_board_clear(attempt->process->board);
        process_order(attempt->process, &order, sizeof(order));
        if (asked)
                ask_for_output(attempt);
        if (run->used) { /* it has its context, and does not say so */
                attempt->settled = true;
                attempt->settled_s = clock_seconds();
        }
}

static void take_message(struct attempt *attempt, const char *type, const json_t *message)
{
        struct kernel_run *run = attempt->state;

        if (strcmp(type, "go") == 0)
                take_go(attempt);
        else if (strcmp(type, "piece") == 0)
                take_piece(attempt, message);
        else if (strcmp(type, "output") == 0)
                take_output(attempt, message);
        else if (strcmp(type, "ready") == 0 && run->outputs.count > 0 && run->next == 0 &&
                 !run->room)
                ask_for_output(attempt);
        else if (strcmp(type, "end") == 0)
                take_end(attempt, message);
}

/* An output that was being copied when the process ended is no output. */
static void drop_output(struct attempt *attempt)
{
        struct kernel_run *run = attempt->state;
        const struct output *output = &run->outputs.output[run->next];

        if (run->room && run->direct)
                journal_drop(attempt->place->journal, output->path, output->bytes);
        run->room = NULL;
}

/* --- the attempt --- */

/*
 * What cannot work is known before the job runs, so that no time on the GPU is lost to it. The room
 * is kept from now on: a job on another GPU cannot take it away.
 */
static bool prepare(struct attempt *attempt)
{
        struct kernel_run *run = attempt->state;

        if (!outputs_prepare(attempt->entry, attempt->place->folder, attempt->place->journal,
                    &run->outputs, attempt->evidence.error))
                return false;
        if (run->outputs.store_bytes > 0 &&
                !attempt_store_fits(attempt, "its outputs", run->outputs.store_bytes))
                return false;
        if (run->outputs.record_bytes > INT64_MAX ||
                !attempt_hold(attempt, (int64_t)run->outputs.record_bytes)) {
                attempt_full(attempt, "its outputs do not fit", run->outputs.record_bytes);
                return false;
        }
        return true;
}

/* One of those that do jobs one after the other, with the memory for outputs that they know. */
static bool join_crew(struct attempt *attempt)
{
        struct kernel_run *run = attempt->state;
        struct crew_member member;
        uint64_t largest = 0;

        for (size_t i = 0; i < run->outputs.count; i++) {
                if (run->outputs.output[i].bytes > largest)
                        largest = run->outputs.output[i].bytes;
        }
        if (!crew_take(attempt->crew, attempt, largest, &member))
                return false;
        run->used = member.used;
        run->anew = member.failed;
        run->ahead = member.ahead;
        run->staging = attempt->crew->staging;
        run->staging_bytes = attempt->crew->staging_bytes;
        return true;
}

static bool has_process(struct attempt *attempt)
{
        struct kernel_run *run = attempt->state;

        if (attempt->process && !attempt->process->exited)
                return true;
        if (attempt->process) /* started ahead, and dead since */
                attempt_drop(attempt);
        run->ahead = false;
        if (attempt->crew)
                return join_crew(attempt);
        return make_staging(attempt) && launch(attempt);
}

static void begin(struct attempt *attempt)
{
        if (attempt_make_state(attempt, sizeof(struct kernel_run)) && prepare(attempt) &&
                has_process(attempt))
                tell_to_go(attempt);
}

static void ahead(struct attempt *attempt)
{
        struct kernel_run *run = attempt_make_state(attempt, sizeof(*run));

        if (run && make_staging(attempt))
                run->ahead = launch(attempt);
}

void kernel_adopt(struct attempt *attempt, struct process *process)
{
        struct kernel_handover handover = { .task = task_of(attempt) };
        struct kernel_run *run = attempt_make_state(attempt, sizeof(*run));

        attempt->process = process;
        process_keep(process, attempt->entry->job->limits.keep_bytes);
        if (!run)
                return;
        run->ahead = true;
        handover.device = *attempt->entry->device;
        process_order(process, &handover, sizeof(handover));
}

/*
 * A start ahead of time that went wrong is no result: once more, now that it is its turn. Neither
 * is what may be due to the jobs that the process had before: once more in one that had none.
 */
static bool start_afresh(struct attempt *attempt)
{
        struct kernel_run *run = attempt->state;

        bool early = (run->ahead || run->used) && !atomic_load(&board_of(attempt)->went);

        if (!(early || (run->used && attempt->again)) || attempt->evidence.late ||
                attempt->evidence.stop_signal || (attempt->evidence.error[0] && !attempt->gave_up))
                return false;
        run->ahead = run->used = run->anew = false;
        run->room = NULL; /* nothing was copied there */
        attempt_restart(attempt);
        if (attempt->crew ? crew_launch(attempt->crew, attempt) : launch(attempt))
                tell_to_go(attempt);
        return true;
}

/* What it has said without a message. */
static void read_board(struct attempt *attempt)
{
        const char *step = kernel_board_step(board_of(attempt));

        if (step)
                snprintf(attempt->evidence.step, sizeof(attempt->evidence.step), "%s", step);
        kernel_board_timings(&board_of(attempt)->times, attempt->outcome.timings);
}

static void ended(struct attempt *attempt)
{
        struct kernel_run *run = attempt->state;

        if (start_afresh(attempt))
                return;
        read_board(attempt);
        attempt->outcome.ahead = run->ahead;
        if (!attempt->crew)
                attempt->outcome.context = "own";
        drop_output(attempt);
        attempt_keep_streams(attempt);
}

void kernel_return(struct attempt *attempt, bool doubt)
{
        const struct kernel_run *run = attempt->state;

        if (run && attempt->crew && attempt->outcome.context)
                crew_return(attempt->crew, attempt, run->missing, doubt);
}

static void clear(struct attempt *attempt)
{
        struct kernel_run *run = attempt->state;

        if (run->staging && !attempt->crew)
                munmap(run->staging, run->staging_bytes);
        outputs_clear(&run->outputs);
}

const struct kind kind_kernel = {
        .ahead = ahead,
        .begin = begin,
        .take = take_message,
        .ended = ended,
        .clear = clear,
};
