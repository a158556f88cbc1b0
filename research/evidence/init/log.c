#include "research/evidence/init/log.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "research/evidence/init/say.h"

#define RECORD 8192

struct piece {
        char *text;
        size_t length;
};

static int kmsg = -1;
static struct piece before, row;
static bool begun;

void log_open(void)
{
        kmsg = open("/dev/kmsg", O_RDONLY | O_NONBLOCK | O_CLOEXEC);
}

static void keep(struct piece *piece, const char *record, size_t length)
{
        char *more = realloc(piece->text, piece->length + length);

        if (!more)
                return;
        memcpy(more + piece->length, record, length);
        piece->text = more;
        piece->length += length;
}

static bool wanted(const char *message)
{
        static const char *const marks[] = { "x86/PAT", "NVRM", "nvidia", "patprobe", "dmaprobe",
                "AMD-Vi", "swiotlb", "Call Trace", "BUG:", "Oops", "RIP:", "general protection" };

        for (size_t i = 0; i < sizeof(marks) / sizeof(marks[0]); i++)
                if (strstr(message, marks[i]))
                        return true;
        return false;
}

/* One record a read: "priority,sequence,time,flags;text\n" and lines of detail. */
void log_take(void)
{
        char record[RECORD + 1], *text;
        ssize_t got;

        while ((got = read(kmsg, record, RECORD)) > 0 || (got < 0 && errno == EPIPE)) {
                if (got < 0)
                        continue;
                record[got] = '\0';
                keep(begun ? &row : &before, record, (size_t)got);
                text = strchr(record, ';');
                if (!text || !wanted(++text))
                        continue;
                text[strcspn(text, "\n")] = '\0';
                say("log", text);
        }
}

void log_begin_row(void)
{
        log_take();
        begun = true;
        row.length = 0;
}

void log_write(const char *path)
{
        const struct piece *pieces[] = { &before, &row };
        int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

        for (size_t i = 0; fd >= 0 && i < 2; i++)
                for (size_t done = 0; done < pieces[i]->length;) {
                        ssize_t got = write(fd, pieces[i]->text + done, pieces[i]->length - done);

                        if (got <= 0)
                                break;
                        done += (size_t)got;
                }
        if (fd >= 0)
                close(fd);
}
