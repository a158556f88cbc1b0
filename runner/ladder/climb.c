#include "runner/ladder/climb.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>

#include "lib/clock.h"
#include "runner/ladder/document.h"
#include "runner/ladder/nvrm.h"
#include "runner/ladder/worker.h"
#include "runner/machine/kernel_log.h"
#include "runner/process/persistence.h"
#include "runner/process/process.h"
#include "runner/record/plan.h"
#include "runner/record/record.h"

#define KEEP_BYTES   4096u /* of what libcuda prints */
#define LOOK_SECONDS 60.0

/* A process that performs steps. */
struct hand {
        struct process *process; /* NULL: there is none */
        struct bench_place *place;
        int device; /* that it has its context on, or RUNG_NO_DEVICE */
};

struct ladder {
        const struct climb_options *options;
        const struct climb_watcher *watcher;
        struct rungs *rungs;
        struct hand shared;
        struct process *persistence; /* holds the GPUs open, so that they are initialised once */
        struct kernel_log log;
        const char *stuck; /* the step whose process nothing can end; NULL: none */
        char why[WHY_SIZE];
};

/* What became of an order. */
struct answer {
        enum status status;
        double seconds;
        char reason[WHY_SIZE];
        json_t *figures; /* or NULL */
};

/* --- processes --- */

static void drop(struct hand *hand)
{
        process_free(hand->process);
        if (hand->place)
                munmap(hand->place, sizeof(*hand->place));
        *hand = (struct hand){ .device = RUNG_NO_DEVICE };
}

/* The process has a copy of the set-up, and the same page as its place. */
static bool start(const struct ladder *ladder, struct hand *hand, char *why)
{
        struct worker_setup setup = { .kernel_log = ladder->options->kernel_log };
        void *place = mmap(NULL, sizeof(*setup.place), PROT_READ | PROT_WRITE,
                MAP_SHARED | MAP_ANONYMOUS, -1, 0);
        int error;

        if (place == MAP_FAILED)
                return why_not(why, "out of memory");
        setup.place = place;
        error = process_start(worker_main, &setup, KEEP_BYTES, &hand->process);
        hand->place = place;
        if (error)
                hand->process = NULL;
        return !error || why_not(why, "no process can be started: %s", strerror(-error));
}

static void take(struct answer *answer, const json_t *message)
{
        const char *reason = json_string_value(json_object_get(message, "reason"));
        json_int_t status = json_integer_value(json_object_get(message, "status"));
        json_t *figures = json_object_get(message, "figures");

        answer->status = status >= 0 && status < STATUSES ? (enum status)status : STATUS_ERROR;
        answer->seconds = json_number_value(json_object_get(message, "seconds"));
        why_not(answer->reason, "%s", reason ? reason : "");
        answer->figures = json_is_object(figures) ? json_incref(figures) : NULL;
}

/* The last line that the process printed on standard error, or nothing. */
static void add_last_line(const struct process *process, char *reason)
{
        const struct capture *errors = &process->output[1];
        size_t end = errors->length, from, used = strlen(reason);

        while (end > 0 && errors->data[end - 1] == '\n')
                end--;
        for (from = end; from > 0 && errors->data[from - 1] != '\n';)
                from--;
        if (end > from)
                snprintf(reason + used, WHY_SIZE - used, "; it printed: %.*s",
                        (int)(end - from < 300 ? end - from : 300), errors->data + from);
}

/* Of a process that gave no answer, and is ended. */
static void explain(const struct hand *hand, double limit, struct answer *answer)
{
        const struct process *process = hand->process;
        char doing[sizeof(hand->place->doing)], in[sizeof(doing) + 8] = "";
        int status = process->wait_status;

        memcpy(doing, hand->place->doing, sizeof(doing));
        doing[sizeof(doing) - 1] = '\0';
        if (doing[0])
                snprintf(in, sizeof(in), ", in %s", doing);
        if (answer->status == STATUS_TIMEOUT)
                why_not(answer->reason, "no answer within %g s%s%s", limit, in,
                        process->stuck ? "; its process cannot be ended: it hangs in the kernel"
                                       : "");
        else if (process_stop_signal())
                why_not(answer->reason, "ended by signal %d%s", process_stop_signal(), in);
        else if (WIFSIGNALED(status))
                why_not(answer->reason, "its process was killed by signal %d (%s)%s",
                        WTERMSIG(status), strsignal(WTERMSIG(status)), in);
        else
                why_not(answer->reason, "its process ended by itself, with status %d%s",
                        WEXITSTATUS(status), in);
        add_last_line(process, answer->reason);
}

/* Has the order carried out. The process is there afterwards only when it gave an answer. */
static void ask(struct hand *hand, const struct worker_order *order, double limit,
        struct answer *ret_answer)
{
        struct answer answer = { .status = STATUS_ERROR };
        double begun = clock_seconds(), deadline = begun + limit;
        bool answered = false;
        json_t *message;

