/* Job files: what they may say, and the exact complaint about what they may not. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "jobs/check_tests.h"
#include "jobs/jobfile.h"
#include "lib/utf8.h"

#define HASH "00112233445566778899aabbccddeeff00112233445566778899AABBCCDDEEFF"
#define START \
        "[Job]\nType=kernel\n[Kernel]\nModule=a.ptx\nFunction=f\nGrid=1\nBlock=1\n" /* 7 lines */
#define OUT "Argument=out o 8\n"
#define END "[Expect]\no=sha256:" HASH "\n"

static void a_complete_kernel(void **state)
{
        static const char text[] = "\xef\xbb\xbf# comment\r\n"
                                   "; another\r\n"
                                   "\r\n"
                                   "[Job]\r\n"
                                   "  Type = kernel  \r\n"
                                   "Description=Größe = 1; und mehr # hier\r\n"
                                   "Device=0, 2,GPU-01234567-89ab-cdef-0123-456789ABCDEF\r\n"
                                   "Timeout=1.5min\r\n"
                                   "Repeat=3\r\n"
                                   "Context=own\r\n"
                                   "[Kernel]\r\n"
                                   "Module=sub/x.cubin\r\n"
                                   "Function=_Z3fooPf\r\n"
                                   "Grid=0x10,2\r\n"
                                   "Block=8,8,4\r\n"
                                   "SharedMemory=48K\r\n"
                                   "Argument=in \"a file.bin\"\r\n"
                                   "Argument=out r/o.bin 1M\r\n"
                                   "Argument=i32 -2147483648\r\n"
                                   "Argument=f64 0x1p-3\r\n"
                                   "Argument=scratch 2K\r\n"
                                   "Argument=inout io.bin\r\n"
                                   "[Expect]\r\n"
                                   "r/o.bin=like ref.bin tolerance 1e-3 as bf16\r\n"
                                   "io.bin=sha256:" HASH; /* no end of line */
        int32_t i32;
        double f64;
        struct job job;

        (void)state;
        assert_true(jobfile_parse("x", text, sizeof(text) - 1, &job));
        assert_string_equal(job.error, "");
        assert_string_equal(job.name, "x");
        assert_int_equal(job.type, JOB_KERNEL);
        assert_string_equal(job.description, "Größe = 1; und mehr # hier");
        assert_false(job.all_devices);
        assert_int_equal(job.devices.count, 3);
        assert_string_equal(job.devices.word[1], "2");
        assert_int_equal(job.timeout_ms, 90000);
        assert_int_equal(job.repeat, 3);
        assert_true(job.own_context);
        assert_string_equal(job.kernel.module, "sub/x.cubin");
        assert_int_equal(job.kernel.grid[0], 16);
        assert_int_equal(job.kernel.grid[1], 2);
        assert_int_equal(job.kernel.grid[2], 1);
        assert_int_equal(job.kernel.block[2], 4);
        assert_int_equal(job.kernel.shared_bytes, 49152);
        assert_int_equal(job.kernel.arguments, 6);
        assert_int_equal(job.kernel.argument[0].kind, ARGUMENT_IN);
        assert_string_equal(job.kernel.argument[0].file, "a file.bin");
        assert_int_equal(job.kernel.argument[0].line, 17);
        assert_int_equal(job.kernel.argument[1].kind, ARGUMENT_OUT);
        assert_int_equal(job.kernel.argument[1].size, 1 << 20);
        memcpy(&i32, job.kernel.argument[2].value, 4);
        assert_int_equal(i32, INT32_MIN);
        assert_int_equal(job.kernel.argument[2].size, 4);
        memcpy(&f64, job.kernel.argument[3].value, 8);
        assert_true(f64 == 0.125);
        assert_int_equal(job.kernel.argument[4].kind, ARGUMENT_SCRATCH);
        assert_int_equal(job.kernel.argument[4].size, 2048);
        assert_int_equal(job.kernel.argument[5].kind, ARGUMENT_INOUT);
        assert_int_equal(job.expectations, 2);
        assert_int_equal(job.expectation[0].kind, EXPECT_LIKE);
        assert_string_equal(job.expectation[0].reference, "ref.bin");
        assert_int_equal(job.expectation[0].type, ELEMENT_BF16);
        assert_true(job.expectation[0].tolerance == 1e-3);
        assert_int_equal(job.expectation[1].line, 25);
        assert_int_equal(job.expectation[1].sha256[31], 0xff);
        job_clear(&job);
}

