/* The verbs themselves, on files that stand for the machine's. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <jansson.h>

#include "dom0/base/tree.h"
#include "dom0/base/verb.h"
#include "tests/unit/dom0/sample.h"
#include "tests/unit/tap.h"

#define ADDRESS ((off_t)0x200000) /* of the region in the file that stands for memory */

struct place {
        char folder[64];
        char command_line[96], iomem[96], memory[96], hypervisor[96], runs[96], out[96], region[96];
        struct host host;
        char *output; /* what the verb printed on standard output */
        char *errors;
        int code;
};

static void write_bytes(const char *path, off_t offset, const void *data, size_t length)
{
        int fd = open(path, O_WRONLY | O_CREAT, 0600);

        assert_true(fd >= 0);
        assert_int_equal(pwrite(fd, data, length, offset), length);
        close(fd);
}

static void write_text(const char *path, const char *text)
{
        unlink(path);
        write_bytes(path, 0, text, strlen(text));
}

static int set_up(void **state)
{
        struct place *place = calloc(1, sizeof(*place));

        strcpy(place->folder, "/tmp/forestage-test-XXXXXX");
        assert_non_null(mkdtemp(place->folder));
#define NAME(field) snprintf(place->field, sizeof(place->field), "%s/" #field, place->folder)
        NAME(command_line);
        NAME(iomem);
        NAME(memory);
        NAME(hypervisor);
        NAME(runs);
        NAME(out);
        NAME(region);
        place->host =
                (struct host){ place->command_line, place->iomem, place->memory, place->hypervisor,
                        place->runs, "", place->folder, "/usr/bin:/bin", host_room, NULL, 60, 0 };
        write_text(place->command_line,
                "quiet forestage.region=0x200000,0x40000 forestage.run=" SAMPLE_RUN "\n");
        write_text(place->iomem, "00001000-001fffff : System RAM\n00200000-003fffff : Reserved\n");
        write_text(place->hypervisor, "xen\n");
        *state = place;
        return 0;
}

static int tear_down(void **state)
{
        struct place *place = *state;

        tree_remove(place->folder);
        free(place->output);
        free(place->errors);
        free(place);
        return 0;
}

/* Puts a region where the command line says and into a file, and releases it. */
static void put(struct place *place, struct sample *sample)
{
        unlink(place->memory);
        unlink(place->region);
        write_bytes(place->memory, ADDRESS, sample->base, sample->size);
        assert_int_equal(truncate(place->memory, 2 * ADDRESS), 0);
        write_bytes(place->region, 0, sample->base, sample->size);
        sample_free(sample);
}

static void put_passed(struct place *place)
{
        struct sample sample;

        sample_passed(&sample);
        put(place, &sample);
}

#define OUTPUT_MAX ((size_t)16 << 20)

static char *slurp(FILE *file)
{
        char *text = calloc(1, OUTPUT_MAX);

        rewind(file);
        assert_true(fread(text, 1, OUTPUT_MAX - 1, file) < OUTPUT_MAX - 1);
        fclose(file);
        return text;
}

/* Runs "VERB ARGUMENT…", the arguments divided by blanks, with both outputs caught. */
static int run(struct place *place, const char *line)
{
        char words[512], *argv[16] = { NULL };
        FILE *output = tmpfile(), *errors = tmpfile();
        int kept[2] = { dup(1), dup(2) }, argc = 0;

        strcpy(words, line);
        for (char *word = strtok(words, " "); word; word = strtok(NULL, " "))
                argv[argc++] = word;
        fflush(stdout);
        dup2(fileno(output), 1);
        dup2(fileno(errors), 2);
        place->code = verb_find(argv[0])->run(&place->host, argc, argv);
        fflush(stdout);
        dup2(kept[0], 1);
        dup2(kept[1], 2);
        close(kept[0]);
        close(kept[1]);
        free(place->output);
        free(place->errors);
        place->output = slurp(output);
        place->errors = slurp(errors);
        return place->code;
}

__attribute__((format(printf, 2, 3))) static int runf(struct place *place, const char *format, ...)
{
        char line[512];
        va_list arguments;

        va_start(arguments, format);
        vsnprintf(line, sizeof(line), format, arguments);
        va_end(arguments);
        return run(place, line);
}