        process_order(hand->process, order, sizeof(*order));
        while (!answered && !hand->process->exited && !process_stop_signal() &&
                clock_seconds() < deadline) {
                process_wait(deadline);
                while ((message = process_message(hand->process))) {
                        take(&answer, message);
                        answered = true;
                        json_decref(message);
                }
        }
        if (!answered) {
                if (!hand->process->exited && !process_stop_signal())
                        answer.status = STATUS_TIMEOUT;
                answer.seconds = clock_seconds() - begun;
                process_end(hand->process);
                explain(hand, limit, &answer);
        }
        *ret_answer = answer;
}

/* --- one step --- */

static double limit_of(const struct ladder *ladder, enum ladder_step step)
{
        double limit = ladder->options->step_seconds;

        return limit > 0 ? limit : ladder_rows[step].seconds;
}

static void note_if_stuck(struct ladder *ladder, const struct hand *hand, enum ladder_step step)
{
        if (hand->process && hand->process->stuck)
                ladder->stuck = ladder_rows[step].name;
}

/* One that has a process of its own, which ends with it. */
static void ask_alone(struct ladder *ladder, const struct worker_order *order, double limit,
        struct answer *answer)
{
        struct hand hand = { .device = RUNG_NO_DEVICE };

        if (start(ladder, &hand, answer->reason))
                ask(&hand, order, limit, answer);
        if (order->step < LADDER_STEPS)
                note_if_stuck(ladder, &hand, order->step);
        drop(&hand);
}

/* A process that has worked for one GPU is not used for another. */
static bool ready_shared(struct ladder *ladder, int device, char *why)
{
        struct hand *hand = &ladder->shared;

        if (hand->process && hand->device != RUNG_NO_DEVICE && hand->device != device)
                drop(hand);
        if (!hand->process && !start(ladder, hand, why))
                return false;
        hand->device = device;
        return true;
}

static void ask_shared(struct ladder *ladder, const struct worker_order *order, double limit,
        struct answer *answer)
{
        if (ready_shared(ladder, order->device, answer->reason))
                ask(&ladder->shared, order, limit, answer);
        if (answer->status == STATUS_PASS)
                return;
        note_if_stuck(ladder, &ladder->shared, order->step);
        drop(&ladder->shared);
}

/* While the shared one has its context, which it may have lost with its process. */
static void ask_beside(struct ladder *ladder, const struct worker_order *order, double limit,
        struct answer *answer)
{
        const struct worker_order enter = { LADDER_CONTEXT, order->device, 0 };
        char reason[WHY_SIZE];

        ask_shared(ladder, &enter, limit_of(ladder, LADDER_CONTEXT), answer);
        if (answer->status == STATUS_PASS) {
                json_decref(answer->figures);
                *answer = (struct answer){ .status = STATUS_ERROR };
                ask_alone(ladder, order, limit, answer);
                return;
        }
        memcpy(reason, answer->reason, sizeof(reason));
        why_not(answer->reason, "in the first process: %.900s", reason);
}

/* What the module said meanwhile explains why. */
static void add_kernel_lines(struct ladder *ladder, struct answer *answer)
{
        json_t *lines = json_array();

        nvrm_read(&ladder->log, lines);
        if (!answer->figures)
                answer->figures = json_object();
        if (answer->status != STATUS_PASS && json_array_size(lines) > 0 &&
                !json_object_get(answer->figures, "kernel"))
                json_object_set(answer->figures, "kernel", lines);
        json_decref(lines);
}

static void perform(struct ladder *ladder, size_t number, struct answer *answer)
{
        static void (*const ways[])(struct ladder * ladder, const struct worker_order *order,
                double limit, struct answer *answer) = {
                [LADDER_ALONE] = ask_alone,
                [LADDER_SHARED] = ask_shared,
                [LADDER_BESIDE] = ask_beside,
        };
        const struct rung *rung = &ladder->rungs->rung[number];
        const struct worker_order order = { rung->step, rung->device,
                rungs_passed(ladder->rungs, rung->device) };

        nvrm_read(&ladder->log, NULL);
        ways[ladder_rows[rung->step].process](ladder, &order, limit_of(ladder, rung->step), answer);
        add_kernel_lines(ladder, answer);
}

/* --- from step to step --- */

/* Why it is not even tried; false: it is. */
static bool is_settled(const struct ladder *ladder, const struct rung *rung, struct answer *answer)
{
        const struct ladder_row *row = &ladder_rows[rung->step];
        enum ladder_step missing =
                ladder_missing(row->needs, rungs_passed(ladder->rungs, rung->device));

        *answer = (struct answer){ .status = STATUS_NOTRUN };
        if (row->of_driver && ladder->rungs->rehearsal) {
                answer->status = STATUS_SKIP;
                return !why_not(answer->reason, "a rehearsal has no driver, and no GPU");
        }
        if (missing < LADDER_STEPS)
                return !why_not(answer->reason, "needs %s", ladder_rows[missing].name);
        if (ladder->stuck)
                return !why_not(answer->reason, "needs %s, whose process hangs in the kernel",
                        ladder->stuck);
        if (process_stop_signal())
                return !why_not(answer->reason, "ended by signal %d", process_stop_signal());
        *answer = (struct answer){ .status = STATUS_ERROR };
        return false;
}