static void defaults(void **state)
{
        static const char text[] = START OUT END;
        struct job job;

        (void)state;
        assert_true(jobfile_parse("x", text, sizeof(text) - 1, &job));
        assert_true(job.all_devices);
        assert_int_equal(job.timeout_ms, 60000);
        assert_int_equal(job.repeat, 1);
        assert_int_equal(job.kernel.shared_bytes, 0);
        assert_null(job.description);
        job_clear(&job);
}

static void a_program_and_checks(void **state)
{
        static const char program[] = "[Job]\nType=program\n[Program]\n"
                                      "Exec=./bin/solve -n 'two words' \"\"\n"
                                      "Collect=*.csv\nCollect=!out/**\nEnvironment=A=b=c\n"
                                      "[Expect]\nresult.csv=sha256:" HASH "\n";
        static const char level[] =
                "[Job]\nType=check\n[Check]\nLevel=medium\n"
                "Limits=none\nStanding=ecc_mode=off\nStanding=remap_banks_low<=2\n";
        static const char tests[] = "[Job]\nType=check\n[Check]\nTests=memory-random, copy-h2d\n"
                                    "Duration=2min\nRequire=copy-h2d.gbps >= 50\n"
                                    "Require=memory-random.errors<1\nExpect-Devices=8\n"
                                    "Baseline=b.json\nBaseline-Tolerance=2.5\nPeer-Tolerance=3\n";
        struct job job;

        (void)state;
        assert_true(jobfile_parse("p", program, sizeof(program) - 1, &job));
        assert_int_equal(job.program.exec.count, 4);
        assert_string_equal(job.program.exec.word[0], "./bin/solve");
        assert_string_equal(job.program.exec.word[2], "two words");
        assert_string_equal(job.program.exec.word[3], "");
        assert_int_equal(job.program.collect.count, 2);
        assert_string_equal(job_pattern(job.program.collect.word[0]), "*.csv");
        assert_string_equal(job_pattern(job.program.collect.word[1]), "out/**");
        assert_string_equal(job.program.environment.word[0], "A=b=c");
        job_clear(&job);
        assert_true(jobfile_parse("c", level, sizeof(level) - 1, &job));
        assert_string_equal(job.check.level, "medium");
        assert_int_equal(job.timeout_ms, 300000);
        assert_true(job.check.no_limits);
        assert_int_equal(job.check.standing.count, 2);
        assert_string_equal(job.check.standing.word[1], "remap_banks_low<=2");
        job_clear(&job);
        assert_true(jobfile_parse("c", tests, sizeof(tests) - 1, &job));
        assert_int_equal(job.check.tests.count, 2);
        assert_string_equal(job.check.tests.word[1], "copy-h2d");
        assert_int_equal(job.check.duration_ms, 120000);
        assert_int_equal(job.timeout_ms, 300000);
        assert_int_equal(job.check.require.count, 2);
        assert_int_equal(job.check.expect_devices, 8);
        assert_string_equal(job.check.baseline, "b.json");
        assert_true(job.check.baseline_percent == 2.5);
        assert_true(job.check.peer_percent == 3 && job.check.has_peer_percent);
        job_clear(&job);
}

#define K START /* the line after it is number 8 */

