/*
 * How the forestage command grows with what it is given: tests/bench/scale FORESTAGE [COUNT…].
 * Makes regions of 1,000, 10,000 and 100,000 jobs, or of the counts that are given, run folders and
 * job folders of them, and regions that want too much; runs the command on each, and prints seconds
 * of the processor, the most memory that it held, and how much more ten times the work took. Works
 * in a folder of its own below TMPDIR, which is removed again.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/sha256.h"
#include "region/region.h"

#define GPU       "GPU-01234567-89ab-cdef-0123-456789abcdef"
#define COUNTS    8
#define PATH_SIZE 512
#define USAGE     2   /* the exit code of a command line that is not understood */
#define LIMIT_S   180 /* of the processor, for one command; what takes longer is ended */
#define HELLO     "5891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03"

static const char *forestage;
static char work[PATH_SIZE];

static void die(const char *what)
{
        fprintf(stderr, "scale: %s: %s\n", what, strerror(errno));
        exit(1);
}

/* --- regions --- */

struct maker {
        char path[PATH_SIZE];
        int fd;
        uint8_t *base;
        size_t size;
        struct region_writer writer;
};

static void need(enum region_error error)
{
        if (error == REGION_OK)
                return;
        fprintf(stderr, "scale: %s\n", region_strerror(error));
        exit(1);
}

/* A region in a file of the work folder; what is not written to stays a hole. */
static void maker_open(struct maker *maker, const char *name, size_t size)
{
        static const uint8_t id[16] = { 0x6f, 0x1d, 0x2c, 0x3b, 0x4a, 0x59, 0x4e, 0x68, 0x9b, 0x77,
                0x86, 0x95, 0xa4, 0xb3, 0xc2, 0xd1 };

        maker->size = (size + 4095) & ~(size_t)4095;
        snprintf(maker->path, sizeof(maker->path), "%.400s/%.100s", work, name);
        maker->fd = open(maker->path, O_RDWR | O_CREAT | O_TRUNC, 0600);
        if (maker->fd < 0 || ftruncate(maker->fd, (off_t)maker->size) != 0)
                die(maker->path);
        maker->base = mmap(NULL, maker->size, PROT_READ | PROT_WRITE, MAP_SHARED, maker->fd, 0);
        if (maker->base == MAP_FAILED)
                die("mmap");
        need(region_create_in_zeroes(maker->base, maker->size, id, &maker->writer));
}

static void put(struct maker *maker, enum region_type type, const char *name, const char *text,
        size_t length)
{
        need(region_append(&maker->writer, type, name, strlen(name), text, length));
}

__attribute__((format(printf, 4, 5))) static void putf(
        struct maker *maker, enum region_type type, const char *name, const char *format, ...)
{
        va_list arguments;
        char *text;
        int length;

        va_start(arguments, format);
        length = vasprintf(&text, format, arguments);
        va_end(arguments);
        if (length < 0)
                die("a record");
        put(maker, type, name, text, (size_t)length);
        free(text);
}

static void put_event(struct maker *maker, const char *name, const char *more)
{
        unsigned long long number = maker->writer.number;

        putf(maker, REGION_EVENT, name, "{\"event\":\"%s\",\"tsc\":%llu,\"monotonic_s\":%.6f%s}",
                name, 1000000000 + number * 1000000, (double)number / 1e6, more);
}

static void put_plan(struct maker *maker, size_t jobs)
{
        char *more = NULL;
        size_t length;
        FILE *to = open_memstream(&more, &length);

        fputs(",\"planned\":[", to);
        for (size_t i = 0; i < jobs; i++)
                fprintf(to, "%s{\"job\":\"job-%06zu\",\"kind\":\"kernel\",\"device\":0}",
                        i ? "," : "", i);
        fputc(']', to);
        fclose(to);
        put_event(maker, "run.plan", more);
        free(more);
}

static void put_job(struct maker *maker, size_t number)
{
        char name[96], more[128];

        snprintf(more, sizeof(more), ",\"job\":\"job-%06zu\",\"device\":0", number);
        put_event(maker, "job.start", more);
        snprintf(name, sizeof(name), "jobs/job-%06zu/0/hello.txt", number);
        put(maker, REGION_FILE, name, "hello\n", 6);
        snprintf(name, sizeof(name), "job-%06zu/0", number);
        putf(maker, REGION_RESULT, name,
                "{\"job\":\"job-%06zu\",\"kind\":\"kernel\",\"device\":0,\"name\":\"NVIDIA H100\","
                "\"uuid\":\"" GPU "\",\"pci\":\"0000:01:00.0\",\"rehearsal\":false,"
                "\"status\":\"pass\",\"start_s\":1.5,\"wall_s\":%.6f,\"timings\":{\"init_s\":0.1,"
                "\"load_s\":0.001,\"copy_s\":0.0002,\"run_s\":0.0625},\"outputs\":[{\"file\":"
                "\"hello.txt\",\"bytes\":6,\"sha256\":\"" HELLO "\",\"expect\":\"pass\"}],"
                "\"exit_code\":0}",
                number, 0.25 + (double)(number % 97) / 1e3);
        snprintf(more, sizeof(more),
                ",\"job\":\"job-%06zu\",\"device\":0,\"status\":\"pass\",\"wall_s\":%.6f", number,
                0.25 + (double)(number % 97) / 1e3);
        put_event(maker, "job.end", more);
}

