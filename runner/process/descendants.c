#include "runner/process/descendants.h"

#include <ctype.h>
#include <dirent.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/io.h"

#define MAX_FOUND 8192u /* more processes than any limit allows */

struct found {
        pid_t *list;
        size_t count, room;
};

static void add(struct found *found, pid_t pid)
{
        if (found->count < found->room)
                found->list[found->count++] = pid;
}

/* Number `field` of /proc/PID/FILE, counted from 0 behind a ')' if there is one; 0: it is gone. */
static uint64_t read_field(pid_t pid, const char *file, int field)
{
        char path[64], text[1024], *at;

        snprintf(path, sizeof(path), "/proc/%d/%s", (int)pid, file);
        if (!io_read_text(path, text, sizeof(text)))
                return 0;
        at = strrchr(text, ')'); /* the program's name may hold anything */
        at = at ? at + 1 : text;
        at += strspn(at, " ");
        while (field-- > 0) {
                at += strcspn(at, " ");
                at += strspn(at, " ");
        }
        return strtoull(at, NULL, 10);
}

/* For kernels without CONFIG_PROC_CHILDREN. */
static void search_all(pid_t pid, struct found *found)
{
        DIR *proc = opendir("/proc");
        struct dirent *entry;

        while (proc && (entry = readdir(proc))) {
                pid_t child = atoi(entry->d_name);

                if (child > 0 && read_field(child, "stat", 1) == (uint64_t)pid)
                        add(found, child);
        }
        if (proc)
                closedir(proc);
}

/* Children belong to the thread that made them; false when the kernel has no such list. */
static bool read_list(pid_t pid, const char *thread, struct found *found)
{
        char path[96];
        FILE *file;
        int child;

        snprintf(path, sizeof(path), "/proc/%d/task/%.20s/children", (int)pid, thread);
        file = fopen(path, "re");
        if (!file)
                return false;
        while (fscanf(file, "%d", &child) == 1)
                add(found, child);
        fclose(file);
        return true;
}

static void search(pid_t pid, struct found *found)
{
        struct dirent *entry;
        char path[64];
        bool listed = true;
        DIR *threads;

        snprintf(path, sizeof(path), "/proc/%d/task", (int)pid);
        threads = opendir(path);
        if (!threads)
                return;
        while (listed && (entry = readdir(threads))) {
                if (isdigit((unsigned char)entry->d_name[0]))
                        listed = read_list(pid, entry->d_name, found);
        }
        closedir(threads);
        if (!listed && access("/proc/self/task", R_OK) == 0 && kill(pid, 0) == 0)
                search_all(pid, found);
}

size_t descendants_children(pid_t pid, pid_t *ret_list, size_t room)
{
        struct found found = { ret_list, 0, room };

        search(pid, &found);
        return found.count;
}

/* Breadth first, without `pid` itself. */
static size_t find_all(pid_t pid, pid_t *list)
{
        struct found found = { list, 0, MAX_FOUND };

        search(pid, &found);
        for (size_t i = 0; i < found.count; i++)
                search(list[i], &found);
        return found.count;
}

void descendants_kill(pid_t pid)
{
        static pid_t list[MAX_FOUND];
        size_t count = find_all(pid, list);

        for (size_t i = 0; i < count; i++)
                kill(list[i], SIGKILL);
}

/* proc(5): the second field of statm is what is resident, the 18th behind the name the threads. */
static void measure_one(pid_t pid, struct usage *usage)
{
        uint64_t threads = read_field(pid, "stat", 17);

        usage->tasks += threads > 0 ? threads : 1;
        usage->resident_bytes += read_field(pid, "statm", 1) * (uint64_t)sysconf(_SC_PAGESIZE);
}

void descendants_measure(pid_t pid, struct usage *ret_usage)
{
        static pid_t list[MAX_FOUND];
        size_t count = find_all(pid, list);

        *ret_usage = (struct usage){ 0, 0 };
        measure_one(pid, ret_usage);
        for (size_t i = 0; i < count; i++)
                measure_one(list[i], ret_usage);
}