static const struct bad {
        const char *text, *error;
} bad[] = {
        { "", "x.conf: [Job] has no Type=" },
        { "Type=kernel\n", "x.conf:1: Type= stands before the first section" },
        { "[Job]\nnonsense\n", "x.conf:2: neither Key=value, nor [Section], nor a comment" },
        { "[Job]\n=value\n", "x.conf:2: neither Key=value, nor [Section], nor a comment" },
        { "[Job]\nType: kernel\n", "x.conf:2: neither Key=value, nor [Section], nor a comment" },
        { "[Job]\nType:a=kernel\n", "x.conf:2: a ':' stands before the '='" },
        { "[Job\n", "x.conf:1: a section is written [Name]" },
        { "[Job] x\n", "x.conf:1: a section is written [Name]" },
        { "[Jobs]\n", "x.conf:1: the section [Jobs] is not known" },
        { "[]\n", "x.conf:1: the section [] is not known" },
        { "[job]\n", "x.conf:1: the section [job] is not known" },
        { "[Job]\nColour=red\n", "x.conf:2: the key Colour= is not known in [Job]" },
        { "[Job]\ntype=kernel\n", "x.conf:2: the key type= is not known in [Job]" },
        { "[Job]\nModule=x\n", "x.conf:2: the key Module= is not known in [Job]" },
        { "[Job]\nType=kernel\nType=kernel\n", "x.conf:3: Type= stands on line 2 already" },
        { "[Job]\nType=\n", "x.conf:2: Type= is empty" },
        { "[Job]\nType=Kernel\n", "x.conf:2: Type=Kernel is not known: kernel, program or check" },
        { "[Job]\n\nDevice=all,0\n", "x.conf:3: 'all' is not a device: an index, or a UUID as "
                                     "GPU-xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx" },
        { "[Job]\nDevice=0,0\n", "x.conf:2: '0' is given twice" },
        { "[Job]\nDevice=01\n", "x.conf:2: '01' is not a device: an index, or a UUID as "
                                "GPU-xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx" },
        { "[Job]\nDevice=0,,1\n", "x.conf:2: '' is not a device: an index, or a UUID as "
                                  "GPU-xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx" },
        { "[Job]\nTimeout=soon\n", "x.conf:2: 'soon' is not a time: 500ms, 30s, 5min or 1h" },
        { "[Job]\nTimeout=-1s\n", "x.conf:2: '-1s' is not a time: 500ms, 30s, 5min or 1h" },
        { "[Job]\nTimeout=0\n", "x.conf:2: Timeout=0 is not between 1ms and 24h" },
        { "[Job]\nTimeout=25h\n", "x.conf:2: Timeout=25h is not between 1ms and 24h" },
        { "[Job]\nRepeat=0\n", "x.conf:2: Repeat=0 is not a number from 1 to 1000000" },
        { "[Job]\nRepeat=1.5\n", "x.conf:2: Repeat=1.5 is not a number from 1 to 1000000" },
        { "[Job]\nContext=Own\n", "x.conf:2: Context=Own is not known: shared or own" },
        { "[Job]\nContext=\n", "x.conf:2: Context= is empty" },
        { "[Job]\nContext=own\nContext=own\n", "x.conf:3: Context= stands on line 2 already" },
        { "[Job]\nType=program\nContext=own\n[Program]\nExec=./x\n",
                "x.conf: Context= does not go with Type=program: it has one of its own always" },
        { "[Job]\nType=check\nContext=shared\n[Check]\nLevel=quick\n",
                "x.conf: Context= does not go with Type=check: it has one of its own always" },
        { "[Kernel]\nContext=own\n", "x.conf:2: the key Context= is not known in [Kernel]" },
        { "[Job]\nType=kernel\n", "x.conf: [Kernel] has no Module=" },
        { "[Job]\nType=program\n[Kernel]\n", "x.conf:3: [Kernel] does not go with Type=program" },
        { "[Job]\nType=program\n[Program]\n", "x.conf: [Program] has no Exec=" },
        { "[Job]\nType=check\n[Check]\n", "x.conf: [Check] needs either Level= or Tests=" },
        { "[Job]\nType=check\n[Check]\nLevel=quick\nTests=latency\n",
                "x.conf: [Check] needs either Level= or Tests=" },
        { "[Job]\nType=check\n[Check]\nLevel=quick\n[Expect]\n",
                "x.conf:5: [Expect] does not go with Type=check" },
        { "[Check]\nLevel=fast\n", "x.conf:2: Level=fast is not known: quick, medium or long" },
        { "[Check]\nTests=A\n", "x.conf:2: 'A' is not a test; docs/validation.md lists them" },
        { "[Check]\nDuration=0s\n",
                "x.conf:2: Duration=0s is not a time such as 30s, 15min or 8h" },
        { "[Job]\nType=check\n[Check]\nLevel=quick\nDuration=5s\n",
                "x.conf: Duration= goes with Level=long or with Tests= only" },
        { "[Job]\nType=check\nTimeout=5s\n[Check]\nLevel=long\nDuration=5s\n",
                "x.conf: Timeout= is not longer than Duration=" },
        { "[Job]\nType=check\nRepeat=2\n[Check]\nLevel=long\n",
                "x.conf: Repeat= does not go with Type=check: use Duration=" },
        { "[Check]\nRequire=copy-h2d>=1\n",
                "x.conf:2: Require=: 'copy-h2d' is not of the form TEST.METRIC" },
        { "[Job]\nType=check\n[Check]\nTests=latency\nRequire=copy-h2d.gbps>=1\n",
                "x.conf: Require=copy-h2d.gbps>=1: Tests= does not have this test" },
        { "[Job]\nType=check\n[Check]\nLevel=quick\nRequire=sram-l2.verify_gbps>=1\n",
                "x.conf: Require=sram-l2.verify_gbps>=1: Level=quick does not have this test" },
        { "[Check]\nLimits=some\n", "x.conf:2: Limits=some is not known: known or none" },
        { "[Check]\nStanding=ecc_mode=perhaps\n",
                "x.conf:2: Standing=: ecc_mode can be any, or one of: on off" },
        { "[Check]\nStanding=ecc_mode=any\nStanding=ecc_mode=on\n",
                "x.conf:3: Standing=: ecc_mode has a limit already" },
        { "[Job]\nType=check\n[Check]\nTests=latency\nStanding=ecc_mode=any\n",
                "x.conf: Standing=ecc_mode=any: Tests= does not have health, which looks at it" },
        { "[Check]\nExpect-Devices=0\n", "x.conf:2: Expect-Devices=0 is not a number of GPUs" },
        { "[Check]\nBaseline=../b.json\n", "x.conf:2: the path '../b.json' has a '..' component "
                                           "and may leave the job folder" },
        { "[Check]\nBaseline-Tolerance=-1\n",
                "x.conf:2: Baseline-Tolerance=-1 is not a percentage from 0 to 100" },
        { "[Check]\nPeer-Tolerance=101\n",
                "x.conf:2: Peer-Tolerance=101 is not a percentage from 0 to 100" },
        { "[Check]\nPeer-Tolerance=5%\n",
                "x.conf:2: Peer-Tolerance=5% is not a percentage from 0 to 100" },
        { "[Kernel]\nModule=/etc/x\n",
                "x.conf:2: the path '/etc/x' is absolute, but must be inside the job folder" },
        { "[Kernel]\nModule=a/../../x\n", "x.conf:2: the path 'a/../../x' has a '..' component and "
                                          "may leave the job folder" },
        { "[Kernel]\nModule=a//x\n", "x.conf:2: the path 'a//x' has an empty component" },
        { "[Kernel]\nModule=./x\n", "x.conf:2: the path './x' has a '.' component" },
        { "[Kernel]\nGrid=0\n", "x.conf:2: Grid=0: the x part is not between 1 and 2147483647" },
        { "[Kernel]\nGrid=1,65536\n",
                "x.conf:2: Grid=1,65536: the y part is not between 1 and 65535" },
        { "[Kernel]\nGrid=1,1,1,1\n", "x.conf:2: Grid=1,1,1,1 has more than three parts" },
        { "[Kernel]\nGrid=1,\n", "x.conf:2: Grid=1, is not one to three numbers with commas" },
        { "[Kernel]\nGrid=99999999999999999999\n",
                "x.conf:2: Grid=99999999999999999999 is not one to three numbers with commas" },
        { "[Kernel]\nBlock=1,1,65\n",
                "x.conf:2: Block=1,1,65: the z part is not between 1 and 64" },
        { "[Kernel]\nBlock=64,32\n",
                "x.conf:2: Block=64,32 has 2048 threads; a block has at most 1024" },
        { "[Kernel]\nSharedMemory=2M\n", "x.conf:2: SharedMemory=2M is not a size of at most 1M" },
        { K "Argument=string hello\n",
                "x.conf:8: 'string hello' is not an argument: it starts with in, out, inout, "
                "scratch, i32, u32, i64, u64, f32 or f64" },
        { K "Argument=in\n", "x.conf:8: 'in' is not of the form 'in FILE'" },
        { K "Argument=in a b\n", "x.conf:8: 'in a b' is not of the form 'in FILE'" },
        { K "Argument=out a\n", "x.conf:8: 'out a' is not of the form 'out FILE SIZE'" },
        { K "Argument=in \"a\n", "x.conf:8: a quote is not closed" },
        { K "Argument=out a 0\n", "x.conf:8: a buffer of 0 bytes holds nothing" },
        { K "Argument=out a -4\n",
                "x.conf:8: '-4' is not a size: bytes, or a number with K, M, G or T" },
        { K "Argument=scratch 16777216T\n",
                "x.conf:8: '16777216T' is not a size: bytes, or a number with K, M, G or T" },
        { K "Argument=out a 9223372036854775808\n",
                "x.conf:8: '9223372036854775808' is not a size: bytes, or a number with K, M, G or "
                "T" },
        { K "Argument=i32 2147483648\n",
                "x.conf:8: '2147483648' is not a number of type i32, or out of its range" },
        { K "Argument=u32 -1\n",
                "x.conf:8: '-1' is not a number of type u32, or out of its range" },
        { K "Argument=f32 1e39\n",
                "x.conf:8: '1e39' is not a number of type f32, or out of its range" },
        { K "Argument=u64 18446744073709551616\n",
                "x.conf:8: '18446744073709551616' is not a number of type u64, or out of its "
                "range" },
        { K "Argument=in ../x\n",
                "x.conf:8: the path '../x' has a '..' component and may leave the job folder" },
        { K "Argument=out stdout 4\n",
                "x.conf:8: 'stdout' is kept for the job's own stdout and stderr" },
        { K "Argument=out a 4\nArgument=inout a\n",
                "x.conf:9: the output 'a' is in the way of 'a' of line 8" },
        { K "Argument=out a/b 4\nArgument=out a 4\n",
                "x.conf:9: the output 'a' is in the way of 'a/b' of line 8" },
        { K OUT,
                "x.conf: no expectation: nothing was compared; a kernel needs a line in [Expect]" },
        { K OUT "[Expect]\n",
                "x.conf: no expectation: nothing was compared; a kernel needs a line in [Expect]" },
        { K OUT "[Expect]\no=\n",
                "x.conf:10: expected 'sha256:HEX' or 'like REFERENCE tolerance T as TYPE'" },
        { K OUT "[Expect]\no=sha256:1234\n",
                "x.conf:10: '1234' is not a SHA-256: 64 hexadecimal digits" },
        { K OUT "[Expect]\no=like\n",
                "x.conf:10: not of the form 'like REFERENCE tolerance T as TYPE'" },
        { K OUT "[Expect]\no=like r tolerance 1\n",
                "x.conf:10: not of the form 'like REFERENCE tolerance T as TYPE'" },
        { K OUT "[Expect]\no=like r tolerance -1 as f32\n",
                "x.conf:10: '-1' is not a tolerance: a finite number, 0 or more" },
        { K OUT "[Expect]\no=like r tolerance inf as f32\n",
                "x.conf:10: 'inf' is not a tolerance: a finite number, 0 or more" },
        { K OUT "[Expect]\no=like r tolerance nan as f32\n",
                "x.conf:10: 'nan' is not a tolerance: a finite number, 0 or more" },
        { K OUT "[Expect]\no=like r tolerance 1 as f8\n",
                "x.conf:10: 'f8' is not a type: f16, bf16, f32, f64, i8, u8, i16, u16, i32, u32, "
                "i64 or u64" },
        { K OUT "[Expect]\no=like r tolerance 0.5 as i32\n",
                "x.conf:10: the tolerance of i32 must be a whole number" },
        { K OUT "[Expect]\no=like /r tolerance 1 as f32\n",
                "x.conf:10: the path '/r' is absolute, but must be inside the job folder" },
        { K OUT "[Expect]\no=sha256:" HASH "\no=sha256:" HASH "\n",
                "x.conf:11: 'o' is expected on line 10 already" },
        { K OUT "[Expect]\np=sha256:" HASH "\n",
                "x.conf:10: 'p' is not an output of this job: no Argument=out or inout has it" },
        { K "Argument=in o\n[Expect]\no=sha256:" HASH "\n",
                "x.conf:10: 'o' is not an output of this job: no Argument=out or inout has it" },
        { K "Argument=out o 6\n[Expect]\no=like r as f32\n",
                "x.conf:10: 'o' has 6 bytes, which is no whole number of f32 elements" },
        { K "Argument=scratch 4194304T\n" OUT "Argument=scratch 4194304T\n" END,
                "x.conf:10: the buffers are too large together" },
        { "[Program]\nExec=/bin/sh\n",
                "x.conf:2: the path '/bin/sh' is absolute, but must be inside the job folder; let "
                "SCRIPT begin with #!/bin/sh and write Exec=./SCRIPT" },
        { "[Program]\nExec=/opt/burn\n",
                "x.conf:2: the path '/opt/burn' is absolute, but must be inside the job folder" },
        { "[Program]\nExec='a\n", "x.conf:2: a quote is not closed" },
        { "[Program]\nExec=/a/../b\nRoot=r\n",
                "x.conf:2: the path '/a/../b' is absolute, but must be inside the job folder" },
        { "[Program]\nData=/data\n",
                "x.conf:2: the path '/data' is absolute, but must be inside the job folder" },
        { "[Program]\nRoot=../r\n",
                "x.conf:2: the path '../r' has a '..' component and may leave the job folder" },
        { "[Program]\nRoot=a\nRoot=b\n", "x.conf:3: Root= stands on line 2 already" },
        { "[Program]\nData=a\nData=a/b\n", "x.conf:3: Data=a/b is in the way of Data=a" },
        { "[Job]\nType=program\n[Program]\nExec=x\nData=a/b\nRoot=a\n",
                "x.conf:6: Root=a is in the way of Data=a/b" },
        { "[Job]\nType=program\n[Program]\nExec=${x}\nData=${x}\n[Sweep]\nx=1,2\n",
                "x.conf:5: ${...} can stand in [Kernel], [Program] and [Expect] only; this is the "
                "same for all points" },
        { "[Program]\nEnvironment=A\n", "x.conf:2: Environment=A is not of the form NAME=value" },
        { "[Program]\nCollect=!../*\n",
                "x.conf:2: the path '../*' has a '..' component and may leave the job folder" },
        { "[Program]\nCollect=!\n", "x.conf:2: the path '' is empty" },
        { "[Program]\nCollect=**.csv\n",
                "x.conf:2: Collect=**.csv: '**' stands for folders, and must be all between two "
                "'/'" },
        { "[Program]\nCollect=!a**/b\n",
                "x.conf:2: Collect=!a**/b: '**' stands for folders, and must be all between two "
                "'/'" },
        { "[Program]\nCollect=a/***/b\n",
                "x.conf:2: Collect=a/***/b: '**' stands for folders, and must be all between two "
                "'/'" },
        { "[Program]\nCollect=../*\n",
                "x.conf:2: the path '../*' has a '..' component and may leave the job folder" },
        { "[Job]\nDescription=\x01\n", "x.conf:2: the line has a control character" },
        { "[Job]\nDescription=a\rb\n", "x.conf:2: the line has a control character" },
        { "[Job]\nDescription=\xff\n", "x.conf:2: the line is not UTF-8" },
        { "[Job]\nDescription=\xed\xa0\x80\n", "x.conf:2: the line is not UTF-8" },
};

