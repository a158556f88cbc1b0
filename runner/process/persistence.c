#include "runner/process/persistence.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define MAX_OPEN   64
#define KEEP_BYTES 4096 /* of what it prints, which is nothing */

struct open_files {
        char name[MAX_OPEN][32];
        int count;
};

/* nvidiactl, nvidia0, nvidia1, ...: what libcuda opens too. Nothing else keeps a GPU awake. */
static bool is_device_file(const char *name)
{
        size_t length = strlen(name);

        if (strncmp(name, "nvidia", 6) != 0 || length >= 32)
                return false;
        if (strcmp(name + 6, "ctl") == 0)
                return true;
        return length > 6 && strspn(name + 6, "0123456789") == length - 6;
}

static bool is_open(const struct open_files *files, const char *name)
{
        for (int i = 0; i < files->count; i++) {
                if (strcmp(files->name[i], name) == 0)
                        return true;
        }
        return false;
}

static void open_all(const char *folder, struct open_files *files)
{
        DIR *list = opendir(folder);
        struct dirent *entry;

        while (list && files->count < MAX_OPEN && (entry = readdir(list))) {
                const char *name = entry->d_name;

                if (!is_device_file(name) || is_open(files, name) ||
                        openat(dirfd(list), name, O_RDWR | O_CLOEXEC) < 0)
                        continue;
                memcpy(files->name[files->count++], name, strlen(name) + 1);
        }
        if (list)
                closedir(list);
}

/* The descriptors are not kept in mind: they close with the process. */
static int persistence_main(void *context, int report_fd, int order)
{
        struct open_files files = { .count = 0 };
        char again;

        (void)report_fd;
        do
                open_all(context, &files);
        while (read(order, &again, 1) == 1);
        return 0;
}

struct process *persistence_start(const char *folder)
{
        struct process *process = NULL;

        process_start(persistence_main, (void *)(uintptr_t)folder, KEEP_BYTES, &process);
        return process;
}

void persistence_look_again(struct process *persistence)
{
        if (persistence)
                process_order(persistence, "", 1);
}