static void begin(struct maker *maker, size_t jobs)
{
        put_event(maker, "stage.init", ",\"kernel\":\"6.1.0\",\"cmdline\":\"quiet\"");
        put_event(maker, "runner.start", "");
        put_event(maker, "run.where", ",\"hypervisor\":false,\"rehearsal\":false");
        put_event(maker, "run.devices",
                ",\"devices\":[{\"index\":0,\"name\":\"NVIDIA H100\",\"uuid\":\"" GPU
                "\",\"pci\":\"0000:01:00.0\",\"memory_bytes\":85045542912,\"compute\":\"9.0\","
                "\"multiprocessors\":132,\"rehearsal\":false}]");
        put_plan(maker, jobs);
}

static void finish(struct maker *maker)
{
        put_event(maker, "runner.end", ",\"exit_code\":0");
        putf(maker, REGION_RUN, "run", "{\"sealed_by\":\"init\",\"runner\":{\"exit_code\":0}}");
        need(region_seal(&maker->writer));
        munmap(maker->base, maker->size);
        close(maker->fd);
}

static void make_jobs(const char *name, size_t jobs)
{
        struct maker maker;

        maker_open(&maker, name, (1 << 20) + jobs * 2048);
        begin(&maker, jobs);
        for (size_t i = 0; i < jobs; i++)
                put_job(&maker, i);
        finish(&maker);
}

/* One job and a FILE for each of `count`, each in `depth` folders of its own. */
static void make_files(const char *name, size_t count, size_t depth)
{
        char path[PATH_SIZE];
        struct maker maker;

        maker_open(&maker, name, 65536 + count * (128 + 2 * depth));
        begin(&maker, 1);
        for (size_t i = 0; i < count; i++) {
                size_t length = (size_t)snprintf(path, sizeof(path), "jobs/job-000000/0/%05zx", i);

                for (size_t k = 0; k < depth; k++)
                        length += (size_t)snprintf(path + length, sizeof(path) - length, "/f");
                put(&maker, REGION_FILE, path, "x", 1);
        }
        put_job(&maker, 0);
        finish(&maker);
}

/* One job and `megabytes` of JSON whose values are as small as they can be. */
static void make_json(const char *name, size_t megabytes, const char *value)
{
        size_t length = strlen(value), most = 3 << 20;
        struct maker maker;

        maker_open(&maker, name, (megabytes + 1) << 20);
        begin(&maker, 1);
        put_job(&maker, 0);
        for (size_t left = megabytes << 20; left > 0;) {
                size_t bytes = left < most ? left : most, used;
                char *text = malloc(bytes + 512);

                used = (size_t)sprintf(text,
                        "{\"job\":\"x%zu\",\"kind\":\"kernel\",\"device\":0,\"name\":null,"
                        "\"uuid\":null,\"pci\":null,\"rehearsal\":false,\"status\":\"fail\","
                        "\"reason\":\"x\",\"a\":[",
                        left);
                for (; used + length + 2 < bytes; used += length)
                        memcpy(text + used, value, length);
                used -= 1; /* the last comma */
                text[used++] = ']';
                text[used++] = '}';
                snprintf(text + bytes + 128, 128, "x%zu/0", left);
                put(&maker, REGION_RESULT, text + bytes + 128, text, used);
                free(text);
                left -= bytes;
        }
        finish(&maker);
}

static void make_events(const char *name, size_t count)
{
        struct maker maker;

        maker_open(&maker, name, 65536 + count * 256);
        begin(&maker, 1);
        for (size_t i = 0; i < count; i++)
                put_event(&maker, "stage.mount", ",\"error\":\"something\"");
        put_job(&maker, 0);
        finish(&maker);
}

/* No region at all, and one of 2 GiB that holds next to nothing. */
static void make_sparse(const char *name, bool is_region)
{
        struct maker maker;

        maker_open(&maker, name, (size_t)2 << 30);
        begin(&maker, 1);
        put_job(&maker, 0);
        finish(&maker);
        if (is_region)
                return;
        if (truncate(maker.path, 0) != 0 || truncate(maker.path, (off_t)2 << 30) != 0)
                die(maker.path);
}

/* --- job folders --- */