static void complaints(void **state)
{
        struct job job;

        (void)state;
        for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
                if (jobfile_parse("x", bad[i].text, strlen(bad[i].text), &job))
                        fail_msg("number %zu is accepted: %s", i, bad[i].text);
                assert_string_equal(job.error, bad[i].error);
                job_clear(&job);
        }
}

/* A complaint is cut to its buffer, at every length that a character can be cut at. */
static void long_complaints_stay_text(void **state)
{
        (void)state;
        for (size_t pad = 0; pad < 8; pad++) {
                char text[2048] = "[Job]\nType=";
                struct job job;

                for (size_t i = 0; i < pad; i++)
                        strcat(text, "x");
                while (strlen(text) < 1800)
                        strcat(text, "\xef\xbb\xbf\xc3\xb6");
                assert_false(jobfile_parse("a", text, strlen(text), &job));
                assert_true(strlen(job.error) > 100);
                assert_int_equal(utf8_valid(job.error, strlen(job.error)), strlen(job.error));
                job_clear(&job);
        }
}

static void limits(void **state)
{
        static const char text[] = "[Job]\nType=program\n[Program]\nExec=a\n[Limits]\nMemory=2G\n"
                                   "Processes=10\nOpenFiles=64\nKeepOutput=0\nOutput=1T\n";
        struct job job;

        (void)state;
        assert_true(jobfile_parse("x", text, sizeof(text) - 1, &job));
        assert_int_equal(job.limits.memory_bytes, (uint64_t)2 << 30);
        assert_int_equal(job.limits.processes, 10);
        assert_int_equal(job.limits.open_files, 64);
        assert_int_equal(job.limits.keep_bytes, 0);
        assert_int_equal(job.limits.output_bytes, (uint64_t)1 << 40);
        job_clear(&job);
        assert_true(
                jobfile_parse("x", text, strlen("[Job]\nType=program\n[Program]\nExec=a\n"), &job));
        assert_int_equal(job.limits.memory_bytes, 0);
        assert_int_equal(job.limits.processes, JOB_DEFAULT_PROCESSES);
        assert_int_equal(job.limits.keep_bytes, 1 << 20);
        assert_int_equal(job.limits.output_bytes, 1 << 30);
        job_clear(&job);
}

