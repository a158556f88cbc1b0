#include "runner/program/resume.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "files/beneath.h"
#include "jobs/folder.h"
#include "jobs/room.h"
#include "lib/cleanup.h"
#include "lib/io.h"
#include "lib/uuid.h"
#include "runner/record/plan.h"
#include "runner/record/record.h"

static const char *file_of(const struct attempt *attempt)
{
        return attempt->entry->job->program.checkpoint;
}

/* --- giving --- */

struct given {
        int fd;
        int error;
};

static bool put(void *context, const void *data, size_t length)
{
        struct given *given = context;

        if (io_write(given->fd, data, length))
                return true;
        given->error = errno;
        return false;
}

static bool refuse(struct attempt *attempt, int error)
{
        attempt_error(attempt, "Checkpoint=%s cannot be put into the program's folder: %s",
                file_of(attempt), strerror(error));
        return false;
}

static bool give_file(struct attempt *attempt, const struct workdir *workdir, struct resume *resume)
{
        _cleanup_close_ int fd = beneath_create(workdir->fd, file_of(attempt), 0644);
        struct given given = { .fd = fd };

        if (fd < 0)
                return refuse(attempt, errno);
        if (checkpoint_read(&resume->place, &resume->given, put, &given, resume->why))
                return true;
        resume->given.kind = CHECKPOINT_NONE;
        if (!resume->why[0])
                return refuse(attempt, given.error);
        return unlinkat(workdir->fd, file_of(attempt), 0) == 0 || refuse(attempt, errno);
}

/* Whether there is a place for this job here. */
static bool find_place(struct attempt *attempt, struct resume *resume)
{
        const struct store_pen *pen = attempt->place->store;
        const struct entry *entry = attempt->entry;
        unsigned device = entry->index > 0 ? (unsigned)entry->index : 0;

        if (!pen)
                return why_not(resume->why, "there is no store");
        return checkpoint_find(pen, entry->job->name, device, &resume->place, resume->why);
}

bool resume_give(struct attempt *attempt, const struct workdir *workdir, struct resume *ret_resume)
{
        struct resume *resume = ret_resume;

        *resume = (struct resume){ .given.kind = CHECKPOINT_NONE };
        if (!file_of(attempt) || !find_place(attempt, resume))
                return true;
        if (!checkpoint_last(&resume->place, &resume->given, resume->why))
                resume->given.kind = CHECKPOINT_NONE;
        else if (resume->given.kind == CHECKPOINT_FILE)
                return give_file(attempt, workdir, resume);
        else
                why_not(resume->why, "the run before left no file");
        return true;
}

/* --- taking --- */

struct taken {
        int fd;
        int error; /* a negative errno */
};

static bool get(void *context, void *data, size_t length)
{
        struct taken *taken = context;

        taken->error = io_read_all(taken->fd, data, length);
        return taken->error == 0;
}

static bool complain(struct attempt *attempt, const char *why)
{
        attempt_error(attempt, "Checkpoint=%s could not be left for the next run: %s",
                file_of(attempt), why);
        return false;
}

static bool take_file(struct attempt *attempt, const struct checkpoint_place *place, int fd,
        uint64_t bytes, json_t *event)
{
        struct taken taken = { .fd = fd };
        uint8_t digest[SHA256_SIZE];
        char why[WHY_SIZE], text[2 * SHA256_SIZE + 1];

        if (!checkpoint_leave(
                    place, attempt->place->journal->writer.run_id, bytes, get, &taken, digest, why))
                return complain(attempt, why[0] ? why : folder_strerror(taken.error));
        sha256_format(digest, text);
        json_object_set_new(event, "left_bytes", json_integer((json_int_t)bytes));
        json_object_set_new(event, "left_sha256", json_string(text));
        return true;
}

static void take(struct attempt *attempt, const struct workdir *workdir,
        const struct checkpoint_place *place, json_t *event)
{
        uint64_t bytes;
        _cleanup_close_ int fd = folder_open(workdir->fd, file_of(attempt), &bytes);
        char why[WHY_SIZE];

        if (fd >= 0)
                take_file(attempt, place, fd, bytes, event);
        else if (fd != -ENOENT)
                complain(attempt, folder_strerror(fd));
        else if (!checkpoint_drop(place, attempt->place->journal->writer.run_id, why))
                complain(attempt, why);
}

static json_t *new_event(const struct attempt *attempt, const struct resume *resume)
{
        json_t *event = journal_new_event("job.checkpoint");
        char run[UUID_LENGTH + 1];

        record_name_entry(event, attempt->entry);
        json_object_set_new(event, "file", json_string(file_of(attempt)));
        if (resume->given.kind == CHECKPOINT_FILE) {
                uuid_format(resume->given.run, run);
                json_object_set_new(
                        event, "given_bytes", json_integer((json_int_t)resume->given.length));
                json_object_set_new(event, "given_run", json_string(run));
        } else {
                json_object_set_new(event, "not_given", json_string(resume->why));
        }
        return event;
}

void resume_take(
        struct attempt *attempt, const struct workdir *workdir, const struct resume *resume)
{
        json_t *event;

        if (!file_of(attempt))
                return;
        event = new_event(attempt, resume);
        if (resume->place.pen)
                take(attempt, workdir, &resume->place, event);
        if (attempt_hold(attempt, ROOM_OUTPUT_BYTES)) {
                journal_event(attempt->place->journal, event);
                return;
        }
        json_decref(event);
        attempt_full(attempt, "what became of Checkpoint=", ROOM_OUTPUT_BYTES);
}