/* A file below a folder, and its mode; NULL when it is not there. */
static char *content(const char *folder, const char *name, mode_t *ret_mode)
{
        char path[512];
        struct stat status;
        FILE *file;

        snprintf(path, sizeof(path), "%s/%s", folder, name);
        file = fopen(path, "rb");
        if (!file)
                return NULL;
        assert_int_equal(fstat(fileno(file), &status), 0);
        *ret_mode = status.st_mode & 07777;
        return slurp(file);
}

static void check_file(const char *folder, const char *name, const char *expected)
{
        mode_t mode = 0;
        char *text = content(folder, name, &mode);

        assert_non_null(text);
        assert_int_equal(mode, 0600);
        if (expected)
                assert_string_equal(text, expected);
        free(text);
}

static size_t entries(const char *folder)
{
        DIR *dir = opendir(folder);
        size_t count = 0;

        assert_non_null(dir);
        while (readdir(dir))
                count++;
        closedir(dir);
        return count - 2;
}

static void reads_memory_and_writes_the_default_folder(void **state)
{
        struct place *place = *state;
        char folder[256];
        struct stat status;

        put_passed(place);
        assert_int_equal(run(place, "collect"), 0);
        assert_string_equal(place->errors, "");
        assert_non_null(strstr(place->output, "PASS"));
        snprintf(folder, sizeof(folder), "%s/%s", place->runs, SAMPLE_RUN);
        assert_non_null(strstr(place->output, folder));
        assert_int_equal(stat(folder, &status), 0);
        assert_int_equal(status.st_mode & 07777, 0700);
        assert_int_equal(stat(place->runs, &status), 0);
        assert_int_equal(status.st_mode & 07777, 0700);
        check_file(folder, "run.json", NULL);
        check_file(folder, "events.jsonl", NULL);
        check_file(folder, "stage/runner.log", "three jobs\n");
        check_file(folder, "stage/empty.log", "");
        check_file(folder, "jobs/vecadd/0/hello.txt", "hello\n");
        assert_int_equal(entries(place->runs), 1);
        assert_int_equal(run(place, "collect"), 0); /* a second time is no surprise */
        assert_int_equal(entries(place->runs), 1);
        assert_int_equal(run(place, "status"), 0);
        assert_non_null(strstr(place->output, "collected"));
        assert_non_null(strstr(place->output, "PASS (from the run folder)"));
}

static void says_where_it_came_from(void **state)
{
        struct place *place = *state;
        json_t *document, *region, *collected;

        put_passed(place);
        assert_int_equal(run(place, "collect --json"), 0);
        document = json_loads(place->output, JSON_REJECT_DUPLICATES, NULL);
        assert_non_null(document);
        region = json_object_get(document, "region");
        collected = json_object_get(document, "collected");
        assert_string_equal(json_string_value(json_object_get(document, "run_id")), SAMPLE_RUN);
        assert_string_equal(json_string_value(json_object_get(region, "address")), "0x200000");
        assert_string_equal(json_string_value(json_object_get(collected, "hypervisor")), "xen");
        json_decref(document);
}

/* What comes out of this machine's memory was run on it; where a file is from nobody can tell. */
static void junit_names_the_host(void **state)
{
        struct place *place = *state;
        struct utsname system;
        char expected[128];

        put_passed(place);
        assert_int_equal(uname(&system), 0);
        snprintf(expected, sizeof(expected), " hostname=\"%s\" id=\"" SAMPLE_RUN "\"",
                system.nodename);
        assert_int_equal(run(place, "collect --format junit"), 0);
        assert_non_null(strstr(place->output, expected));
        assert_int_equal(runf(place, "collect --region %s --format junit", place->region), 0);
        assert_non_null(strstr(place->output, " hostname=\"localhost\" id=\"" SAMPLE_RUN "\""));
        assert_int_equal(run(place, "collect --json"), 0);
        snprintf(expected, sizeof(expected), "\"host\": \"%s\"", system.nodename);
        assert_non_null(strstr(place->output, expected));
}