static void wrong_limits(void **state)
{
        static const char *const lines[] = { "Memory=1", "Memory=9999999999999999999", "Memory=-1G",
                "Processes=0", "Processes=1000001", "OpenFiles=15", "KeepOutput=2G", "KeepOutput=x",
                "Output=", "Disk=1G" };
        char text[256];
        struct job job;

        (void)state;
        for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
                snprintf(text, sizeof(text),
                        "[Job]\nType=program\n[Program]\nExec=a\n[Limits]\n%s\n", lines[i]);
                assert_false(jobfile_parse("x", text, strlen(text), &job));
                assert_memory_equal(job.error, "x.conf:6: ", 10);
                assert_int_equal(job.complaints.count, 1);
                job_clear(&job);
        }
}

/* What is required of tests that a wrong Level= or Tests= has not chosen is no fault of its own. */
static void one_fault_is_one_complaint(void **state)
{
        static const char *const lines[] = { "Level=bogus\n", "Tests=nope\n", "" };

        (void)state;
        for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
                char text[256];
                struct job job;
                int length = snprintf(text, sizeof(text),
                        "[Job]\nType=check\n[Check]\n%sRequire=latency.launch_us<=9\n"
                        "Require=copy-h2d.gbps>=1\n",
                        lines[i]);

                assert_false(jobfile_parse("x", text, (size_t)length, &job));
                assert_int_equal(job.complaints.count, 1);
                job_clear(&job);
        }
}

