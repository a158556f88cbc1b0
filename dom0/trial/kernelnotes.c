#include "dom0/trial/kernelnotes.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "dom0/doctor/kernellog.h"
#include "lib/cleanup.h"

#define RECORD_MAX 8192 /* bytes; the kernel gives no longer one */

void kernelnotes_open(const struct host *host, const char *path, struct kernelnotes *ret_notes)
{
        _cleanup_free_ char *device = host_path(host, "/dev/kmsg");

        *ret_notes = KERNELNOTES_NONE;
        ret_notes->from = open(device, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
        ret_notes->to =
                open(path, O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0600);
        if (ret_notes->from >= 0)
                lseek(ret_notes->from, 0, SEEK_END);
}

/* One record, with its time as dmesg has it; what is no record is left out. */
static void keep(struct kernelnotes *notes, const char *record)
{
        unsigned long long time_us = 0;
        char text[RECORD_MAX], line[RECORD_MAX + 32];

        for (const char *at = record; *at;) {
                const char *start = at;
                int length;

                if (!kernellog_next(&at, text, sizeof(text)))
                        return;
                sscanf(start, "%*u,%*u,%llu", &time_us);
                length = snprintf(line, sizeof(line), "[%5llu.%06llu] %s\n", time_us / 1000000,
                        time_us % 1000000, text);
                if (notes->text.length + (size_t)length > KERNELNOTES_MOST)
                        return;
                buffer_add(&notes->text, line);
        }
}

void kernelnotes_take(struct kernelnotes *notes)
{
        size_t before = notes->text.length;
        char record[RECORD_MAX + 1];
        ssize_t got = 0;

        while (notes->from >= 0) {
                got = read(notes->from, record, RECORD_MAX);
                /* EPIPE: records were overwritten before they could be read */
                if (got == 0 || (got < 0 && errno != EPIPE && errno != EINTR))
                        break;
                record[got > 0 ? got : 0] = '\0';
                keep(notes, record);
        }
        if (notes->to < 0 || notes->text.length == before)
                return;
        if (write(notes->to, notes->text.data + before, notes->text.length - before) < 0 ||
                fsync(notes->to) != 0)
                return; /* the lines are still in trial.json */
}

void kernelnotes_close(struct kernelnotes *notes)
{
        if (notes->from >= 0)
                close(notes->from);
        if (notes->to >= 0)
                close(notes->to);
        buffer_free(&notes->text);
        *notes = KERNELNOTES_NONE;
}