/* However many there are, and however much they print, all of it is some MiB. */
static void junit_has_an_end(void **state)
{
        static char much[6000];
        struct place *place = *state;
        struct sample sample;
        char planned[40000] = "[", *end = planned + 1, path[64], first[64];

        memset(much, '&', sizeof(much)); /* the longest in XML */
        for (unsigned i = 0; i < 700; i++)
                end += sprintf(end, "%s{\"job\":\"j%u\",\"kind\":\"kernel\",\"device\":0}",
                        i ? "," : "", i);
        strcpy(end, "]");
        sample_start(&sample, (size_t)12 << 20);
        sample_begin(&sample, planned);
        for (unsigned i = 0; i < 700; i++) {
                snprintf(path, sizeof(path), "jobs/j%u/0/stdout", i);
                sample_file(&sample, path, much, sizeof(much));
                snprintf(path, sizeof(path), "jobs/j%u/0/stderr", i);
                sample_file(&sample, path, much, sizeof(much));
                snprintf(path, sizeof(path), "j%u", i);
                sample_result(&sample, path, i == 699 ? "fail" : "pass");
        }
        sample_finish(&sample, "{\"exit_code\":1}");
        unlink(place->region);
        write_bytes(place->region, 0, sample.base, sample.size);
        sample_free(&sample);
        assert_int_equal(runf(place, "collect --region %s --format junit", place->region), 1);
        assert_true(strlen(place->output) < (size_t)12 << 20);
        snprintf(first, sizeof(first), "[%zu bytes before this are in jobs/j0/0/stderr]\n&amp;",
                sizeof(much) - ((size_t)1 << 20) / 700);
        assert_non_null(strstr(place->output, first));
        assert_non_null(strstr(place->output, /* the one that failed has more room */
                "[1904 bytes before this are in jobs/j699/0/stderr]\n&amp;"));
        assert_non_null(strstr(place->output, "</testsuites>\n"));
}

static void writes_every_event_once_and_in_order(void **state)
{
        static const char *const names[] = { "efi.entry", "efi.region", "efi.bundle", "efi.start",
                "stage.init", "runner.start", "run.where", "run.devices", "run.plan", "job.start" };
        struct place *place = *state;
        size_t lines = 0;
        mode_t mode;
        char *text;

        put_passed(place);
        assert_int_equal(runf(place, "collect --region %s --out %s", place->region, place->out), 0);
        text = content(place->out, "events.jsonl", &mode);
        for (char *line = strtok(text, "\n"); line; line = strtok(NULL, "\n"), lines++) {
                json_t *event = json_loads(line, 0, NULL);

                assert_non_null(event);
                if (lines < sizeof(names) / sizeof(names[0]))
                        assert_string_equal(
                                json_string_value(json_object_get(event, "event")), names[lines]);
                json_decref(event);
        }
        assert_int_equal(lines, 16);
        free(text);
}

static void keeps_the_region_with_raw(void **state)
{
        struct place *place = *state;
        char path[256];
        struct stat status;

        put_passed(place);
        assert_int_equal(
                runf(place, "collect --raw --region %s --out %s", place->region, place->out), 0);
        snprintf(path, sizeof(path), "%s/region.bin", place->out);
        assert_int_equal(stat(path, &status), 0);
        assert_int_equal(status.st_size, SAMPLE_SIZE);
        assert_int_equal(runf(place, "collect --region %s", path), 0);
        assert_int_equal(runf(place, "collect --region %s --out %s", path, place->out), 0);
        assert_int_equal(stat(path, &status), -1); /* replaced by one without --raw */
}

static void a_file_is_only_printed_without_out(void **state)
{
        struct place *place = *state;

        put_passed(place);
        assert_int_equal(runf(place, "collect --region %s", place->region), 0);
        assert_non_null(strstr(place->output, "not written"));
        assert_int_equal(access(place->runs, F_OK), -1);
}

static void reads_named_memory(void **state)
{
        struct place *place = *state;

        put_passed(place);
        write_text(place->command_line, "quiet\n");
        assert_int_equal(run(place, "collect --region 0x200000,0x40000"), 0);
        assert_int_equal(run(place, "collect --region 2097152,262144"), 0);
        assert_int_equal(run(place, "collect --region 0x300000,0x40000"), 4); /* nothing there */
        assert_int_equal(run(place, "collect --region 0x100000,0x40000"), 4);
        assert_non_null(strstr(place->errors, "Reserved"));
        assert_int_equal(run(place, "collect --region 0x200000,256K"), 0);
        assert_int_equal(run(place, "collect --region 0x200001,256K"), 2); /* no file's name */
        assert_non_null(strstr(place->errors, "--region 0x200001,256K has an address"));
}