static void every_complaint_is_kept(void **state)
{
        static const char text[] = "[Job]\nType=kernel\nA=1\nTimeout=x\n[Bad]\nb=1\nnothing\n";
        static const char *const expected[] = {
                "x.conf:3: the key A= is not known in [Job]",
                "x.conf:4: 'x' is not a time: 500ms, 30s, 5min or 1h",
                "x.conf:5: the section [Bad] is not known",
                "x.conf:7: neither Key=value, nor [Section], nor a comment",
                "x.conf: [Kernel] has no Module=",
                "x.conf: [Kernel] has no Function=",
                "x.conf: [Kernel] has no Grid=",
                "x.conf: [Kernel] has no Block=",
        };
        struct job job;

        (void)state;
        assert_false(jobfile_parse("x", text, sizeof(text) - 1, &job));
        assert_string_equal(job.error, expected[0]);
        assert_int_equal(job.complaints.count, sizeof(expected) / sizeof(expected[0]));
        for (size_t i = 0; i < job.complaints.count; i++)
                assert_string_equal(job.complaints.word[i], expected[i]);
        job_excuse(&job);
        assert_string_equal(job.error, "");
        assert_int_equal(job.complaints.count, 0);
        job_clear(&job);
}

static void embedded_nul(void **state)
{
        static const char text[] = "[Job]\nType=ker\0nel\n";
        struct job job;

        (void)state;
        assert_false(jobfile_parse("x", text, sizeof(text) - 1, &job));
        assert_string_equal(job.error, "x.conf:2: the line has a NUL byte");
        job_clear(&job);
}

