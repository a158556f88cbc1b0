/*
 * What forestage.efi and init write around the runner's records, for a stand-in host:
 *
 *     stage-seal begin REGION RUN-ID      makes a region of 4 MiB, with the events up to the
 * runner's start stage-seal end REGION EXIT-CODE     adds the runner's end and the RUN record, and
 * seals it
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>
#include <x86intrin.h>

#include "lib/uuid.h"
#include "region/region.h"

#define SIZE ((size_t)4 << 20)

struct note {
        const char *name, *more; /* pieces of JSON, or "" */
};

static const struct note before[] = {
        { "efi.entry",
                ",\"firmware_vendor\":\"none\",\"firmware_revision\":1,\"secure_boot\":false" },
        { "efi.region",
                ",\"region_address\":4194304,\"region_bytes\":4194304,\"ebda_address\":589824" },
        { "efi.bundle", ",\"files\":12,\"bytes\":34567890,\"helpers\":0" },
        { "efi.start", ",\"version\":\"0.1.0\"" },
        { "stage.init", ",\"kernel\":\"6.1.0\",\"cmdline\":\"quiet\"" },
        { "stage.region", "" },
        { "stage.config", "" },
        { "stage.watchdog", "" },
        { "stage.driver", "" },
        { "stage.kexec_load", ",\"modules\":2" },
        { "stage.confine", "" },
        { "runner.start", "" },
        { NULL, NULL },
};

static const struct note after[] = {
        { "stage.jobs", "" },
        { "stage.driver_left", "" },
        { "stage.acpi", "" },
        { "stage.kernel_log", "" },
        { "stage.seal", "" },
        { NULL, NULL },
};

static int complain(const char *what, const char *why)
{
        fprintf(stderr, "stage-seal: %s: %s\n", what, why);
        return 1;
}

/* An event of now; the EFI application has no clock of Linux's. */
static enum region_error event(struct region_writer *writer, const char *name, const char *more)
{
        char data[400], clock[60] = "";
        struct timespec now;

        clock_gettime(CLOCK_MONOTONIC, &now);
        if (strncmp(name, "efi.", 4) != 0)
                snprintf(clock, sizeof(clock), ",\"monotonic_s\":%lld.%09ld", (long long)now.tv_sec,
                        now.tv_nsec);
        snprintf(data, sizeof(data), "{\"event\":\"%s\",\"tsc\":%llu%s%s}", name,
                (unsigned long long)__rdtsc(), clock, more);
        return region_append(writer, REGION_EVENT, name, strlen(name), data, strlen(data));
}

static enum region_error events(struct region_writer *writer, const struct note *note)
{
        enum region_error error = REGION_OK;

        for (; error == REGION_OK && note->name; note++)
                error = event(writer, note->name, note->more);
        return error;
}

static enum region_error begin(void *base, const char *id)
{
        struct region_writer writer;
        uint8_t run[16];
        enum region_error error;

        if (!uuid_parse(id, strlen(id), run))
                return REGION_BAD_NAME;
        error = region_create(base, SIZE, run, &writer);
        if (error == REGION_OK)
                error = events(&writer, before);
        return error == REGION_OK ? region_set_state(&writer, REGION_RUNNING) : error;
}

static enum region_error end(void *base, const char *code)
{
        char run[120], more[40];
        struct region_writer writer;
        enum region_error error = region_writer_open(base, SIZE, &writer);

        snprintf(more, sizeof(more), ",\"exit_code\":%d", atoi(code));
        snprintf(run, sizeof(run), "{\"sealed_by\":\"init\",\"runner\":{\"exit_code\":%d}}",
                atoi(code));
        if (error == REGION_OK)
                error = event(&writer, "runner.end", more);
        if (error == REGION_OK)
                error = events(&writer, after);
        if (error == REGION_OK)
                error = region_append(&writer, REGION_RUN, "run", 3, run, strlen(run));
        return error == REGION_OK ? region_seal(&writer) : error;
}

int main(int argc, char **argv)
{
        bool begins = argc == 4 && strcmp(argv[1], "begin") == 0;
        enum region_error error;
        void *base;
        int fd;

        if (argc != 4)
                return complain("usage", "stage-seal begin|end REGION RUN-ID|EXIT-CODE");
        fd = open(argv[2], O_RDWR | O_CLOEXEC | (begins ? O_CREAT | O_TRUNC : 0), 0600);
        if (fd < 0 || ftruncate(fd, SIZE) < 0)
                return complain(argv[2], "cannot be opened");
        base = mmap(NULL, SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
        close(fd);
        if (base == MAP_FAILED)
                return complain(argv[2], "cannot be mapped");
        error = begins ? begin(base, argv[3]) : end(base, argv[3]);
        return error == REGION_OK ? 0 : complain(argv[2], region_strerror(error));
}
