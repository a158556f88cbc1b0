/*
 * `forestage check` on a folder with any job file and any module: up to the first NUL byte the
 * input is a.conf, behind it the file m, a module or a program. All of it is an image as well. The
 * document keeps its own rules, whatever they are.
 */
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "dom0/check/jobreview.h"
#include "dom0/image/ptxentry.h"
#include "dom0/trees/treeimage.h"
#include "tests/fuzz/must.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static char folder[] = "/tmp/fuzz-dom0-check-XXXXXX";
static int folder_fd = -1;

/* That is asked of the folders of a host. */
bool treeimage_can(int at, const char *path, const char *name, struct failure *ret_error)
{
        (void)at;
        (void)path;
        (void)name;
        (void)ret_error;
        return true;
}

static void leave(void)
{
        unlinkat(folder_fd, "a.conf", 0);
        unlinkat(folder_fd, "m", 0);
        rmdir(folder);
}

static void put(const char *name, const uint8_t *data, size_t size)
{
        int fd = openat(folder_fd, name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

        must(fd >= 0 && write(fd, data, size) == (ssize_t)size);
        close(fd);
}

static void check_ptx(const uint8_t *data, size_t size)
{
        static struct ptxentry entry;

        must(ptxentry_read((const char *)data, size, "f", &entry) == entry.found);
        must(entry.parameters <= PTXENTRY_MAX_PARAMETERS);
        must(strlen(entry.names) < PTXENTRY_NAMES_SIZE);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        const uint8_t *end = size > 0 ? memchr(data, '\0', size) : NULL;
        size_t conf = end ? (size_t)(end - data) : size;
        static char *files[] = { "/bin/sh", "/lib/x86_64-linux-gnu/libc.so.6" };
        static const struct image image = {
                .driver = "550.1", .cuda = 12040, .ptx = 84, .file = files, .files = 2
        };
        static const struct pci_gpu gpus[2] = { { "0", "0x1eb8", "" }, { "1", "0x2330", "" } };
        const struct target target = {
                .gpus = 2, .gpu = gpus, .region_size = 1 << 20, .deadline_s = 900, .image = &image
        };
        struct image read;
        char why[WHY_SIZE];
        struct jobfolder jobs;
        json_t *review;
        char *text;

        if (image_parse(data, size, &read, why))
                image_free(&read);

        if (folder_fd < 0) {
                must(mkdtemp(folder));
                folder_fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
                atexit(leave);
        }
        put("a.conf", data, conf);
        put("m", end ? end + 1 : data, end ? size - conf - 1 : 0);
        if (end)
                check_ptx(end + 1, size - conf - 1);
        must(jobfolder_read(folder, NULL, &jobs) == 0 && jobs.count == 1);
        review = jobreview_make(&jobs, folder, NULL, &target);
        must(review);
        must(json_is_true(json_object_get(review, "good")) !=
                (jobreview_number(review, "counts", "complaints") > 0 ||
                        jobreview_number(review, "region", "needed_bytes") > 1 << 20));
        text = json_dumps(review, 0);
        must(text);
        free(text);
        json_decref(review);
        jobfolder_close(&jobs);
        return 0;
}