/* The longest line that is allowed, and one byte more; inih's own limit is 200. */
static void long_lines(void **state)
{
        char text[JOBFILE_MAX_LINE + 64];
        struct job job;
        size_t start;

        (void)state;
        memset(text, 'd', sizeof(text));
        memcpy(text, "[Job]\nDescription=", 18);
        start = 6;
        text[start + JOBFILE_MAX_LINE] = '\n';
        assert_false(jobfile_parse("x", text, start + JOBFILE_MAX_LINE + 1, &job));
        assert_string_equal(job.error, "x.conf: [Job] has no Type=");
        assert_int_equal(strlen(job.description), JOBFILE_MAX_LINE - 12);
        job_clear(&job);
        text[start + JOBFILE_MAX_LINE] = 'd';
        assert_false(jobfile_parse("x", text, start + JOBFILE_MAX_LINE + 1, &job));
        assert_string_equal(job.error, "x.conf:2: the line is longer than 4096 bytes");
        job_clear(&job);
}

static void large_files(void **state)
{
        char *text = malloc(JOBFILE_MAX_BYTES + 1);
        struct job job;

        (void)state;
        assert_non_null(text);
        memset(text, '\n', JOBFILE_MAX_BYTES + 1);
        assert_false(jobfile_parse("x", text, JOBFILE_MAX_BYTES + 1, &job));
        assert_string_equal(job.error, "x.conf: the file is larger than 1 MiB");
        job_clear(&job);
        /* A million lines are no problem, and are counted right. */
        memcpy(text + JOBFILE_MAX_BYTES - 4, "[a]\n", 4);
        assert_false(jobfile_parse("x", text, JOBFILE_MAX_BYTES, &job));
        assert_string_equal(job.error, "x.conf:1048573: the section [a] is not known");
        job_clear(&job);
        free(text);
}

static void too_many(void **state)
{
        static const char start[] = START;
        size_t size = sizeof(start) + 600 * 32;
        char *text = malloc(size);
        struct job job;
        int length;

        (void)state;
        assert_non_null(text);
        length = snprintf(text, size, "%s", start);
        for (int i = 0; i < 513; i++)
                length += snprintf(text + length, size - (size_t)length, "Argument=i32 %d\n", i);
        assert_false(jobfile_parse("x", text, (size_t)length, &job));
        assert_string_equal(job.error, "x.conf:520: more than 512 arguments");
        job_clear(&job);
        free(text);
}