static void no_run_on_this_boot(void **state)
{
        struct place *place = *state;

        write_text(place->command_line, "quiet forestage.runs=1\n");
        assert_int_equal(run(place, "collect"), 3);
        assert_non_null(strstr(place->errors, "no run here"));
        assert_int_equal(run(place, "status"), 3);
        assert_int_equal(run(place, "status --json"), 3);
        assert_non_null(strstr(place->output, "\"state\": \"not-installed\""));
}

static void command_lines_that_do_not_work(void **state)
{
        struct place *place = *state;

        write_text(place->command_line, "forestage.region=0x200000 forestage.run=" SAMPLE_RUN);
        assert_int_equal(run(place, "collect"), 4);
        assert_non_null(strstr(place->errors, "forestage.region="));
        write_text(place->command_line, "forestage.region=0x200000,0x40000 forestage.run=7");
        assert_int_equal(run(place, "collect"), 4);
        assert_non_null(strstr(place->errors, "forestage.run="));
        write_text(place->command_line, "forestage.region=0x200000,0x40000");
        assert_int_equal(run(place, "collect"), 4);
        assert_int_equal(run(place, "status"), 1);
        unlink(place->command_line);
        assert_int_equal(run(place, "collect"), 4);
}

static void memory_that_cannot_be_read(void **state)
{
        struct place *place = *state;

        write_text(place->iomem, "00000000-00000000 : Reserved\n");
        assert_int_equal(run(place, "collect"), 4);
        assert_non_null(strstr(place->errors, "root"));
        write_text(place->iomem, "00200000-0021ffff : Reserved\n");
        assert_int_equal(run(place, "collect"), 4);
        write_text(place->iomem, "00200000-0023ffff : Reserved\n");
        assert_int_equal(run(place, "collect"), 4); /* there is no memory device */
        assert_non_null(strstr(place->errors, "cannot open"));
}

static void another_run_than_the_command_line_names(void **state)
{
        struct place *place = *state;

        put_passed(place);
        write_text(place->command_line, "forestage.region=0x200000,0x40000 "
                                        "forestage.run=00000000-0000-0000-0000-000000000001");
        assert_int_equal(run(place, "collect"), 4);
        assert_non_null(strstr(place->output, "command line names run"));
}

static void a_region_that_was_wiped(void **state)
{
        struct place *place = *state;
        struct sample sample;

        sample_passed(&sample);
        memset(sample.base, 0, sample.size);
        put(place, &sample);
        assert_int_equal(run(place, "collect"), 4);
        assert_non_null(strstr(place->output, SAMPLE_RUN));
        assert_non_null(strstr(place->output, "INCOMPLETE"));
}

static void exit_codes_of_runs(void **state)
{
        struct place *place = *state;
        struct sample sample;

        sample_start(&sample, SAMPLE_SIZE);
        sample_begin(&sample, "[{\"job\":\"a\",\"kind\":\"kernel\",\"device\":0}]");
        sample_result(&sample, "a", "fail");
        sample_finish(&sample, "{\"exit_code\":1}");
        put(place, &sample);
        assert_int_equal(runf(place, "collect --region %s", place->region), 1);
        sample_start(&sample, SAMPLE_SIZE);
        sample_begin(&sample, "[]");
        sample_finish(&sample, "{\"exit_code\":1}");
        put(place, &sample);
        assert_int_equal(runf(place, "collect --region %s", place->region), 1);
        assert_non_null(strstr(place->output, "NOTHING RAN"));
        sample_passed(&sample);
        sample.base[6000] ^= 1;
        put(place, &sample);
        assert_int_equal(runf(place, "collect --region %s", place->region), 4);
}

static void wrong_usage(void **state)
{
        struct place *place = *state;

        put_passed(place);
        assert_int_equal(run(place, "collect --reg x"), 2);
        assert_int_equal(run(place, "collect file"), 2);
        assert_int_equal(run(place, "collect --region"), 2);
        assert_int_equal(run(place, "status --out x"), 2);
        assert_int_equal(run(place, "help nothing"), 2);
        assert_int_equal(runf(place, "collect --region %s/missing", place->folder), 2);
        assert_int_equal(runf(place, "collect --region %s", place->folder), 2);
        assert_int_equal(run(place, "collect --region /dev/zero"), 2);
}

