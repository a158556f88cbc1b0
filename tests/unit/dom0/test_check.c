/* forestage check: what is told about a folder of jobs without a GPU. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "dom0/check/jobcheck.h" /* before cmocka, which has a fail of its own */

#include <cmocka.h>

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "dom0/base/verb.h"
#include "dom0/check/jobreview.h"
#include "dom0/image/ptxentry.h"
#include "jobs/room.h"

#define PTX                                                                                \
        "// .entry hidden()\n/* .version 1.0 */ .version 7.0\n.target sm_90a, debug\n"     \
        ".address_size 64\n"                                                               \
        ".visible .entry add(\n\t.param .u64 add_param_0, // (first,\n"                    \
        "\t.param .u32 add_param_1,\n\t.param .align 8 .b8 add_param_2[24]\n)\n{ ret; }\n" \
        ".entry nothing\n{ ret; }\n.visible .entry none() { ret; }\n"

static char folder[64];

static void put(const char *name, const void *data, size_t length)
{
        char path[256];
        FILE *file;

        snprintf(path, sizeof(path), "%s/%s", folder, name);
        file = fopen(path, "we");
        assert_non_null(file);
        assert_int_equal(fwrite(data, 1, length, file), length);
        fclose(file);
}

static void put_text(const char *name, const char *text)
{
        put(name, text, strlen(text));
}

static int set_up(void **state)
{
        (void)state;
        strcpy(folder, "/tmp/dom0-check-XXXXXX");
        return mkdtemp(folder) ? 0 : -1;
}

static int remove_one(const char *path, const struct stat *status, int type, struct FTW *walk)
{
        (void)status;
        (void)type;
        (void)walk;
        return remove(path);
}