/* What could be read is kept: the plan needs the type of a broken job. */
static void broken_keeps_type(void **state)
{
        static const char text[] = "[Job]\nType=program\nWhat=ever\n";
        struct job job;

        (void)state;
        assert_false(jobfile_parse("x", text, sizeof(text) - 1, &job));
        assert_int_equal(job.type, JOB_PROGRAM);
        assert_string_equal(job_type_name(job.type), "program");
        job_clear(&job);
}

/* The indented blocks of docs/job-files.md are job files that work. */
static void documented_examples(void **state)
{
        FILE *file = fopen("docs/job-files.md", "re");
        char line[512], text[4096] = "";
        struct job job;
        int examples = 0;
        bool more;

        (void)state;
        if (!file)
                skip(); /* not run from the top of the tree */
        do {
                more = fgets(line, sizeof(line), file) != NULL;
                if (more && (strncmp(line, "    ", 4) == 0 || (text[0] && line[0] == '\n'))) {
                        strcat(text, line[0] == '\n' ? line : line + 4);
                        continue;
                }
                if (!text[0])
                        continue;
                if (!jobfile_parse("example", text, strlen(text), &job))
                        fail_msg("%s: %s", job.error, text);
                job_clear(&job);
                text[0] = '\0';
                examples++;
        } while (more);
        fclose(file);
        assert_int_equal(examples, 6);
}

/* Where each key stands, the first of its name and those behind it. */
static void lines_of_keys(void **state)
{
        static const char text[] = "# by hand\n[Job]\nType=program\n\n[Program]\nCollect=a\n"
                                   "Exec=./x\nCollect=b\nEnvironment=A=1\n\nCollect=c\n";
        static const struct {
                const char *key;
                size_t earlier;
                unsigned line;
        } table[] = { { "Type", 0, 3 }, { "Exec", 0, 7 }, { "Exec", 1, 0 }, { "Collect", 0, 6 },
                { "Collect", 1, 8 }, { "Collect", 2, 11 }, { "Collect", 3, 0 },
                { "Environment", 0, 9 }, { "Device", 0, 0 }, { "Env", 0, 0 } };
        struct job job;

        (void)state;
        assert_true(jobfile_parse("x", text, sizeof(text) - 1, &job));
        for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++)
                assert_int_equal(job_line_of(&job, table[i].key, table[i].earlier), table[i].line);
        job_clear(&job);
        assert_int_equal(job_line_of(&job, "Type", 0), 0);
}

/* Every test runs, however short the duration: the job has to live for that. */
static void long_checks_have_time_for_all_tests(void **state)
{
        static const char *const texts[] = { "[Job]\nType=check\n[Check]\nLevel=long\n",
                "[Job]\nType=check\n[Check]\nLevel=long\nDuration=5s\n" };
        struct job job;

        (void)state;
        for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
                uint64_t needed = 0;

                assert_true(jobfile_parse("c", texts[i], strlen(texts[i]), &job));
                for (enum check_kind kind = 0; kind < CHECK_KINDS; kind++)
                        needed += check_tests[kind].amount[CHECK_LONG].ms;
                assert_true(needed > 0 && job.timeout_ms > needed);
                assert_true(job.timeout_ms > job.check.duration_ms);
                job_clear(&job);
        }
}

int main(void)
{
        static const struct CMUnitTest tests[] = {
                cmocka_unit_test(a_complete_kernel),
                cmocka_unit_test(defaults),
                cmocka_unit_test(a_program_and_checks),
                cmocka_unit_test(long_checks_have_time_for_all_tests),
                cmocka_unit_test(complaints),
                cmocka_unit_test(long_complaints_stay_text),
                cmocka_unit_test(limits),
                cmocka_unit_test(wrong_limits),
                cmocka_unit_test(one_fault_is_one_complaint),
                cmocka_unit_test(every_complaint_is_kept),
                cmocka_unit_test(embedded_nul),
                cmocka_unit_test(long_lines),
                cmocka_unit_test(large_files),
                cmocka_unit_test(too_many),
                cmocka_unit_test(broken_keeps_type),
                cmocka_unit_test(lines_of_keys),
                cmocka_unit_test(documented_examples),
        };

        cmocka_set_message_output(CM_OUTPUT_TAP);
        return cmocka_run_group_tests(tests, NULL, NULL);
}