/* The sample has vecadd, reduce and wave. */
static void only_is_what_is_shown(void **state)
{
        static const struct {
                const char *only, *format;
                int code;
                const char *there, *missing;
        } cases[] = {
                { "vecadd", "", 0, "\n  vecadd ", "\n  reduce " },
                { "vecadd", "", 0, "Only:       vecadd: 1 of 3 jobs", "\n  wave " },
                { "[rw]*", "", 0, "\n  reduce ", "\n  vecadd " },
                { "wa?e,vec*", "", 0, "PASS (3 pass)", "\n  reduce " },
                { "*", "", 0, "\n  reduce ", "\n  nobody " },
                { "wave,nobody", "", 2, "\n  wave ", "\n  vecadd " },
                { "wav", "", 2, "0 of 3 jobs", "\n  wave " },
                { "reduce", "--format csv", 0, ",\"reduce\",", ",\"wave\"," },
                { "reduce", "--format ktap", 0, "1..2\n", "wave" },
                { "reduce", "--format junit", 0, "name=\"reduce", "name=\"wave" },
                { "reduce", "--json", 0, "\"only\": [", "\"job\": \"wave\"" },
        };
        struct place *place = *state;

        put_passed(place);
        for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
                int code = runf(place, "collect --region %s --only %s %s", place->region,
                        cases[i].only, cases[i].format);

                if (code != cases[i].code || !strstr(place->output, cases[i].there) ||
                        strstr(place->output, cases[i].missing))
                        fail_msg("case %zu: %d\n%s%s", i, code, place->output, place->errors);
        }
        assert_int_equal(runf(place, "collect --region %s --only ,", place->region), 2);
        assert_int_equal(runf(place, "collect --region %s --only a,a", place->region), 2);
        assert_non_null(strstr(place->errors, "'a' is given twice"));
        assert_int_equal(run(place, "collect --once --only wave"), 2);
}

/* Everything is collected, also when a word is nobody's. */
static void only_leaves_the_run_whole(void **state)
{
        struct place *place = *state;

        put_passed(place);
        assert_int_equal(runf(place, "collect --region %s --out %s --only wave,nobody",
                                 place->region, place->out),
                2);
        assert_non_null(strstr(place->errors, "--only: the run has no such job: nobody"));
        check_file(place->out, "jobs/vecadd/0/hello.txt", NULL);
        check_file(place->out, "jobs/wave/0/hello.txt", "hello\n");
}

/* Who has said --out is not told to say it. */
static void what_was_not_written_is_told(void **state)
{
        struct place *place = *state;
        char path[256];

        put_passed(place);
        assert_int_equal(runf(place, "collect --region %s", place->region), 0);
        assert_non_null(strstr(place->output, "Files:      not written; --out DIR writes them\n"));
        assert_int_equal(mkdir(place->out, 0755), 0);
        snprintf(path, sizeof(path), "%s/precious", place->out);
        write_text(path, "x");
        assert_int_equal(runf(place, "collect --region %s --out %s", place->region, place->out), 2);
        assert_non_null(strstr(place->output, "Files:      not written to /tmp/"));
        assert_non_null(strstr(place->output, "the error says why\n"));
        assert_null(strstr(place->output, "--out DIR"));
        /* The usual place is in the way: another one is to be had. */
        write_text(place->runs, "a file");
        assert_int_not_equal(run(place, "collect"), 0);
        assert_non_null(strstr(place->output, "--out DIR writes"));
}

static void a_fifo_does_not_hold_it_up(void **state)
{
        struct place *place = *state;
        char path[256];

        snprintf(path, sizeof(path), "%s/fifo", place->folder);
        assert_int_equal(mkfifo(path, 0600), 0);
        assert_int_equal(runf(place, "collect --region %s", path), 2);
        assert_non_null(strstr(place->errors, "regular file"));
}

static void out_may_be_empty_or_of_the_same_run(void **state)
{
        struct place *place = *state;

        put_passed(place);
        assert_int_equal(mkdir(place->out, 0755), 0);
        assert_int_equal(
                runf(place, "collect --region %s --out %s/", place->region, place->out), 0);
        check_file(place->out, "run.json", NULL);
        assert_int_equal(runf(place, "collect --region %s --out %s", place->region, place->out), 0);
        check_file(place->out, "jobs/wave/0/hello.txt", "hello\n");
        assert_int_equal(entries(place->out), 4);
}