static int tear_down(void **state)
{
        (void)state;
        return nftw(folder, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

static json_t *review(uint64_t gpus, uint64_t size)
{
        struct jobfolder jobs;
        json_t *document;

        assert_int_equal(jobfolder_read(folder, NULL, &jobs), 0);
        document = jobreview_make(
                &jobs, folder, NULL, &(struct target){ .gpus = gpus, .region_size = size });
        jobfolder_close(&jobs);
        assert_non_null(document);
        return document;
}

/* Whether a job's list has "FILE:LINE: TEXT...", as it is printed. */
static bool has(const json_t *document, const char *list, const char *expected)
{
        const json_t *job, *note;
        size_t i, k;

        json_array_foreach(json_object_get(document, "jobs"), i, job) {
                json_array_foreach(json_object_get(job, list), k, note) {
                        char text[2048], place[32] = "";
                        const json_t *line = json_object_get(note, "line");

                        if (json_is_integer(line))
                                snprintf(place, sizeof(place), ":%lld",
                                        (long long)json_integer_value(line));
                        snprintf(text, sizeof(text), "%s%s: %s",
                                json_string_value(json_object_get(note, "file")), place,
                                json_string_value(json_object_get(note, "message")));
                        if (strncmp(text, expected, strlen(expected)) == 0)
                                return true;
                }
        }
        return false;
}

#define KERNEL "[Job]\nType=kernel\n[Kernel]\nModule=m\nFunction=add\nGrid=1\nBlock=1\n" /* 7 */
#define EXPECT "[Expect]\no=like ref as f32\n"

/* The PTX wants a buffer, 4 bytes, and a structure of 24, which no Argument= can give. */
static void faults_of_kernels(void **state)
{
        static const struct {
                const char *text, *complaint; /* NULL: there is none */
        } table[] = {
                { KERNEL "Argument=out o 8\nArgument=u32 1\nArgument=f64 1\n" EXPECT,
                        "a.conf:10: argument 3 has 8 bytes, but parameter 3 of 'add' has 24" },
                { KERNEL "Argument=out o 8\nArgument=u64 1\nArgument=f64 1\n" EXPECT,
                        "a.conf:9: argument 2 has 8 bytes, but parameter 2 of 'add' has 4" },
                { KERNEL "Argument=out o 8\n" EXPECT,
                        "a.conf:5: 'add' takes 3 parameters, but there are 1 Argument= lines" },
                { "[Job]\nType=kernel\n[Kernel]\nModule=m\nFunction=sub\nGrid=1\nBlock=1\n"
                  "Argument=out o 8\n" EXPECT,
                        "a.conf:5: m has no kernel 'sub'; it has: add, nothing, none" },
                { "[Job]\nType=kernel\n[Kernel]\nModule=absent\nFunction=f\nGrid=1\nBlock=1\n"
                  "Argument=out o 8\n" EXPECT,
                        "a.conf:4: Module=absent does not exist in the job folder" },
                { "[Job]\nType=kernel\n[Kernel]\nModule=ref\nFunction=f\nGrid=1\nBlock=1\n"
                  "Argument=out o 8\n" EXPECT,
                        "a.conf:4: Module=ref is neither PTX nor a cubin nor a fatbin" },
                { KERNEL "Argument=in absent\nArgument=out o 8\n" EXPECT,
                        "a.conf:8: 'absent' does not exist in the job folder" },
                { KERNEL "Argument=in empty\nArgument=out o 8\n" EXPECT,
                        "a.conf:8: 'empty' is empty" },
                { KERNEL "Argument=out o 12\n" EXPECT,
                        "a.conf:10: the reference 'ref' has 8 bytes, but 'o' has 12" },
                { KERNEL "Argument=out o 8\n[Expect]\no=like absent as f32\n",
                        "a.conf:10: 'absent' does not exist in the job folder" },
                { KERNEL "Argument=inout ref\n[Expect]\nref=like odd as u8\n",
                        "a.conf:10: the reference 'odd' has 3 bytes, but 'ref' has 8" },
                { KERNEL "Argument=inout odd\n[Expect]\nodd=like odd as f32\n",
                        "a.conf:10: the reference 'odd' has 3 bytes, which is no whole number" },
        };

        (void)state;
        put_text("m", PTX);
        put("ref", "12345678", 8);
        put("odd", "123", 3);
        put("empty", "", 0);
        for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
                json_t *document;

                put_text("a.conf", table[i].text);
                document = review(1, 0);
                if (!has(document, "complaints", table[i].complaint))
                        fail_msg("no '%s' in: %s", table[i].complaint,
                                json_dumps(document, JSON_INDENT(1)));
                assert_true(json_is_false(json_object_get(document, "good")));
                json_decref(document);
        }
}

static void every_fault_of_a_file(void **state)
{
        json_t *document;

        (void)state;
        put_text("a.conf", "[Job]\nType=kernel\nColour=red\nTimeout=never\n[Where]\nx=1\ny=2\n"
                           "[Kernel]\nModule=../m\nGrid=0\nArgument=out o\nArgument=in\n");
        put_text("b.conf", "[Job]\n");
        document = review(1, 0);
        assert_true(has(document, "complaints", "a.conf:3: the key Colour= is not known"));
        assert_true(has(document, "complaints", "a.conf:4: 'never' is not a time"));
        assert_true(has(document, "complaints", "a.conf:5: the section [Where] is not known"));
        assert_false(has(document, "complaints", "a.conf:6"));
        assert_true(has(document, "complaints", "a.conf:9: the path '../m'"));
        assert_true(has(document, "complaints", "a.conf:10: Grid=0"));
        assert_true(has(document, "complaints", "a.conf:11: "));
        assert_true(has(document, "complaints", "a.conf:12: "));
        assert_true(has(document, "complaints", "a.conf: [Kernel] has no Function="));
        assert_true(has(document, "complaints", "a.conf: [Kernel] has no Block="));
        assert_true(has(document, "complaints", "b.conf: [Job] has no Type="));
        assert_int_equal(jobreview_number(document, "counts", "complaints"), 10);
        json_decref(document);
}

static void a_million_lines(void **state)
{
        char *text = malloc(1000000);
        json_t *document;

        (void)state;
        assert_non_null(text);
        for (size_t i = 0; i < 1000000; i += 2)
                memcpy(text + i, "x\n", 2);
        put("a.conf", text, 1000000);
        document = review(1, 0);
        assert_true(has(document, "complaints", "a.conf:1: neither Key=value"));
        assert_true(jobreview_number(document, "counts", "complaints") <= 256);
        json_decref(document);
        put("a.conf", text, 1000000);
        free(text);
        text = calloc(1, 2000000);
        put("a.conf", text, 2000000);
        free(text);
        document = review(1, 0);
        assert_true(has(document, "complaints", "a.conf: the file is too large"));
        json_decref(document);
}

static void room_is_added_up(void **state)
{
        json_t *document;

        (void)state;
        put_text("m", ".version 7.0\n.target sm_70\n.entry add(.param .u64 a, .param .u64 b){}");
        put("ref", "12345678", 8);
        put_text("a.conf", KERNEL "Argument=out o 1M\nArgument=inout ref\n[Expect]\no=sha256:"
                                  "0000000000000000000000000000000000000000000000000000000000000000"
                                  "\n");
        document = review(1, 0);
        assert_true(json_is_true(json_object_get(document, "good")));
        assert_in_range(jobreview_number(document, "region", "outputs_bytes"), (1 << 20) + 8,
                (1 << 20) + 1000);
        assert_true(json_is_null(json_object_get(json_object_get(document, "region"), "fits")));
        json_decref(document);
        document = review(4, 8 << 20);
        assert_in_range(
                jobreview_number(document, "region", "outputs_bytes"), 4 << 20, (4 << 20) + 4000);
        assert_true(json_is_true(json_object_get(document, "good")));
        json_decref(document);
        document = review(4, 5 << 20);
        assert_true(json_is_false(json_object_get(document, "good")));
        json_decref(document);
        put_text("a.conf", KERNEL "Argument=out o 4611686018427387904\nArgument=inout ref\n[Expect]"
                                  "\no=sha256:"
                                  "0000000000000000000000000000000000000000000000000000000000000000"
                                  "\n");
        document = review(1024, 1 << 30);
        assert_true(json_is_false(json_object_get(document, "good")));
        assert_int_equal(jobreview_number(document, "region", "needed_bytes"), INT64_MAX);
        json_decref(document);
}

/* What the command prints must not be taken for the tests' own lines. */
static int check(char *first, char *second, char *third)
{
        char *argv[] = { "check", first, second, third, NULL };
        int kept = dup(STDOUT_FILENO), code, count = 1;

        while (argv[count])
                count++;
        fflush(stdout);
        assert_non_null(freopen("/dev/null", "w", stdout));
        code = verb_check.run(&host_default, count, argv);
        fflush(stdout);
        dup2(kept, STDOUT_FILENO);
        close(kept);
        return code;
}

/* What forestage-run keeps free for each check on each GPU counts here, too. */
static void checks_need_their_room(void **state)
{
        json_t *document;

        (void)state;
        put_text("a.conf", "[Job]\nType=check\n[Check]\nLevel=quick\n");
        put_text("b.conf", "[Job]\nType=check\n[Check]\nLevel=quick\n");
        document = review(8, 4 << 20);
        assert_true(json_is_false(json_object_get(document, "good")));
        assert_in_range(jobreview_number(document, "region", "needed_bytes"),
                16 * (ROOM_ENTRY_BYTES + ROOM_CHECK_BYTES) + ROOM_STAGE_BYTES, 6 << 20);
        json_decref(document);
        document = review(8, 6 << 20);
        assert_true(json_is_true(json_object_get(document, "good")));
        json_decref(document);
        assert_int_equal(check(folder, "--gpus=8", "--region-size=4M"), 1);
        assert_int_equal(check(folder, "--gpus=8", "--region-size=6M"), 0);
}

static void notes(void **state)
{
        static const unsigned char fatbin[] = { 0x50, 0xed, 0x55, 0xba, 1, 0, 0, 0 };
        json_t *document;

        (void)state;
        put("m", fatbin, sizeof(fatbin));
        put("ref", "12345678", 8);
        put_text("a.conf", KERNEL "SharedMemory=64K\nArgument=out o 8\n" EXPECT);
        put_text("b.conf", "[Job]\nType=program\nDevice=0,5,GPU-01234567-89ab-cdef-0123-"
                           "456789ABCDEF\n[Program]\nExec=./run.sh\nCollect=*\n");
        put_text("c.conf", "[Job]\nType=program\n[Program]\nExec=m\n");
        put_text("run.sh", "#!/bin/sh\n");
        document = review(2, 0);
        assert_true(has(document, "warnings", "a.conf:4: only a GPU can tell whether m has 'add'"));
        assert_true(
                has(document, "warnings", "a.conf:8: SharedMemory=65536 is more than the 48 KiB"));
        assert_true(has(document, "warnings", "b.conf:5: run.sh is a script"));
        assert_true(has(document, "warnings", "b.conf:3: Device=5: checked for a machine with 2"));
        assert_true(has(
                document, "warnings", "b.conf:3: only the machine can tell whether it has GPU-"));
        assert_true(has(document, "warnings", "b.conf: how large the files are that it leaves"));
        assert_true(has(document, "complaints",
                "c.conf:4: m cannot be executed: it is neither a program nor a script"));
        json_decref(document);
}

#define PROGRAM "[Job]\nType=program\n[Program]\nExec=./"

/* What execve would refuse, and what it would take differently than it is meant. */
static void programs_that_cannot_start(void **state)
{
        static const char other[64] = "\177ELF\2\1\1\0\0\0\0\0\0\0\0\0\2\0\267\0";
        static const char carriage[] = "the interpreter in line 1 ends with a carriage return";
        char path[128], expected[160];
        json_t *document;

        (void)state;
        put_text("a.conf", PROGRAM "a.sh\n");
        put_text("a.sh", "#!/bin/sh\r\nexit 0\r\n");
        put_text("b.conf", PROGRAM "b.sh\n");
        put_text("b.sh", "\xef\xbb\xbf#!/bin/sh\n");
        put_text("c.conf", PROGRAM "c.sh\n");
        put_text("c.sh", "echo\n");
        put_text("d.conf", PROGRAM "d\n");
        put("d", other, sizeof(other));
        put_text("e.conf", PROGRAM "e.sh\n");
        put_text("e.sh", "#!/usr/bin/env python3\r\n");
        put_text("f.conf", PROGRAM "f.pl\n");
        put_text("f.pl", "#!/usr/bin/perl -w\r\n");
        snprintf(path, sizeof(path), "%s/bin", folder);
        assert_int_equal(mkdir(path, 0700), 0);
        put_text("g.conf", PROGRAM "bin/g.sh\n");
        put_text("bin/g.sh", "#! /opt/python3 -u\n");
        document = review(1, 0);
        snprintf(expected, sizeof(expected), "a.conf:4: a.sh cannot be executed: %s", carriage);
        assert_true(has(document, "complaints", expected));
        assert_true(has(document, "complaints",
                "b.conf:4: b.sh cannot be executed: a UTF-8 byte order mark stands before"));
        assert_true(has(document, "complaints",
                "c.conf:4: c.sh cannot be executed: it is neither a program nor a script"));
        assert_true(has(document, "complaints",
                "d.conf:4: d cannot be executed: it is a program for AArch64, not for x86-64"));
        snprintf(expected, sizeof(expected), "e.conf:4: e.sh cannot be executed: %s", carriage);
        assert_true(has(document, "complaints", expected));
        assert_true(has(
                document, "warnings", "f.conf:4: f.pl: line 1 ends with a carriage return, which"));
        assert_true(has(document, "warnings",
                "g.conf:4: bin/g.sh is a script: its interpreter /opt/python3 has to be in the"));
        assert_true(has(document, "warnings", "g.conf:4: bin/g.sh has no execute permission"));
        assert_int_equal(jobreview_number(document, "counts", "complaints"), 5);
        json_decref(document);
}

/* One mistake does not hide what else is missing: a newcomer would find one a time. */
static void missing_files_beside_other_mistakes(void **state)
{
        json_t *document;

        (void)state;
        put_text("a.conf", "[Job]\nType=kernel\n[Kernel]\nModule=none.ptx\nFunction=f\nGrid=1\n"
                           "Blok=1\nArgument=in none.bin\nArgument=in ../none\nArgument=out o 8\n"
                           "[Expect]\no=like none.ref tolerance 1 as f32\n");
        put_text("b.conf", "[Job]\nTyp=program\nType=program\n[Program]\nExec=./none word\n");
        put_text("c.conf", "[Job]\nTyp=check\nType=check\n[Check]\nLevel=quick\n"
                           "Baseline=none.json\n");
        put_text("d.conf", "[Job]\nType=program\n[Program]\nExec=/usr/bin/python3 none.py\n");
        put_text("e.conf", "[Job]\nType=kernel\n[Kernel]\nModule=/none.ptx\n");
        document = review(1, 0);
        assert_true(has(document, "complaints", "a.conf:7: the key Blok= is not known"));
        assert_true(has(
                document, "complaints", "a.conf:4: 'none.ptx' does not exist in the job folder"));
        assert_true(has(document, "complaints", "a.conf:8: 'none.bin' does not exist"));
        assert_true(has(document, "complaints", "a.conf:12: 'none.ref' does not exist"));
        assert_true(has(document, "complaints", "b.conf:2: the key Typ= is not known"));
        assert_true(has(document, "complaints", "b.conf:5: 'none' does not exist"));
        assert_true(has(document, "complaints", "c.conf:6: 'none.json' does not exist"));
        assert_false(has(document, "complaints", "d.conf:4: '/usr/bin/python3' does"));
        assert_false(has(document, "complaints", "e.conf:4: '/none.ptx' does not exist"));
        json_decref(document);
}

static const char *why_other(const json_t *document, const char *file)
{
        const json_t *other;
        size_t i;

        json_array_foreach(json_object_get(document, "others"), i, other)
                if (strcmp(json_string_value(json_object_get(other, "file")), file) == 0)
                        return json_string_value(json_object_get(other, "message"));
        return "nothing";
}

static void files_that_look_like_jobs(void **state)
{
        static const struct {
                const char *name, *why;
        } others[] = {
                { "BURN.CONF", "it is no job, because its name does not end in .conf in lower" },
                { "Burn.Conf", "it is no job, because its name does not end in .conf in lower" },
                { "memory.conf.txt", "it is no job, because its name does not end in .conf" },
                { "job.conf~", "it is no job, because its name does not end in .conf" },
                { "#job.conf#", "it is no job, because its name does not end in .conf" },
                { "job.conf ", "it is no job, because its name does not end in .conf" },
                { "job.config", "it is no job, because its name does not end in .conf" },
                { "a.conf.CONF", "it is no job, because its name does not end in .conf in lower" },
                { "a.CONF.bak", "it is no job, because its name does not end in .conf" },
                { ".conf", "it is no job, because its name starts with a dot" },
                { ".hidden.conf", "it is no job, because its name starts with a dot" },
                { ".job.conf.swp", "it is no job, because its name starts with a dot" },
        };
        static const char *const strangers[] = { "README", "data.bin", ".gitignore", "conf",
                "run-conf.sh", "x.cnf" };
        char path[128];
        json_t *document;

        (void)state;
        for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
                put_text(others[i].name, "[Job]\nType=check\n[Check]\nLevel=quick\n");
        for (size_t i = 0; i < sizeof(strangers) / sizeof(strangers[0]); i++)
                put_text(strangers[i], "");
        put_text("CONF\n\x1b[2J.CONF", "");
        snprintf(path, sizeof(path), "%s/conf.d.conf.d", folder);
        assert_int_equal(mkdir(path, 0700), 0);
        put_text("conf.d.conf.d/mesh.conf", "[Solver]\nsteps=4 # of [Job]\n");
        put_text("conf.d.conf.d/burn.conf", "# by hand\r\n[Job]\r\nType=check\r\n");
        put_text("real.conf", "[Job]\nType=check\n[Check]\nLevel=quick\n");
        document = review(1, 0);
        assert_string_equal(why_other(document, "conf.d.conf.d/burn.conf"),
                "it is no job, because it is not on the top level of the job folder");
        assert_string_equal(why_other(document, "conf.d.conf.d/mesh.conf"), "nothing");
        for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
                if (!strstr(why_other(document, others[i].name), others[i].why))
                        fail_msg("%s: %s", others[i].name, why_other(document, others[i].name));
        for (size_t i = 0; i < sizeof(strangers) / sizeof(strangers[0]); i++)
                assert_string_equal(why_other(document, strangers[i]), "nothing");
        assert_string_not_equal(why_other(document, "CONF\\x0a\\x1b[2J.CONF"), "nothing");
        assert_int_equal(json_array_size(json_object_get(document, "others")),
                sizeof(others) / sizeof(others[0]) + 2);
        assert_int_equal(jobreview_number(document, "counts", "jobs"), 1);
        assert_true(json_is_true(json_object_get(document, "good")));
        json_decref(document);
}

/* What is no regular file of the folder, but has a job's name. */
static void jobs_that_are_no_files(void **state)
{
        char path[128];
        json_t *document;

        (void)state;
        put_text("real.conf", "[Job]\nType=check\n[Check]\nLevel=quick\n");
        snprintf(path, sizeof(path), "%s/link.conf", folder);
        assert_int_equal(symlink("real.conf", path), 0);
        snprintf(path, sizeof(path), "%s/nowhere.conf", folder);
        assert_int_equal(symlink("absent.conf", path), 0);
        snprintf(path, sizeof(path), "%s/out.conf", folder);
        assert_int_equal(symlink("/etc/passwd", path), 0);
        snprintf(path, sizeof(path), "%s/folder.conf", folder);
        assert_int_equal(mkdir(path, 0700), 0);
        snprintf(path, sizeof(path), "%s/fifo.conf", folder);
        assert_int_equal(mkfifo(path, 0600), 0);
        document = review(1, 0);
        assert_true(has(document, "warnings",
                "link.conf: the file is a symbolic link, and forestage arm takes none along"));
        assert_true(has(
                document, "complaints", "nowhere.conf: the file is a symbolic link to nothing"));
        assert_true(has(document, "complaints", "out.conf: the file leads out of the job folder"));
        assert_true(has(document, "complaints", "folder.conf: the file is a folder"));
        assert_true(has(document, "complaints", "fifo.conf: the file is not a regular file"));
        json_decref(document);
}

/* What arm prints of a folder; of its own copy it says nothing twice. */
static void arm_names_them(void **state)
{
        struct failure error = { 0 };
        struct job_check check;
        struct joblist list;
        size_t length;
        char *text, copy[80];
        FILE *to;

        (void)state;
        put_text("real.conf", "[Job]\nType=check\n[Check]\nLevel=quick\n");
        put_text("BURN.CONF", "");
        put_text("memory.conf.txt", "");
        put_text(".hidden.conf", "");
        assert_true(joblist_read(folder, &list, &error));
        to = open_memstream(&text, &length);
        assert_true(job_check(folder, &list, &(struct target){ .gpus = 1 }, to, &check, &error));
        fflush(to);
        assert_string_equal(text,
                "  .hidden.conf: note: it is no job, because its name starts with a dot\n"
                "  BURN.CONF: note: it is no job, because its name does not end in .conf in lower "
                "case\n"
                "  memory.conf.txt: note: it is no job, because its name does not end in .conf\n");
        assert_int_equal(check.complaints, 0);
        fclose(to);
        free(text);
        to = open_memstream(&text, &length);
        snprintf(copy, sizeof(copy), "%s/.", folder);
        assert_true(job_check(copy, &list, &(struct target){ .gpus = 1 }, to, &check, &error));
        fclose(to);
        assert_string_equal(text, "");
        free(text);
        joblist_free(&list);
}

static void put_folder(const char *name)
{
        char path[128];

        snprintf(path, sizeof(path), "%s/%s", folder, name);
        assert_int_equal(mkdir(path, 0700), 0);
}

/* They are no files of the list, and what programs alone read; nothing is looked for in them. */
static void trees_do_not_go_along(void **state)
{
        struct failure error = { 0 };
        struct job_check check;
        struct joblist list;
        size_t length;
        char *text;
        FILE *to;

        (void)state;
        put_text("r.conf", "[Job]\nType=program\n[Program]\nExec=python3 x.py\nRoot=land\n"
                           "Data=in/data\n");
        put_text("d.conf", "[Job]\nType=program\n[Program]\nExec=in/data/p\nData=in/data\n");
        put_text("x.conf", "[Job]\nType=program\n[Program]\nExec=x\n[Expect]\n"
                           "out=like in/data/ref as u8\n");
        put_text("n.conf", "[Job]\nType=program\n[Program]\nExec=./y\nRoot=land\n");
        put_text("x", "#!/bin/sh\n");
        put_folder("in");
        put_folder("in/data");
        put_text("in/beside", "x");
        put_text("in/data/p", "#!/bin/sh\n");
        put_text("in/data/ref", "x");
        assert_true(joblist_read(folder, &list, &error));
        assert_int_equal(list.trees.count, 2);
        assert_true(joblist_has(&list, "in/beside"));
        assert_false(joblist_has(&list, "in/data/ref"));
        to = open_memstream(&text, &length);
        assert_true(job_check(folder, &list, &(struct target){ .gpus = 1 }, to, &check, &error));
        fclose(to);
        assert_string_equal(text,
                "  n.conf:4: Exec=y does not exist in the job folder\n"
                "  x.conf:6: 'in/data/ref' is in a tree that goes into the store (Data=, Root=), "
                "which only programs read: put the file elsewhere in the job folder\n");
        free(text);
        joblist_free(&list);
}

static void no_jobs_is_a_fault(void **state)
{
        json_t *document = review(1, 0);

        (void)state;
        assert_true(json_is_false(json_object_get(document, "good")));
        json_decref(document);
}

/* A number of the same size, taken for another kind. */
static void kinds_of_arguments(void **state)
{
        static const char ptx[] =
                ".version 7.0\n.target sm_52\n.entry add(.param .u64 a, .param "
                ".f32 b, .param .s32 c, .param .b32 d, .param .f64 e)\n{ ret; }\n";
        json_t *document;

        (void)state;
        put("m", ptx, sizeof(ptx) - 1);
        put("ref", "12345678", 8);
        put_text("a.conf", KERNEL "Argument=out o 8\nArgument=u32 1\nArgument=f32 1\n"
                                  "Argument=f32 1\nArgument=scratch 8\n" EXPECT);
        put_text("b.conf", KERNEL "Argument=out o 8\nArgument=f32 1\nArgument=u32 1\n"
                                  "Argument=u32 1\nArgument=f64 8\n" EXPECT);
        put_text("c.conf", KERNEL "Argument=f64 8\nArgument=f32 1\nArgument=i32 1\n"
                                  "Argument=i32 1\nArgument=out o 8\n" EXPECT);
        document = review(1, 0);
        assert_true(json_is_true(json_object_get(document, "good")));
        assert_true(has(document, "warnings",
                "a.conf:9: argument 2 is a whole number, but parameter 2 of 'add' is a real: "
                "write f32"));
        assert_true(has(document, "warnings",
                "a.conf:10: argument 3 is a real, but parameter 3 of 'add' is a whole number: "
                "write i32"));
        assert_false(has(document, "warnings", "a.conf:11"));
        assert_true(has(document, "warnings", "a.conf:12: argument 5 is a buffer"));
        assert_false(has(document, "warnings", "b.conf"));
        assert_true(has(document, "warnings", "c.conf:8: argument 1 is a real"));
        assert_true(has(document, "warnings", "c.conf:12: argument 5 is a buffer"));
        json_decref(document);
}

/* The driver's idea of PTX is larger; what is told here has to be right all the same. */
static void reads_ptx(void **state)
{
        static struct ptxentry entry;

        (void)state;
        assert_true(ptxentry_is_ptx(PTX, strlen(PTX)));
        assert_false(ptxentry_is_ptx("x .version", 10));
        assert_false(ptxentry_is_ptx("", 0));
        assert_true(ptxentry_read(PTX, strlen(PTX), "add", &entry));
        assert_int_equal(entry.parameters, 3);
        assert_int_equal(entry.bytes[0], 8);
        assert_int_equal(entry.bytes[1], 4);
        assert_int_equal(entry.bytes[2], 24);
        assert_int_equal(entry.target, 90);
        assert_true(entry.exact_target);
        assert_true(ptxentry_read(PTX, strlen(PTX), "nothing", &entry));
        assert_int_equal(entry.parameters, 0);
        assert_true(ptxentry_read(PTX, strlen(PTX), "none", &entry));
        assert_int_equal(entry.parameters, 0);
        assert_false(ptxentry_read(PTX, strlen(PTX), "hidden", &entry));
        assert_false(ptxentry_read(PTX, strlen(PTX), "ad", &entry));
        assert_string_equal(entry.names, "add, nothing, none");
        /* Cut off anywhere, it is still text. */
        for (size_t length = 0; length < strlen(PTX); length++)
                ptxentry_read(PTX, length, "add", &entry);
}

static void exit_codes(void **state)
{
        (void)state;
        assert_int_equal(check(NULL, NULL, NULL), 2);
        assert_int_equal(check("--json", NULL, NULL), 2);
        assert_int_equal(check("/nonexistent", NULL, NULL), 2);
        assert_int_equal(check(folder, "--region-size=1K", NULL), 2);
        assert_int_equal(check(folder, "--gpus=0", NULL), 2);
        assert_int_equal(check(folder, "--colour", NULL), 2);
        assert_int_equal(check(folder, NULL, NULL), 1);
        put_text("a.conf", "[Job]\nType=check\n[Check]\nLevel=quick\n");
        assert_int_equal(check(folder, NULL, NULL), 0);
        assert_int_equal(check(folder, "--json", NULL), 0);
        assert_int_equal(check(folder, "--region-size=64K", NULL), 1);
}

#define test(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int main(void)
{
        static const struct CMUnitTest tests[] = {
                test(faults_of_kernels),
                test(every_fault_of_a_file),
                test(a_million_lines),
                test(room_is_added_up),
                test(checks_need_their_room),
                test(notes),
                test(programs_that_cannot_start),
                test(missing_files_beside_other_mistakes),
                test(files_that_look_like_jobs),
                test(jobs_that_are_no_files),
                test(arm_names_them),
                test(trees_do_not_go_along),
                test(no_jobs_is_a_fault),
                test(kinds_of_arguments),
                test(reads_ptx),
                test(exit_codes),
        };

        cmocka_set_message_output(CM_OUTPUT_TAP);
        return cmocka_run_group_tests(tests, NULL, NULL);
}