static void write_file(const char *path, const char *text)
{
        FILE *file = fopen(path, "w");

        if (!file || fputs(text, file) == EOF || fclose(file) != 0)
                die(path);
}

/* `count` jobs, whose names differ or have to be made different. */
static void make_folder(const char *name, size_t count, bool alike)
{
        char path[PATH_SIZE];

        snprintf(path, sizeof(path), "%.400s/%s", work, name);
        if (mkdir(path, 0700) != 0)
                die(path);
        for (size_t i = 0; i < count; i++) {
                size_t length = (size_t)snprintf(path, sizeof(path), "%.400s/%s/job", work, name);

                if (alike) /* each is another mix of characters that no name has */
                        for (size_t k = 0; k < 20; k++)
                                path[length++] = i >> k & 1 ? '+' : ',';
                else
                        length += (size_t)snprintf(path + length, 16, "-%06zu", i);
                memcpy(path + length, ".conf", 6);
                write_file(path, "[Job]\nType=check\n[Check]\nLevel=quick\n");
        }
}

static int remove_one(const char *path, const struct stat *status, int type, struct FTW *walk)
{
        (void)status;
        (void)type;
        (void)walk;
        return remove(path);
}

static void remove_all(const char *name)
{
        char path[PATH_SIZE];

        snprintf(path, sizeof(path), "%.400s/%s", work, name);
        nftw(path, remove_one, 32, FTW_DEPTH | FTW_PHYS);
}

static size_t entries, bytes_of_entries;

static int count_one(const char *path, const struct stat *status, int type, struct FTW *walk)
{
        (void)path;
        (void)type;
        (void)walk;
        entries++;
        bytes_of_entries += (size_t)status->st_blocks * 512;
        return 0;
}

/* --- measuring --- */

struct figure {
        double seconds;
        long kilobytes;
        int code; /* of the exit; -1: it was killed */
        size_t entries, written;
};

/* Processor time: what others do meanwhile is not in it. */
static double seconds_of(const struct rusage *usage)
{
        return (double)(usage->ru_utime.tv_sec + usage->ru_stime.tv_sec) +
               (double)(usage->ru_utime.tv_usec + usage->ru_stime.tv_usec) / 1e6;
}

static void start_command(char *const argv[])
{
        if (chdir(work) != 0 || !freopen("/dev/null", "w", stdout) ||
                !freopen("/dev/null", "w", stderr))
                _exit(126);
        setrlimit(RLIMIT_CPU, &(struct rlimit){ LIMIT_S, LIMIT_S });
        execv(forestage, argv);
        _exit(127);
}

/* Runs "VERB WORD…" in the work folder. */
static struct figure measure(const char *line)
{
        char words[PATH_SIZE], *argv[24] = { (char *)forestage };
        struct figure figure = { .code = -1 };
        struct rusage usage;
        int count = 1, status = 0;
        pid_t child;

        snprintf(words, sizeof(words), "%s", line);
        for (char *word = strtok(words, " "); word && count < 23; word = strtok(NULL, " "))
                argv[count++] = word;
        fflush(stdout); /* the child's would say it again */
        child = fork();
        if (child == 0)
                start_command(argv);
        if (child < 0 || wait4(child, &status, 0, &usage) != child)
                die("the command");
        figure.seconds = seconds_of(&usage);
        figure.kilobytes = usage.ru_maxrss;
        if (WIFEXITED(status))
                figure.code = WEXITSTATUS(status);
        if (figure.code == USAGE) {
                fprintf(stderr, "scale: nothing is measured, the command does not take: %s\n",
                        line);
                exit(1);
        }
        return figure;
}

static void count_entries(const char *name, struct figure *figure)
{
        char path[PATH_SIZE];

        entries = bytes_of_entries = 0;
        snprintf(path, sizeof(path), "%.400s/%s", work, name);
        if (access(path, F_OK) == 0)
                nftw(path, count_one, 32, FTW_PHYS);
        figure->entries = entries;
        figure->written = bytes_of_entries;
}

static void print_code(int code)
{
        if (code < 0)
                printf(" | killed");
        else
                printf(" | %d", code);
}

/* --- the table: a row for each way to use the command --- */

static const struct row {
        const char *name;
        const char *line;   /* %zu: the count */
        const char *output; /* a folder that it writes, to be removed; or NULL */
} rows[] = {
        { "collect", "collect --region jobs-%zu", NULL },
        { "collect --json", "collect --region jobs-%zu --json", NULL },
        { "collect --format junit", "collect --region jobs-%zu --format junit", NULL },
        { "collect --format ktap", "collect --region jobs-%zu --format ktap", NULL },
        { "collect --metrics", "collect --region jobs-%zu --metrics metrics", NULL },
        { "collect --out", "collect --region jobs-%zu --out run-%zu", NULL },
        { "collect --out, a second time", "collect --region jobs-%zu --out run-%zu", NULL },
        { "report --html, one run", "report ./run-%zu --html page.html", NULL },
        { "report --html, two runs", "report ./run-%zu ./run-%zu --html page.html", NULL },
        { "compare", "compare ./run-%zu ./run-%zu", NULL },
        { "compare --json", "compare ./run-%zu ./run-%zu --json", NULL },
        { "collect, events", "collect --region events-%zu", NULL },
        { "collect --out, events", "collect --region events-%zu --out out", "out" },
        { "collect --out, files of one job", "collect --region files-%zu --out out", "out" },
        { "check", "check folder-%zu", NULL },
        { "check, alike names", "check alike-%zu", NULL },
};