static void out_of_others_is_refused(void **state)
{
        struct place *place = *state;
        char path[256];

        put_passed(place);
        assert_int_equal(mkdir(place->out, 0755), 0);
        snprintf(path, sizeof(path), "%s/precious", place->out);
        write_text(path, "x");
        assert_int_equal(runf(place, "collect --region %s --out %s", place->region, place->out), 2);
        snprintf(path, sizeof(path), "%s/run.json", place->out);
        write_text(path, "{\"run_id\":\"00000000-0000-0000-0000-000000000001\"}");
        assert_int_equal(runf(place, "collect --region %s --out %s", place->region, place->out), 2);
        write_text(path, "{\"run_id\":null}");
        assert_int_equal(runf(place, "collect --region %s --out %s", place->region, place->out), 2);
        assert_int_equal(entries(place->out), 2);
        assert_int_equal(
                runf(place, "collect --region %s --out %s", place->region, place->region), 2);
        assert_int_equal(
                runf(place, "collect --region %s --out %s/a/b", place->region, place->folder), 2);
        assert_int_equal(runf(place, "collect --region %s --out /", place->region), 2);
}

static const char *join(const struct place *place, const char *name)
{
        static char path[2][256];
        static unsigned next;

        next = (next + 1) % 2;
        snprintf(path[next], sizeof(path[next]), "%s/%s", place->folder, name);
        return path[next];
}

static void out_through_links(void **state)
{
        struct place *place = *state;
        struct stat status;

        put_passed(place);
        assert_int_equal(mkdir(join(place, "disk"), 0755), 0);
        assert_int_equal(mkdir(join(place, "disk/run"), 0755), 0);
        assert_int_equal(symlink("disk", join(place, "way")), 0);
        assert_int_equal(symlink("disk/run", place->out), 0);
        assert_int_equal(
                runf(place, "collect --region %s --out %s/way/new", place->region, place->folder),
                0);
        check_file(join(place, "disk/new"), "run.json", NULL);
        assert_int_equal(runf(place, "collect --region %s --out %s", place->region, place->out), 0);
        check_file(join(place, "disk/run"), "run.json", NULL);
        assert_int_equal(runf(place, "collect --region %s --out %s", place->region, place->out), 0);
        assert_int_equal(lstat(place->out, &status), 0);
        assert_true(S_ISLNK(status.st_mode));
        assert_int_equal(entries(join(place, "disk")), 2);
}

static void out_as_dot(void **state)
{
        struct place *place = *state;
        int before = open(".", O_RDONLY | O_DIRECTORY);

        put_passed(place);
        assert_int_equal(mkdir(place->out, 0755), 0);
        assert_int_equal(chdir(place->out), 0);
        assert_int_equal(runf(place, "collect --region %s --out .", place->region), 0);
        assert_int_equal(fchdir(before), 0);
        close(before);
        check_file(place->out, "run.json", NULL);
}

/* Others can write there: their links lead nowhere, and everything else works as ever. */
static void out_where_others_can_write(void **state)
{
        struct place *place = *state;

        put_passed(place);
        assert_int_equal(mkdir(join(place, "safe"), 0755), 0);
        assert_int_equal(mkdir(join(place, "open"), 0755), 0);
        assert_int_equal(chmod(join(place, "open"), 0777), 0);
        assert_int_equal(symlink("../safe", join(place, "open/link")), 0);
        assert_int_equal(
                runf(place, "collect --region %s --out %s/open/link", place->region, place->folder),
                2);
        assert_non_null(strstr(place->errors, "/open/link is a symbolic link that others can"));
        assert_non_null(strstr(place->errors, "mode 0777"));
        assert_int_equal(runf(place, "collect --region %s --out %s/open/link/x", place->region,
                                 place->folder),
                2);
        assert_int_equal(entries(join(place, "safe")), 0);
        for (unsigned i = 0; i < 2; i++)
                assert_int_equal(runf(place, "collect --region %s --out %s/open/run", place->region,
                                         place->folder),
                        0);
        check_file(join(place, "open/run"), "run.json", NULL);
        assert_int_equal(entries(join(place, "open")), 2);
}

