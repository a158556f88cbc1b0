#include "dom0/base/proposal.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "dom0/base/lock.h"
#include "dom0/base/memory.h"
#include "lib/cleanup.h"

/* What examine has found, as it is shown. */
struct finding {
        enum proposal_step step;
        struct failure failure;
        char *text; /* owned */
};

static void finding_free(struct finding *finding)
{
        free(finding->text);
}

static struct finding examine(const struct proposal *proposal, void *plan)
{
        struct finding finding = { .text = NULL };
        size_t length;
        FILE *to = open_memstream(&finding.text, &length);

        if (!to)
                memory_allocate(SIZE_MAX); /* ends with the message for that */
        finding.step = proposal->examine(plan, to, &finding.failure);
        fclose(to);
        return finding;
}

static int cannot_show(void)
{
        return complain(EXIT_INCOMPLETE, "cannot write to standard output: %s", strerror(errno));
}

/* The exit code when that was all; -1: to go on. */
static int end_of(const struct finding *finding)
{
        if (finding->step == PROPOSAL_FAILED)
                return failure_print(&finding->failure);
        return finding->step == PROPOSAL_NOTHING ? EXIT_PASS : -1;
}

static int show(const struct finding *finding)
{
        fputs(finding->text, stdout);
        return end_of(finding);
}

/* Whether the person says yes. Without an answer, or without having seen the question, it is no. */
static bool ask(const char *question)
{
        char answer[16] = "";

        printf("%s [y/N] ", question);
        if (fflush(stdout) != 0) {
                complain(EXIT_FAIL, "cannot ask: %s; nothing was changed (--yes answers)",
                        strerror(errno));
                return false;
        }
        if (!fgets(answer, sizeof(answer), stdin)) {
                puts("");
                complain(EXIT_FAIL, "nobody answers here; nothing was changed (--yes answers)");
                return false;
        }
        if (strcmp(answer, "y\n") == 0 || strcmp(answer, "yes\n") == 0)
                return true;
        complain(EXIT_FAIL, "nothing was changed");
        return false;
}

/* Without the lock: what was found while somebody else was at work is not told. */
static int look(const struct host *host, const struct proposal *proposal, void *plan,
        struct finding *ret_finding)
{
        struct lock_view before, after;

        lock_look(host, &before);
        *ret_finding = examine(proposal, plan);
        proposal->forget(plan);
        lock_look(host, &after);
        if (lock_disturbed(&before, &after))
                return complain(EXIT_BUSY,
                        "%s is changing this host, or has just done so; nothing was changed: try "
                        "again when it has ended",
                        after.busy ? after.who : before.who);
        return show(ret_finding);
}

static int dry_run(const struct host *host, const struct proposal *proposal, void *plan)
{
        _cleanup_(finding_free) struct finding finding = { .text = NULL };
        int code = look(host, proposal, plan, &finding);

        code = code < 0 ? EXIT_PASS : code;
        return fflush(stdout) == 0 || code != EXIT_PASS ? code : cannot_show();
}

/* Under the lock; `shown` is what was agreed to, NULL: nothing was asked. */
static int go_on(const struct proposal *proposal, void *plan, const char *shown)
{
        _cleanup_(finding_free) struct finding finding = examine(proposal, plan);
        int code;

        if (!shown)
                code = show(&finding);
        else if (finding.step == PROPOSAL_GO && strcmp(finding.text, shown) != 0)
                code = complain(EXIT_BUSY,
                        "what is shown above has changed meanwhile; nothing was changed: try "
                        "again");
        else
                code = end_of(&finding);
        if (code < 0)
                return proposal->carry_out(plan);
        return code == EXIT_PASS ? proposal_done("nothing was to be done") : code;
}

static int carry_out(
        const struct host *host, const struct proposal *proposal, void *plan, const char *shown)
{
        _cleanup_(lock_release) struct lock lock = LOCK_NONE;
        struct failure failure;
        int code;

        if (!lock_take(host, proposal->verb, &lock, &failure))
                return failure_print(&failure);
        code = go_on(proposal, plan, shown);
        proposal->forget(plan);
        return code;
}

int proposal_run(const struct host *host, const struct proposal *proposal, void *plan)
{
        _cleanup_(finding_free) struct finding finding = { .text = NULL };
        int code;

        if (proposal->dry_run)
                return dry_run(host, proposal, plan);
        if (proposal->yes)
                return carry_out(host, proposal, plan, NULL);
        code = look(host, proposal, plan, &finding);
        if (code >= 0)
                return fflush(stdout) == 0 || code != EXIT_PASS ? code : cannot_show();
        return ask(proposal->question) ? carry_out(host, proposal, plan, finding.text) : EXIT_FAIL;
}

int proposal_done(const char *what)
{
        if (fflush(stdout) != 0 || ferror(stdout))
                complain(EXIT_PASS,
                        "warning: %s, but that could not be written to standard "
                        "output: %s",
                        what, strerror(errno));
        return EXIT_PASS;
}
