#include "research/evidence/init/say.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define MSR_IA32_PAT 0x277
#define PIECE        65536

void say(const char *key, const char *value)
{
        printf("evidence: %s=%s\n", key, value);
        fflush(stdout);
}

bool read_text(const char *path, char *ret_text, size_t size)
{
        int fd = open(path, O_RDONLY | O_CLOEXEC);
        ssize_t got = fd < 0 ? -1 : read(fd, ret_text, size - 1);

        if (fd >= 0)
                close(fd);
        if (got < 0)
                return false;
        ret_text[got] = '\0';
        while (got > 0 && ret_text[got - 1] == '\n')
                ret_text[--got] = '\0';
        return true;
}

char *read_file(const char *path)
{
        int fd = open(path, O_RDONLY | O_CLOEXEC);
        char *text = NULL, *more;
        size_t length = 0;
        ssize_t got = -1;

        while (fd >= 0 && (more = realloc(text, length + PIECE + 1)) != NULL) {
                text = more;
                got = read(fd, text + length, PIECE);
                if (got <= 0)
                        break;
                length += (size_t)got;
        }
        if (fd >= 0)
                close(fd);
        if (got != 0) {
                free(text);
                return NULL;
        }
        text[length] = '\0';
        return text;
}

void say_pat(const char *key)
{
        int fd = open("/dev/cpu/0/msr", O_RDONLY | O_CLOEXEC);
        char text[32];
        uint64_t value;

        if (fd < 0 || pread(fd, &value, sizeof(value), MSR_IA32_PAT) != sizeof(value))
                snprintf(text, sizeof(text), "unreadable");
        else
                snprintf(text, sizeof(text), "%016" PRIx64, value);
        say(key, text);
        if (fd >= 0)
                close(fd);
}