static void metrics_replace_only_files(void **state)
{
        struct place *place = *state;
        struct stat status;
        mode_t mode = 0;
        char *text;

        put_passed(place);
        assert_int_equal(mkfifo(join(place, "fifo"), 0600), 0);
        assert_int_equal(
                runf(place, "collect --region %s --metrics %s/fifo", place->region, place->folder),
                4);
        assert_non_null(strstr(place->errors, "it is a FIFO that nobody reads from"));
        assert_int_equal(lstat(join(place, "fifo"), &status), 0);
        assert_true(S_ISFIFO(status.st_mode));
        assert_int_equal(symlink("numbers", join(place, "link")), 0);
        assert_int_equal(
                runf(place, "collect --region %s --metrics %s/link", place->region, place->folder),
                0);
        assert_int_equal(lstat(join(place, "link"), &status), 0);
        assert_true(S_ISLNK(status.st_mode));
        text = content(place->folder, "numbers", &mode);
        assert_non_null(strstr(text, "forestage_run_passed 1"));
        assert_int_equal(mode, 0644);
        free(text);
        assert_int_equal(
                runf(place, "collect --region %s --json --metrics /dev/stdout", place->region), 0);
        assert_non_null(strstr(place->output, "forestage_run_passed 1"));
}

/* Where others can write, a verdict that lies there is nobody's word. */
static void once_believes_only_its_own_folder(void **state)
{
        static const char forged[] = "{\"run_id\": \"" SAMPLE_RUN "\", \"complete\": true, "
                                     "\"verdict\": \"pass\", \"exit_code\": 0}";
        struct place *place = *state;
        struct sample sample;
        char path[512];

        sample_start(&sample, SAMPLE_SIZE);
        sample_begin(&sample, "[{\"job\":\"a\",\"kind\":\"kernel\",\"device\":0}]");
        sample_result(&sample, "a", "fail");
        sample_finish(&sample, "{\"exit_code\":1}");
        put(place, &sample);
        assert_int_equal(run(place, "collect --once"), 1);
        snprintf(path, sizeof(path), "%s/%s/run.json", place->runs, SAMPLE_RUN);
        write_text(path, forged);
        assert_int_equal(run(place, "collect --once"), 0); /* root's word */
        write_text(path, "{\"complete\": true, \"verdict\": \"fail\", \"exit_code\": 0}");
        assert_int_equal(run(place, "collect --once"), 1); /* the verdict's code, and no other */
        write_text(path, "{\"complete\": true, \"verdict\": \"incomplete\"}");
        assert_int_equal(run(place, "collect --once"), 4);
        write_text(path, "{\"complete\": true}");
        assert_int_equal(run(place, "collect --once"), 4);
        write_text(path, forged);
        assert_int_equal(chmod(place->runs, 0777), 0);
        assert_int_equal(run(place, "status"), 0);
        assert_null(strstr(place->output, "PASS"));
        assert_int_equal(run(place, "collect --once"), 1);
        assert_null(strstr(place->output, "PASS"));
}

static void a_complete_run_is_not_replaced_by_a_worse_one(void **state)
{
        struct place *place = *state;
        struct sample sample;

        put_passed(place);
        assert_int_equal(run(place, "collect"), 0);
        sample_passed(&sample);
        sample.base[6000] ^= 1;
        put(place, &sample);
        assert_int_equal(run(place, "collect"), 4);
        assert_non_null(strstr(place->errors, "it was kept"));
        assert_int_equal(run(place, "status"), 0);
        assert_non_null(strstr(place->output, "PASS (from the run folder)"));
        put_passed(place);
        assert_int_equal(run(place, "collect"), 0);
}

static void a_full_disk_leaves_nothing_behind(void **state)
{
        struct place *place = *state;
        struct rlimit before, small;

        put_passed(place);
        assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
        small = before;
        small.rlim_cur = 4000; /* less than a file of the sample; EFBIG instead of ENOSPC */
        signal(SIGXFSZ, SIG_IGN);
        assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
        runf(place, "collect --region %s --out %s", place->region, place->out);
        assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
        assert_int_equal(place->code, 4);
        assert_non_null(strstr(place->errors, "cannot write jobs/vecadd/0/noise.bin"));
        assert_non_null(strstr(place->output, "PASS"));
        assert_int_equal(access(place->out, F_OK), -1);
        assert_int_equal(entries(place->folder), 5); /* as set_up and put left it */
}