#define ROWS (sizeof(rows) / sizeof(rows[0]))

static void prepare(size_t count)
{
        char name[64];

        snprintf(name, sizeof(name), "jobs-%zu", count);
        make_jobs(name, count);
        snprintf(name, sizeof(name), "events-%zu", count);
        make_events(name, count);
        snprintf(name, sizeof(name), "files-%zu", count);
        make_files(name, count, 0);
        snprintf(name, sizeof(name), "folder-%zu", count);
        make_folder(name, count, false);
        snprintf(name, sizeof(name), "alike-%zu", count);
        make_folder(name, count, true);
}

static void measure_row(const struct row *row, const size_t *counts, size_t columns)
{
        double before = 0;
        char line[PATH_SIZE];

        printf("| %s", row->name);
        for (size_t i = 0; i < columns; i++) {
                struct figure figure;

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
                snprintf(line, sizeof(line), row->line, counts[i], counts[i]);
#pragma GCC diagnostic pop
                figure = measure(line);
                if (row->output)
                        remove_all(row->output);
                if (figure.code < 0)
                        printf(" | over %d s | %ld", LIMIT_S, figure.kilobytes >> 10);
                else
                        printf(" | %.3f | %ld", figure.seconds, figure.kilobytes >> 10);
                if (i > 0)
                        printf(" | %.1f", figure.seconds / before);
                print_code(figure.code);
                fflush(stdout);
                before = figure.seconds;
                if (figure.code < 0)
                        break; /* what is larger would take longer still */
        }
        puts(" |");
}

static void print_head(const size_t *counts, size_t columns)
{
        printf("| command");
        for (size_t i = 0; i < columns; i++)
                printf(" | %zu: s | MiB%s | exit", counts[i], i > 0 ? " | times" : "");
        printf(" |\n|---");
        for (size_t i = 0; i < columns; i++)
                printf("|--:|--:%s|--:", i > 0 ? "|--:" : "");
        puts("|");
}

static void measure_hostile(const char *name, const char *line)
{
        struct figure figure = measure(line);

        count_entries("out", &figure);
        remove_all("out");
        printf("| %s | %.3f | %ld | %zu | %.1f", name, figure.seconds, figure.kilobytes >> 10,
                figure.entries, (double)figure.written / (1 << 20));
        print_code(figure.code);
        puts(" |");
        fflush(stdout);
}

static void hostile(void)
{
        make_files("deep", 5160, 28);
        make_json("arrays", 12, "[],");
        make_json("objects", 12, "{},");
        make_sparse("nothing", false);
        make_sparse("sparse", true);
        puts("\n| region | s | MiB | entries written | MiB written | exit |\n"
             "|---|--:|--:|--:|--:|--:|");
        measure_hostile("5,160 files in 28 folders each, --out", "collect --region deep --out out");
        measure_hostile("12 MiB of [], --out", "collect --region arrays --out out");
        measure_hostile("12 MiB of {}, --out", "collect --region objects --out out");
        measure_hostile("2 GiB of nothing", "collect --region nothing");
        measure_hostile("2 GiB, sparse, one job", "collect --region sparse");
}

int main(int argc, char **argv)
{
        size_t counts[COUNTS] = { 1000, 10000, 100000 }, columns = 3;
        const char *parent = getenv("TMPDIR");

        if (argc < 2 || !(forestage = realpath(argv[1], NULL))) {
                fprintf(stderr, "usage: %s FORESTAGE [COUNT…]\n", argv[0]);
                return 2;
        }
        if (argc > 2)
                columns = 0;
        for (int i = 2; i < argc && columns < COUNTS; i++)
                counts[columns++] = strtoul(argv[i], NULL, 10);
        snprintf(work, sizeof(work), "%.300s/forestage-scale-XXXXXX", parent ? parent : "/tmp");
        if (!mkdtemp(work))
                die(work);
        for (size_t i = 0; i < columns; i++)
                prepare(counts[i]);
        print_head(counts, columns);
        for (size_t i = 0; i < ROWS; i++)
                measure_row(&rows[i], counts, columns);
        hostile();
        nftw(work, remove_one, 32, FTW_DEPTH | FTW_PHYS);
        return 0;
}