static bool write_document(struct ladder *ladder, const struct rung *running)
{
        return document_write(
                ladder->options->file, rungs_json(ladder->rungs, running), ladder->why);
}

static bool climb_one(struct ladder *ladder, size_t number)
{
        struct rung *rung = &ladder->rungs->rung[number];
        struct answer answer;

        ladder->watcher->begins(ladder->rungs, number);
        if (!is_settled(ladder, rung, &answer)) {
                if (!write_document(ladder, rung))
                        return false;
                perform(ladder, number, &answer);
        }
        rungs_settle(ladder->rungs, number, answer.status, answer.seconds, answer.reason,
                answer.figures);
        return true;
}

/* --- the GPUs --- */

static bool list_devices(const struct rung *rung, struct machine *ret_machine)
{
        const json_t *list = json_object_get(rung->figures, "devices"), *object;
        struct machine machine = { .device = calloc(
                                           json_array_size(list) + 1, sizeof(*machine.device)) };
        size_t i;

        json_array_foreach(list, i, object) {
                if (machine.device && record_read_device(object, &machine.device[machine.devices]))
                        machine.devices++;
        }
        *ret_machine = machine;
        return machine.device != NULL;
}

static bool is_listed(const int *list, size_t count, int device)
{
        for (size_t i = 0; i < count; i++) {
                if (list[i] == device)
                        return true;
        }
        return false;
}

/* Those that were chosen, each once, in the order of the choice; none: `why` names a wrong one. */
static size_t choose(
        const struct machine *machine, const struct words *chosen, int *ret_list, char *why)
{
        size_t count = 0;

        for (size_t i = 0; !chosen && i < machine->devices; i++)
                ret_list[count++] = (int)machine->device[i].index;
        for (size_t i = 0; chosen && i < chosen->count; i++) {
                const struct device *device = plan_find_device(machine, chosen->word[i]);

                if (!device) {
                        why_not(why, "--devices %s: this machine has no such GPU", chosen->word[i]);
                        return 0;
                }
                if (!is_listed(ret_list, count, (int)device->index))
                        ret_list[count++] = (int)device->index;
        }
        return count;
}

/* Behind cuinit the GPUs are known, and the rest of the ladder is made for each. */
static void spread(struct ladder *ladder, size_t number)
{
        struct rung *rung = &ladder->rungs->rung[number];
        const struct words *chosen = ladder->options->devices;
        char why[WHY_SIZE] = "out of memory";
        struct machine machine;
        size_t count = 0;
        int *list;

        if (rung->status != STATUS_PASS)
                return;
        if (list_devices(rung, &machine)) {
                list = calloc(machine.devices + 1, sizeof(*list));
                count = list ? choose(&machine, chosen, list, why) : 0;
                if (count > 0 && !rungs_spread(ladder->rungs, list, count))
                        count = 0;
                free(list);
                free(machine.device);
        }
        if (count == 0)
                rungs_settle(ladder->rungs, number, STATUS_FAIL, rung->seconds, why,
                        json_incref(rung->figures));
}

/* --- all of it --- */

static void look(struct ladder *ladder)
{
        const struct worker_order order = { .step = WORKER_LOOK };
        struct answer answer = { .status = STATUS_ERROR };

        ask_alone(ladder, &order, LOOK_SECONDS, &answer);
        ladder->rungs->rehearsal = json_is_true(json_object_get(answer.figures, "rehearsal"));
        json_decref(answer.figures);
}

static void follow_up(struct ladder *ladder, size_t number)
{
        const struct rung *rung = &ladder->rungs->rung[number];

        if (rung->step == LADDER_NODES && rung->status == STATUS_PASS)
                ladder->persistence = persistence_start("/dev");
        if (rung->step == LADDER_CUINIT)
                spread(ladder, number);
}

static bool climb_all(struct ladder *ladder)
{
        if (!write_document(ladder, NULL))
                return false;
        look(ladder);
        for (size_t i = 0; i < ladder->rungs->count; i++) {
                if (!climb_one(ladder, i))
                        return false;
                follow_up(ladder, i);
                ladder->watcher->ended(ladder->rungs, i);
                if (!write_document(ladder, NULL))
                        return false;
        }
        return true;
}

bool climb(const struct climb_options *options, const struct climb_watcher *watcher,
        struct rungs *ret_rungs, char *why)
{
        struct ladder ladder = { .options = options,
                .watcher = watcher,
                .rungs = ret_rungs,
                .shared.device = RUNG_NO_DEVICE };
        bool good;

        memset(ret_rungs, 0, sizeof(*ret_rungs));
        if (!rungs_make(ret_rungs))
                return why_not(why, "out of memory");
        kernel_log_open(&ladder.log, options->kernel_log);
        good = climb_all(&ladder);
        drop(&ladder.shared);
        process_free(ladder.persistence);
        kernel_log_close(&ladder.log);
        return good || why_not(why, "%s", ladder.why);
}