static void nothing_is_written_outside_the_folder(void **state)
{
        struct place *place = *state;
        struct sample sample;
        char path[256];

        sample_start(&sample, SAMPLE_SIZE);
        sample_begin(&sample, "[{\"job\":\"a\",\"kind\":\"kernel\",\"device\":0}]");
        sample_file(&sample, "../escaped", "x", 1);
        sample_file(&sample, "jobs/../../escaped", "x", 1);
        snprintf(path, sizeof(path), "%s/escaped", place->folder);
        sample_file(&sample, path, "x", 1);
        sample_file(&sample, "run.json", "{}", 2);
        sample_file(&sample, "stage/ok", "x", 1);
        sample_result(&sample, "a", "pass");
        sample_finish(&sample, "{\"exit_code\":0}");
        put(place, &sample);
        assert_int_equal(runf(place, "collect --region %s --out %s", place->region, place->out), 1);
        assert_int_equal(access(path, F_OK), -1);
        check_file(place->out, "stage/ok", "x");
        assert_non_null(strstr(place->output, "../escaped"));
        assert_int_equal(entries(place->out), 4);
        assert_int_equal(entries(place->folder), 6);
}

static void status_tells_what_to_do(void **state)
{
        struct place *place = *state;

        put_passed(place);
        assert_int_equal(run(place, "status"), 0);
        assert_non_null(strstr(place->output, SAMPLE_RUN));
        assert_non_null(strstr(place->output, "waiting"));
        assert_non_null(strstr(place->output, "forestage collect"));
        assert_non_null(strstr(place->output, "not computed"));
        assert_int_equal(runf(place, "status --region %s --json", place->region), 0);
        assert_non_null(strstr(place->output, "\"verdict\": \"pass\""));
        assert_non_null(strstr(place->output, "\"verdict_from\": \"region\""));
        assert_int_equal(runf(place, "status --region %s/missing", place->folder), 2);
}

/* A region alone says nothing of what is in the store. */
static void status_judges_no_run_whose_files_are_elsewhere(void **state)
{
        struct place *place = *state;

        sample_stored = (struct sample_stored){ "wave", 6, 1 << 20, 1 << 24, 4096, 0,
                "5891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03" };
        put_passed(place);
        sample_stored = (struct sample_stored){ .job = NULL };
        assert_int_equal(runf(place, "status --region %s --json", place->region), 0);
        assert_non_null(strstr(place->output, "\"verdict\": null"));
        assert_non_null(strstr(place->output, "1 of its files are in the store"));
        assert_non_null(strstr(place->output, "forestage collect --region"));
}

static void help_names_what_there_is(void **state)
{
        struct place *place = *state;

        assert_int_equal(run(place, "help"), 0);
        for (size_t i = 0; verbs[i]; i++)
                assert_non_null(strstr(place->output, verbs[i]->name));
        assert_int_equal(run(place, "help collect"), 0);
        for (const struct option_spec *option = verb_collect.options; option->name; option++)
                assert_non_null(strstr(place->output, option->name));
        assert_null(strstr(place->output, "install"));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
        const struct CMUnitTest tests[] = {
                TEST(reads_memory_and_writes_the_default_folder),
                TEST(says_where_it_came_from),
                TEST(junit_names_the_host),
                TEST(junit_has_an_end),
                TEST(writes_every_event_once_and_in_order),
                TEST(keeps_the_region_with_raw),
                TEST(a_file_is_only_printed_without_out),
                TEST(reads_named_memory),
                TEST(no_run_on_this_boot),
                TEST(command_lines_that_do_not_work),
                TEST(memory_that_cannot_be_read),
                TEST(another_run_than_the_command_line_names),
                TEST(a_region_that_was_wiped),
                TEST(exit_codes_of_runs),
                TEST(wrong_usage),
                TEST(only_is_what_is_shown),
                TEST(only_leaves_the_run_whole),
                TEST(what_was_not_written_is_told),
                TEST(a_fifo_does_not_hold_it_up),
                TEST(out_may_be_empty_or_of_the_same_run),
                TEST(out_of_others_is_refused),
                TEST(out_through_links),
                TEST(out_as_dot),
                TEST(out_where_others_can_write),
                TEST(metrics_replace_only_files),
                TEST(once_believes_only_its_own_folder),
                TEST(a_complete_run_is_not_replaced_by_a_worse_one),
                TEST(a_full_disk_leaves_nothing_behind),
                TEST(nothing_is_written_outside_the_folder),
                TEST(status_tells_what_to_do),
                TEST(status_judges_no_run_whose_files_are_elsewhere),
                TEST(help_names_what_there_is),
        };

        return run_tap(tests);
}
