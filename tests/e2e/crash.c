/*
 * Stands for a runner that crashes: plans one job, leaves half a record behind, and dies of
 * SIGSEGV. Takes the runner's arguments.
 */
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>

#include "region/bootline.h"
#include "region/region.h"

#define PLAN                                                                                      \
        "{\"event\":\"run.plan\",\"tsc\":1,\"monotonic_s\":1.0,\"planned\":[{\"job\":\"vecadd\"," \
        "\"kind\":\"kernel\",\"device\":0}]}"

int main(int argc, char **argv)
{
        struct region_writer writer;
        struct memory_range range;
        const char *text = argc > 4 ? argv[4] : "";
        void *base, *room;
        int fd;

        if (memory_range_parse(text, strlen(text), &range) != NULL)
                return 2;
        fd = open("/dev/mem", O_RDWR);
        base = mmap(NULL, range.size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, (off_t)range.address);
        if (base == MAP_FAILED || region_writer_open(base, range.size, &writer) != REGION_OK)
                return 4;
        region_append(&writer, REGION_EVENT, "run.plan", 8, PLAN, strlen(PLAN));
        if (region_reserve(&writer, 4, 100000, &room) == REGION_OK)
                memset(room, 0x5a, 50000);
        raise(SIGSEGV);
        return 0;
}
