#include "runner/descendants.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/* Whether there is any child at all; asks the kernel without reaping. */
static bool has_children(void)
{
        siginfo_t info;

        return waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) == 0 || errno != ECHILD;
}

/* The parent of `pid` as /proc/PID/stat says it, or -1. */
static int parent_of(const char *pid)
{
        char path[64], text[512], state;
        int parent = -1;
        size_t length;
        FILE *file;
        char *end;

        snprintf(path, sizeof(path), "/proc/%.20s/stat", pid);
        file = fopen(path, "re");
        if (!file)
                return -1;
        length = fread(text, 1, sizeof(text) - 1, file);
        fclose(file);
        text[length] = '\0';
        end = strrchr(text, ')'); /* the program's name may hold anything */
        if (!end || sscanf(end + 1, " %c %d", &state, &parent) != 2)
                return -1;
        return parent;
}

int descendants_kill(void)
{
        int self = (int)getpid(), count = 0;
        struct dirent *entry;
        DIR *proc;

        if (!has_children())
                return 0;
        proc = opendir("/proc");
        if (!proc)
                return 1; /* without /proc only the process group can be killed */
        while ((entry = readdir(proc))) {
                if (!isdigit((unsigned char)entry->d_name[0]) || parent_of(entry->d_name) != self)
                        continue;
                kill(atoi(entry->d_name), SIGKILL);
                count++;
        }
        closedir(proc);
        return count;
}
