/* GRUB's configuration as it is read, and our lines in it. */
#include <stdio.h>

#include "dom0/grub/grubhook.h"
#include "dom0/grub/grubmenu.h"
#include "dom0/grub/grubtest.h"
#include "dom0/grub/grubwords.h"
#include "tests/unit/tap.h"

/* --- a machine for scripts --- */

/* What GRUB sees: files on devices, and devices by what they are searched for. */
struct file {
        const char *device, *path, *text; /* text NULL: a folder */
};

static const struct file *files;
static size_t files_count;

static const struct file *find_file(const char *device, const char *path)
{
        for (size_t i = 0; i < files_count; i++)
                if (strcmp(files[i].device, device) == 0 && strcmp(files[i].path, path) == 0)
                        return &files[i];
        return NULL;
}

static enum grub_file_type look(
        void *context, const char *device, const char *path, uint64_t *ret_size)
{
        const struct file *file = find_file(device, path);

        (void)context;
        *ret_size = file && file->text ? strlen(file->text) : 0;
        return !file ? GRUB_FILE_NONE : file->text ? GRUB_FILE_REGULAR : GRUB_FILE_FOLDER;
}

static char *read_file(void *context, const char *device, const char *path)
{
        const struct file *file = find_file(device, path);

        (void)context;
        return file && file->text ? strdup(file->text) : NULL;
}

/* A device is there when one of the files is on it. */
static bool search(void *context, enum grub_search kind, const char *what, char **ret_device)
{
        static const char *const kinds[] = { "uuid", "label", "file" };
        char name[160];

        (void)context;
        snprintf(name, sizeof(name), "%s:%s", kinds[kind], what);
        *ret_device = strdup(name);
        for (size_t i = 0; i < files_count; i++)
                if (strcmp(files[i].device, name) == 0)
                        return true;
        return false;
}

static const struct grub_files machine = { NULL, "own", "/grub", search, look, read_file };

static const struct grub_entry *read_default(
        struct grub_menu *menu, const char *text, const char *environment)
{
        const struct file grubenv = { "own", "/grub/grubenv", environment };
        bool sure;

        if (environment) {
                files = &grubenv;
                files_count = 1;
        }
        grub_menu_read(text, &machine, menu);
        if (environment)
                files_count = 0;
        return grub_menu_default(menu, &sure);
}

/* The title of the default entry that a script has on a machine with these files. */
static void assert_default(
        const char *text, const struct file *these, size_t count, const char *title)
{
        struct grub_menu menu;
        const struct grub_entry *entry;

        files = these;
        files_count = count;
        entry = read_default(&menu, text, NULL);
        if (!entry || strcmp(entry->title, title) != 0)
                fail_msg("%s\nstarts \"%s\", not \"%s\"", text, entry ? entry->title : "nothing",
                        title);
        files_count = 0;
        grub_menu_free(&menu);
}

static bool starts_no_xen(const struct grub_menu *menu)
{
        return grub_menu_list_xen(menu, NULL, 0) == 0;
}

#define ENV "# GRUB Environment Block\n"
#define XEN(title, more) \
        "menuentry '" title "' " more " {\nmultiboot2 /x-" title " a\nmodule2 /k b\n}\n"

static void finds_the_default_by_number_title_and_id(void **state)
{
        static const char *const scripts[][2] = {
                { "set default=1\n" XEN("A", "") XEN("B", ""), "B" },
                { "set default=\"B\"\n" XEN("A", "") XEN("B", ""), "B" },
                { "default=b\n" XEN("A", "--id a") XEN("B", "--class x --id 'b'"), "B" },
                { XEN("A", "") XEN("B", ""), "A" },
                { "set default=9\n" XEN("A", ""), "A" },
                { "set default='gone'\n" XEN("A", ""), "A" },
                { "set default='s>1'\n" XEN("A", "") "submenu 'S' --id s {\n" XEN("B", "")
                                XEN("C", "") "}\n",
                        "C" },
                { "set default='1>C'\n" XEN("A", "") "submenu 'S' {\n" XEN("B", "")
                                XEN("C", "") "}\n",
                        "C" },
                { "set default=1\n" XEN("A", "") "submenu 'S' {\n" XEN("B", "") XEN("C", "") "}\n",
                        "B" },
                { "if [ -s $prefix/grubenv ]; then\nload_env\nfi\nset "
                  "default=\"${saved_entry}\"\n" XEN("A", "") XEN("B", ""),
                        "B" },
                { "load_env\nif [ \"${next_entry}\" ] ; then\nset "
                  "default=\"${next_entry}\"\nelse\nset "
                  "default=\"1\"\nfi\n" XEN("A", "") XEN("B", "") XEN("C", ""),
                        "B" },
        };

        (void)state;
        for (size_t i = 0; i < sizeof(scripts) / sizeof(scripts[0]); i++) {
                struct grub_menu menu;
                const struct grub_entry *entry = read_default(
                        &menu, scripts[i][0], ENV "saved_entry=1\nnext_entry=2\n#####");

                assert_non_null(entry);
                assert_string_equal(entry->title, scripts[i][1]);
                grub_menu_free(&menu);
        }
}

static void follows_words_quotes_and_variables(void **state)
{
        struct grub_menu menu;
        const struct grub_entry *entry = read_default(&menu,
                "set opts=\"one two\"\n"
                "set none=\n"
                "menuentry \"Say \\\"$opts\\\"\" --unrestricted {\n"
                "  multiboot2 (hd0,gpt2)/boot/xen\\\n.gz placeholder $opts $none \"$opts\" 'a;b' "
                "x=\"y z\" # no\n"
                "  echo 'module2 /no'; module2 /k ${opts}; module2 --nounzip /i\n"
                "  module2 /ucode\n"
                "}\n",
                NULL);

        (void)state;
        assert_string_equal(entry->title, "Say \"one two\"");
        assert_string_equal(entry->xen.device, "hd0,gpt2");
        assert_string_equal(entry->xen.path, "/boot/xen.gz");
        assert_string_equal(entry->xen.options, "one two \"one two\" a;b \"x=y z\"");
        assert_int_equal(entry->module_count, 3);
        assert_string_equal(entry->modules[0].device, "own");
        assert_string_equal(entry->modules[0].path, "/k");
        assert_string_equal(entry->modules[0].options, "one two");
        assert_string_equal(entry->modules[1].path, "/i");
        assert_string_equal(entry->modules[2].path, "/ucode");
        assert_int_equal(entry->line, 3);
        grub_menu_free(&menu);
}

static void follows_conditions(void **state)
{
        struct grub_menu menu;
        const struct grub_entry *entry = read_default(&menu,
                "function f {\nset default=3\nmenuentry 'no' {\ntrue\n}\n}\n"
                "for x in; do set default=4; done\n"
                "if [ \"$grub_platform\" = pc ]; then set a=pc; elif [ x$feature_menuentry_id = xy "
                "]; "
                "then set a=id; else set a=else; fi\n"
                "menuentry A { if true; then multiboot2 /x $a; else multiboot2 /y; fi\nmodule2 "
                "/k\n}\n",
                NULL);

        (void)state;
        assert_string_equal(entry->title, "A");
        assert_string_equal(entry->xen.path, "/x");
        assert_string_equal(entry->xen.options, "id");
        assert_int_equal(menu.top.children_count, 1);
        grub_menu_free(&menu);
}

static enum grub_file_type look_at_own(void *context, const char *path, uint64_t *ret_size)
{
        return look(context, "own", path, ret_size);
}

static void computes_tests(void **state)
{
        static const struct {
                const char *words;
                bool holds;
        } tests[] = {
                { "[ a = a ]", true },
                { "[ a = b ]", false },
                { "[ a != b ]", true },
                { "[ -n x ]", true },
                { "[ -z x ]", false },
                { "[ x ]", true },
                { "[ ]", true },
                { "test", true },
                { "[ ! ]", true },
                { "[ a = b -o ]", true },
                { "[ a = a -a ]", true },
                { "[ a = b -a ]", false },
                { "[ ! -z x ]", true },
                { "[ a = b -o c = c ]", true },
                { "[ a = b -a c = c ]", false },
                { "[ 2 -gt 1 ]", true },
                { "[ 2 -le 1 ]", false },
                { "[ -f /file ]", true },
                { "[ -e /file ]", true },
                { "[ -s /file ]", true },
                { "[ -d /file ]", false },
                { "[ -f /no ]", false },
                { "[ -e /no ]", false },
                { "[ -s /empty ]", false },
                { "[ -f /empty ]", true },
                { "[ -d /folder ]", true },
                { "[ -e /folder ]", true },
                { "[ -f /folder ]", false },
                { "[ ! -f /no ]", true },
                { "[ -f /no -o -f /file ]", true },
                { "[ -f /file -a -f /no ]", false },
                { "[ -f /file -a a = a ]", true },
                { "test a = b", false },
                { "[ ( a = b -o c = c ) -a d = d ]", true },
                { "[ ( a = b ) ]", false },
                { "[ a <= a ]", true },
                { "[ b >= c ]", false },
                { "[ vmlinuz-2 -plt vmlinuz-11 ]", true },
                { "[ vmlinuz-6.1.0-9 -pgt vmlinuz-6.1.0-18 ]", false },
                { "[ -f = -f ]", true },
                { "[ ! ! x ]", true },
                { "[ ((((( ]", true },
        };
        static const struct file there[] = { { "own", "/file", "x" }, { "own", "/empty", "" },
                { "own", "/folder", NULL } };

        (void)state;
        for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++) {
                char text[64], *words[16];
                size_t count = 0;

                strcpy(text, tests[i].words);
                for (char *word = strtok(text, " "); word; word = strtok(NULL, " "))
                        words[count++] = word;
                files = there;
                files_count = 3;
                if (grub_test(words + 1, count - 1, look_at_own, NULL) != tests[i].holds)
                        fail_msg("%s", tests[i].words);
                files_count = 0;
        }
        assert_true(grub_test(NULL, 0, look_at_own, NULL));
}

/* Each was given to grub-script-check 2.06, which takes it. */
static void braces_are_where_grub_has_them(void **state)
{
        static const char *const scripts[][2] = {
                { "menuentry \"a\"{\n multiboot2 /x\n}\n" XEN("b", ""), "a" },
                { "menuentry a{ multiboot2 /x }\n" XEN("b", ""), "a" },
                { "set default=1\nmenuentry a { multiboot2 /x}\n" XEN("b", ""), "b" },
                { "set default=1\nmenuentry a { echo \"}\" '{' \\}; true }; menuentry b {true}",
                        "b" },
                { "set default=1\nmenuentry a {if true; then true; fi}\nmenuentry b{true}", "b" },
                { "x=1\nset default=${x}\nmenuentry a${x}{ true\n}\nmenuentry b { true }\n", "b" },
                { "set default=1\necho bar{ set default=0 }\n" XEN("a", "") XEN("b", ""), "b" },
                { "submenu s{\nmenuentry a{\ntrue}\nmenuentry b{ true }}\nset default='s>b'", "b" },
                { "if true; then menuentry a{ true }; fi\n" XEN("b", ""), "a" },
                { "menuentry 'a' {\r\n true\r\n}\r\nset default='a'\r\n", "a" },
        };

        (void)state;
        for (size_t i = 0; i < sizeof(scripts) / sizeof(scripts[0]); i++) {
                struct grub_menu menu;

                assert_default(scripts[i][0], NULL, 0, scripts[i][1]);
                grub_menu_read(scripts[i][0], &machine, &menu);
                if (menu.unread)
                        fail_msg("%s: %s", scripts[i][0], menu.unread);
                grub_menu_free(&menu);
        }
}

/* grub-script-check 2.06 takes none of them: what is left of the menu then is not certain. */
static void says_what_grub_does_not_take(void **state)
{
        static const char *const scripts[] = { "true && true\n", "true\ntrue | true\n",
                "if [ a < b ]; then true; fi\n", "echo $ a\n", "echo \"a $ b\"\n", "echo 'open\n",
                "menuentry a\n", "menuentry a\n{\ntrue\n}\n", "true &\n", "echo ${a\n" };

        (void)state;
        for (size_t i = 0; i < sizeof(scripts) / sizeof(scripts[0]); i++) {
                char text[256];
                struct grub_menu menu;
                bool sure;

                snprintf(text, sizeof(text), XEN("A", "") "%s", scripts[i]);
                grub_menu_read(text, &machine, &menu);
                if (!menu.unread || !strstr(menu.unread, "GRUB does not take this line"))
                        fail_msg("%s: %s", text, menu.unread ? menu.unread : "taken");
                grub_menu_default(&menu, &sure);
                assert_false(sure);
                grub_menu_free(&menu);
        }
}

/*
 * A file that was cut off, wherever that happened, is none that was read to its end: GRUB 2.06 has
 * "syntax error" for what is open then, and starts another entry.
 */
static void a_file_that_was_cut_off_is_not_a_menu(void **state)
{
        static const char *const scripts[][2] = {
                { "menuentry B {\nmultiboot2 /x\n", "line 5: what starts in this line" },
                { "submenu S {\n" XEN("B", ""), "line 5: what starts" },
                { "submenu S {\nmenuentry B {\nmultiboot2 /x\n}\n", "line 5: what starts" },
                { "if true; then\n" XEN("B", ""), "line 5: what starts" },
                { "if true; then true; else\n" XEN("B", ""), "line 5: what starts" },
                { "if false; then if true; then true; fi; else true\n", "line 5: what starts" },
                { "if true\n", "line 5: what starts" },
                { "if true; then true; elif true\n", "line 5: what starts" },
                { "for x in 1; do\nset default=$x\n", "line 5: what starts" },
                { "for x in 1\n", "line 5: what starts" },
                { "function f {\ntrue\n", "line 5: what starts" },
                { "menuentry B {\nif true; then\nmultiboot2 /x\n}\n", "line 6: what starts" },
                { "menuentry 'B", "line 5: GRUB does not take" },
                { "menuentry B {\nmultiboot2 /x \"a", "line 6: GRUB does not take" },
                { "set default=0 \\", "line 5: GRUB does not take" },
                { "source /cut.cfg\n", "line 1 of /cut.cfg: what starts" },
                { "}\n" XEN("B", ""), "line 5: it closes what was not opened" },
                { "fi\n", "line 5: it closes what was not opened" },
                { "if true; then true; done; fi\n", "line 5: it closes what was not opened" },
                { "if true; then true; else true; else true; fi\n", "line 5: it closes" },
        };
        static const struct file there[] = { { "own", "/cut.cfg",
                "if true; then\n" XEN("C", "") } };

        (void)state;
        files = there;
        files_count = 1;
        for (size_t i = 0; i < sizeof(scripts) / sizeof(scripts[0]); i++) {
                char text[256];
                struct grub_menu menu;
                bool sure;

                snprintf(text, sizeof(text), XEN("A", "") "%s", scripts[i][0]);
                grub_menu_read(text, &machine, &menu);
                grub_menu_default(&menu, &sure);
                if (sure || !menu.unread || !strstr(menu.unread, scripts[i][1]))
                        fail_msg("%s: %s", text, menu.unread ? menu.unread : "all read");
                grub_menu_free(&menu);
        }
        files_count = 0;
}

/* Each of two entries that read a file is told of what is wrong with it. */
static void each_entry_is_told_of_a_bad_file(void **state)
{
        static const struct file there[] = { { "own", "/bad.cfg", "echo 'open\n" } };
        struct grub_menu menu;

        (void)state;
        files = there;
        files_count = 1;
        grub_menu_read("menuentry A { source /bad.cfg }\nmenuentry B { source /bad.cfg }\n"
                       "menuentry C { true }\n",
                &machine, &menu);
        assert_true(menu.top.children[0].elsewhere);
        assert_true(menu.top.children[1].elsewhere);
        assert_false(menu.top.children[2].elsewhere);
        files_count = 0;
        grub_menu_free(&menu);
}

/* GRUB goes on behind a NUL, with the next line: what stands there must not be lost. */
static void a_nul_does_not_end_the_script(void **state)
{
        static const struct {
                const char *text; /* with # for the NUL */
                const char *unread, *title;
        } tests[] = {
                { XEN("A", "") "#\nset default=1\n" XEN("B", ""), "line 5: GRUB does not take",
                        "B" },
                { XEN("A", "") "set x=a#b\n" XEN("B", ""), "line 5: GRUB does not", "A" },
                { XEN("A", "") "set x='a#b'\nset default=B\n" XEN("B", ""), "line 5: GRUB", "B" },
                { XEN("A", "") "set x=\"$#\"\n" XEN("B", ""), "line 5: GRUB does not", "A" },
                { "#" XEN("A", ""), "line 1: GRUB does not take", NULL },
                { "if false; then\nset a=#\nfi\n" XEN("A", ""), "line 2: GRUB does not take", "A" },
                { XEN("A", "") XEN("B", "") "set default=1 ;#", "line 9: GRUB does not take", "B" },
        };

        (void)state;
        for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++) {
                char text[256];
                struct grub_menu menu;
                const struct grub_entry *entry;
                bool sure;

                snprintf(text, sizeof(text), "%s", tests[i].text);
                *strchr(text, '#') = '\0';
                grub_words_mark_nuls(text, strlen(tests[i].text));
                grub_menu_read(text, &machine, &menu);
                entry = grub_menu_default(&menu, &sure);
                if (sure || !menu.unread || !strstr(menu.unread, tests[i].unread))
                        fail_msg("%zu: %s", i, menu.unread ? menu.unread : "all read");
                if (tests[i].title && strcmp(entry->title, tests[i].title) != 0)
                        fail_msg("%zu: %s", i, entry->title);
                grub_menu_free(&menu);
        }
}

static void quotes_and_lines_are_grubs(void **state)
{
        struct grub_menu menu;
        const struct grub_entry *entry = read_default(&menu,
                "menuentry \"it's\" {\n"
                "  multiboot2 /x a\\\n# left out, as GRUB leaves it out\nb \"c\\\nd\" \"\\e\" e\\ "
                "f $#g "
                "'$h' \"'\" x#y # z\n"
                "  module2 /k\n}\n",
                NULL);

        (void)state;
        assert_string_equal(entry->title, "it's");
        assert_string_equal(entry->xen.options, "ab cd \\\\e \"e f\" 1g $h \"'\" x#y");
        assert_null(menu.unread);
        grub_menu_free(&menu);
}

/* --- files --- */

static void looks_at_the_files_that_are_there(void **state)
{
        static const struct file there[] = { { "own", "/boot/flag", "x" },
                { "label:data", "/boot/flag2", "x" }, { "own", "/grub/empty", "" } };
        static const char *const conditions[][2] = {
                { "[ -f /boot/flag ]", "B" },
                { "[ -f /boot/no-such-file ]", "A" },
                { "[ -f /boot/flag2 ]", "A" },
                { "search --label --set=root data; [ -f /boot/flag2 ]", "B" },
                { "search --label --set root data; [ -e /boot/flag ]", "A" },
                { "search --set=other --label data; [ -e ($other)/boot/flag2 ]", "B" },
                { "search.fs_label data other; [ -e ($other)/boot/flag2 ]", "B" },
                { "search --label gone --set=other", "A" },
                { "search -l data", "B" },
                { "search -n -l data", "B" },
                { "search - data", "A" },
                { "search --no-floppy data", "A" },
                { "search --label", "A" },
                { "search -l --hint hd0 --hint-efi=hd1 data --set", "B" },
                { "[ -s $prefix/empty ]", "A" },
                { "[ -f $prefix/empty -a ! -f $prefix/other ]", "B" },
                { "[ -f (own)/boot/flag ]", "B" },
                { "true; false", "A" },
                { "! [ -f /boot/flag ]", "A" },
                { "keystatus --shift", "A" },
        };

        (void)state;
        for (size_t i = 0; i < sizeof(conditions) / sizeof(conditions[0]); i++) {
                char text[512];

                snprintf(text, sizeof(text),
                        "if %s; then\nset default=1\nelse\nset default=0\nfi\n" XEN("A", "")
                                XEN("B", ""),
                        conditions[i][0]);
                assert_default(text, there, 3, conditions[i][1]);
        }
}

static void reads_the_files_that_it_names(void **state)
{
        static const struct file there[] = {
                { "own", "/grub/custom.cfg", XEN("C", "") "set default=C\nset here=custom\n" },
                { "own", "/grub/more.cfg", "source $prefix/custom.cfg\n" XEN("M", "") },
                { "own", "/grub/whole.cfg", "set default=1\n" XEN("W", "") XEN("X", "$seen") },
                { "own", "/grub/loop.cfg", "source /grub/loop.cfg\n" },
                { "own", "/grub/plain.cfg", XEN("P", "") XEN("Q", "") },
                { "uuid:1", "/boot/grub/grub.cfg", "set default=V\n" XEN("U", "") XEN("V", "") },
        };
        static const char *const scripts[][2] = {
                { XEN("A", "") "if [ -f $prefix/custom.cfg ]; then\n. $prefix/custom.cfg\nfi",
                        "C" },
                { XEN("A", "") "source ${config_directory}/custom.cfg\n", "C" },
                { XEN("A", "") "source $prefix/no.cfg\n" XEN("B", ""), "A" },
                { XEN("A", "") "source $prefix/more.cfg\nset default=2\n", "M" },
                { XEN("A", "") "set default=0\nconfigfile $prefix/whole.cfg\n" XEN("B", ""), "X" },
                { "set default=1\nconfigfile $prefix/plain.cfg\n", "P" },
                { "set default=1\nexport default\nconfigfile $prefix/plain.cfg\n", "Q" },
                { "configfile $prefix/no.cfg\n" XEN("B", ""), "B" },
                { XEN("A", "") "source $prefix/loop.cfg\n", "A" },
                { "search.fs_uuid 1 root\nset prefix=($root)'/boot/grub'\nconfigfile "
                  "$prefix/grub.cfg\n",
                        "V" },
        };

        (void)state;
        for (size_t i = 0; i < sizeof(scripts) / sizeof(scripts[0]); i++)
                assert_default(scripts[i][0], there, 6, scripts[i][1]);
}

static void what_is_not_read_is_said(void **state)
{
        static const char *const scripts[][2] = {
                { XEN("A", "") "insmod blscfg\nblscfg\n",
                        "line 6: blscfg takes entries from elsewhere" },
                { "while true; do\nset default=1\ndone\n" XEN("A", ""),
                        "line 1: loops with a condition" },
                { "regexp --set=1:x a b\n" XEN("A", ""), "line 1: regexp is not followed" },
                { "legacy_configfile /menu.lst\n" XEN("A", ""), "line 1: legacy_configfile" },
                { "function f {\n f\n f\n}\nf\n" XEN("A", ""), "nested too deep" },
                { "source /grub/loop.cfg\n" XEN("A", ""), "nested too deep" },
                { "function f { for i in 1 2 3 4 5 6 7 8 9; do source /grub/no-loop.cfg; done; }\n"
                  "f\nf\nf\nf\nf\nf\nf\nf\n" XEN("A", ""),
                        "it reads too many files" },
                { "for a in 1 2 3 4 5 6 7 8; do for b in 1 2 3 4 5 6 7 8; do for c in 1 2 3 4 5 6 "
                  "7 8; "
                  "do for d in 1 2 3 4 5 6 7 8; do for e in 1 2 3 4 5 6 7 8; do for f in 1 2 3 4 5 "
                  "6; "
                  "do true; done; done; done; done; done; done\n",
                        "it goes on for too long" },
        };
        static const struct file there[] = { { "own", "/grub/loop.cfg", "source /grub/loop.cfg\n" },
                { "own", "/grub/no-loop.cfg", "true\n" } };

        (void)state;
        files = there;
        files_count = 2;
        for (size_t i = 0; i < sizeof(scripts) / sizeof(scripts[0]); i++) {
                struct grub_menu menu;
                bool sure;

                grub_menu_read(scripts[i][0], &machine, &menu);
                grub_menu_default(&menu, &sure);
                if (sure || !menu.unread || !strstr(menu.unread, scripts[i][1]))
                        fail_msg("%s: %s", scripts[i][0], menu.unread ? menu.unread : "all read");
                grub_menu_free(&menu);
        }
        files_count = 0;
}

/* Only what makes the menu counts: what an entry that nobody starts does with it does not. */
static void an_entry_that_goes_elsewhere_is_known(void **state)
{
        struct grub_menu menu;
        const struct grub_entry *entry;
        bool sure;

        (void)state;
        grub_menu_read(XEN("A", "") "menuentry other { configfile /boot/grub/other.cfg }\n",
                &machine, &menu);
        entry = grub_menu_default(&menu, &sure);
        assert_string_equal(entry->title, "A");
        assert_true(sure);
        assert_true(menu.top.children[1].elsewhere);
        grub_menu_free(&menu);
        grub_menu_read("menuentry other { configfile /boot/grub/other.cfg }\n" XEN("A", ""),
                &machine, &menu);
        grub_menu_default(&menu, &sure);
        assert_false(sure);
        grub_menu_free(&menu);
}

/* --- functions, loops, and when what is read --- */

static void follows_functions_and_loops(void **state)
{
        static const char *const scripts[][2] = {
                { "function pick {\nset default=$1\n}\n" XEN("A", "") XEN("B", "") "pick 1\n",
                        "B" },
                { "function f { if true; then return; fi; set default=1; }\nf\n" XEN("A", "")
                                XEN("B", ""),
                        "A" },
                { "function f { set n=$#; }\nf a b\nif [ $n = 2 ]; then set default=1; fi\n" XEN(
                          "A", "") XEN("B", ""),
                        "B" },
                { "for x in 0 1; do set default=$x; done\n" XEN("A", "") XEN("B", ""), "B" },
                { "for x in b; do\nmenuentry a$x {\ntrue\n}\ndone\n", "ab" },
                { "function f {\nmenuentry $1 {\ntrue\n}\n}\nf one\nf two\ndefault=two\n", "two" },
                { "if false; then set default=1; elif true; then set default=2; else set "
                  "default=0; fi\n" XEN("A", "") XEN("B", "") XEN("C", ""),
                        "C" },
                { "if false\nthen true\nelse\nif true\nthen\nset default=1\nfi\nfi\n" XEN("A", "")
                                XEN("B", ""),
                        "B" },
                { "return\nset default=1\n" XEN("A", "") XEN("B", ""), "B" },
        };

        (void)state;
        for (size_t i = 0; i < sizeof(scripts) / sizeof(scripts[0]); i++)
                assert_default(scripts[i][0], NULL, 0, scripts[i][1]);
}

/* As grub-core/script of GRUB 2.06 has it. */
static void flow_and_status_are_grubs(void **state)
{
        static const char *const scripts[][2] = {
                { "for x in 1 2; do\nset default=$x\nbreak\nset default=0\ndone\n", "B" },
                { "for x in 1 2; do\nif [ $x = 2 ]; then continue; fi\nset default=$x\ndone\n",
                        "B" },
                { "for x in 0 1; do for y in 1 2; do if [ $y = 2 ]; then break; fi; done; set "
                  "default=$y$x; done; set default=$x\n",
                        "B" },
                { "for x in 1 2; do for y in 1; do continue; set x=0; done; set default=$x; break; "
                  "done\n",
                        "B" },
                { "break\ncontinue\nset default=1\n", "B" },
                { "function f { break; set default=2; }\nset default=1\nfor x in 1; do f; set "
                  "default=2; done\n",
                        "C" },
                { "function f { false; return 0; }\nif f; then set default=1; fi\n", "B" },
                { "function f { return 1; }\nif f; then true; else set default=1; fi\n", "B" },
                { "function f { false; return; }\nif f; then true; else set default=1; fi\n", "B" },
                { "function f { for x in 1 2; do return 0; set default=2; done; false; }\nif f; "
                  "then set default=1; fi\n",
                        "B" },
                { "true\nif [ $? = 0 ]; then set default=1; fi\n", "B" },
                { "false\nif [ \"$?\" = 0 ]; then true; else set default=1; fi\n", "B" },
                { "false\nset a=1\nset default=1$?\nset default=1\n[ a = b ]\nif [ $? = 1 ]; then "
                  "set default=1; fi\n",
                        "B" },
                { "if false; then true; fi\nif [ $? = 0 ]; then set default=1; fi\n", "B" },
                { "function f { if false; then true; fi; }\nif f; then set default=1; fi\n", "B" },
                { "function f { if true; then false; else if true; then true; fi; fi; }\nif f; "
                  "then "
                  "true; else set default=1; fi\n",
                        "B" },
                { "function f { true; return; if true; then true; fi; }\nif f; then set default=1; "
                  "fi\n",
                        "B" },
                { "if [ ]; then set default=1; fi\n", "B" },
                { "function f { false; }\nif ! f; then set default=1; fi\n", "B" },
                { "if ! true; then true; elif ! false; then set default=1; fi\n", "B" },
                { "fwsetup --is-supported\nif [ \"$?\" = 0 ]; then set default=1; fi\n", "B" },
        };

        (void)state;
        for (size_t i = 0; i < sizeof(scripts) / sizeof(scripts[0]); i++) {
                char text[512];
                struct grub_menu menu;

                snprintf(text, sizeof(text), "%s" XEN("A", "") XEN("B", "") XEN("C", ""),
                        scripts[i][0]);
                assert_default(text, NULL, 0, scripts[i][1]);
                grub_menu_read(text, &machine, &menu);
                if (menu.unread)
                        fail_msg("%s: %s", text, menu.unread);
                grub_menu_free(&menu);
        }
}

/* What a menu may depend on and is not followed is said, wherever the choice of an entry stands. */
static void says_which_command_it_does_not_follow(void **state)
{
        static const char *const scripts[][2] = {
                { "function f { shift; set default=$1; }\nf 1 2\n", "line 1: shift is not" },
                { "function f { setparams 2; set default=$1; }\nf 1\n", "line 1: setparams" },
                { "true\ntr --set=x A B A\n", "line 2: tr is not followed" },
                { "time set default=1\n", "line 1: time is not followed" },
                { "if cmostest 84:6; then set default=1; fi\n", "line 1: cmostest is not" },
                { "if ! cmostest 84:6; then set default=1; fi\n", "line 1: cmostest is not" },
                { "setpci -v x -d 1:2 3\n", "line 1: setpci" },
                { "rdmsr 0x10 -v x\n", "line 1: rdmsr" },
                { "if cmp /a /b; then set default=1; fi\n", "line 1: cmp" },
                { "if nosuchcommand; then set default=1; fi\n", "line 1: nosuchcommand is not" },
                { "exit\n", "line 1: exit" },
                { "normal /other.cfg\n", "line 1: normal" },
                { "extract_legacy_entries_source /menu.lst\n", "line 1: extract_legacy_entries" },
                { "extract_legacy_entries_configfile /menu.lst\n", "line 1: extract_legacy" },
                { "extract_syslinux_entries_source /s.cfg\n", "line 1: extract_syslinux_entries" },
                { "extract_syslinux_entries_configfile /s.cfg\n", "line 1: extract_syslinux_" },
                { "function true { false; }\n", "line 1: a function is called like a command" },
                { "true\nfunction insmod { set default=1; }\n", "line 2: a function is called" },
                { "function source { false; }\n", "line 1: a function is called" },
                { "if [ /a -nt /b ]; then set default=1; fi\n", "line 1: which of two files" },
                { "if [ x = x -a /a -ot5 /b ]; then true; fi\n", "line 1: which of two files" },
                { "for x in 1; do break 2; done\n", "line 1: leaving several loops" },
                { "function f { return x; }\nf\n", "line 1: what return is given" },
                { "set x=/etc/pass*\n", "line 1: names of files with *" },
                { "for x in /boot/xen-*.gz; do set default=1; done\n", "line 1: names of files" },
                { "for x in (*); do set default=1; done\n", "line 1: names of files" },
                { "for x in *; do set default=1; done\n", "line 1: names of files" },
                { "set x='/boot/x?n'\nif [ -f $x ]; then true; fi\n", "line 2: names of files" },
        };

        (void)state;
        for (size_t i = 0; i < sizeof(scripts) / sizeof(scripts[0]); i++) {
                char text[512];
                struct grub_menu menu;
                bool sure;

                snprintf(text, sizeof(text), "%s" XEN("A", "") XEN("B", ""), scripts[i][0]);
                grub_menu_read(text, &machine, &menu);
                grub_menu_default(&menu, &sure);
                if (sure || !menu.unread || !strstr(menu.unread, scripts[i][1]))
                        fail_msg("%s: %s", scripts[i][0], menu.unread ? menu.unread : "all read");
                grub_menu_free(&menu);
        }
}

/* Only the entry that does it is not certain. */
static void an_entry_that_is_not_followed_is_known(void **state)
{
        static const char *const bodies[] = { "shift; multiboot2 /x $1", "multiboot2 /boot/x*",
                "if cmostest 84:6; then multiboot2 /x; fi", "time multiboot2 /x" };

        (void)state;
        for (size_t i = 0; i < sizeof(bodies) / sizeof(bodies[0]); i++) {
                char text[256];
                struct grub_menu menu;

                snprintf(text, sizeof(text), "menuentry A { %s\n}\n" XEN("B", "x*y [4] z?"),
                        bodies[i]);
                grub_menu_read(text, &machine, &menu);
                if (menu.unread || !menu.top.children[0].elsewhere ||
                        menu.top.children[1].elsewhere)
                        fail_msg("%s: %s", text, menu.unread ? menu.unread : "wrong entry");
                grub_menu_free(&menu);
        }
}

/* What Debian's grub-mkconfig 2.06 writes before and behind its entries leaves no doubt. */
static void what_grub_mkconfig_writes_is_followed(void **state)
{
        static const char script[] =
                "if [ -s $prefix/grubenv ]; then\n  set have_grubenv=true\n  load_env\nfi\n"
                "if [ \"${next_entry}\" ] ; then\n   set default=\"${next_entry}\"\n"
                "   set next_entry=\n   save_env next_entry\n   set boot_once=true\nelse\n"
                "   set default=\"1>xen-2\"\nfi\n"
                "if [ x\"${feature_menuentry_id}\" = xy ]; then\n  menuentry_id_option=\"--id\"\n"
                "else\n  menuentry_id_option=\"\"\nfi\nexport menuentry_id_option\n"
                "if [ \"${prev_saved_entry}\" ]; then\n  set saved_entry=\"${prev_saved_entry}\"\n"
                "  save_env saved_entry\nfi\n"
                "function savedefault {\n  if [ -z \"${boot_once}\" ]; then\n"
                "    saved_entry=\"${chosen}\"\n    save_env saved_entry\n  fi\n}\n"
                "function load_video {\n  if [ x$feature_all_video_module = xy ]; then\n"
                "    insmod all_video\n  else\n    insmod efi_gop\n  fi\n}\n"
                "serial --unit=0 --speed=115200\nterminal_input console serial\n"
                "if loadfont unicode ; then\n  set gfxmode=auto\n  load_video\n  insmod gfxterm\n"
                "  set locale_dir=$prefix/locale\n  set lang=C\n  insmod gettext\nfi\n"
                "terminal_output gfxterm\n"
                "if [ \"${recordfail}\" = 1 ] ; then\n  set timeout=30\nelse\n"
                "  if [ x$feature_timeout_style = xy ] ; then\n    set timeout_style=menu\n"
                "    set timeout=5\n  else\n    set timeout=5\n  fi\nfi\n"
                "insmod png\nif background_image /usr/share/x.png; then\n"
                "  set color_normal=white/black\nelse\n  set menu_color_normal=cyan/blue\nfi\n"
                "function gfxmode {\n\tset gfxpayload=\"${1}\"\n}\n"
                "set linux_gfx_mode=\nexport linux_gfx_mode\n"
                "menuentry 'Debian' --class debian $menuentry_id_option 'l' {\n\tload_video\n"
                "\tgfxmode $linux_gfx_mode\n\tinsmod gzio\n"
                "\tif [ x$grub_platform = xxen ]; then insmod xzio; insmod lzopio; fi\n"
                "\techo\t'Loading Linux ...'\n\tlinux\t/vmlinuz root=UUID=1 ro  quiet\n"
                "\tinitrd\t/initrd.img\n}\n"
                "submenu 'Advanced' $menuentry_id_option 'a' {\n"
                "\tmenuentry 'X 1' $menuentry_id_option 'xen-1' {\n\t\tmultiboot2\t/x1\n\t}\n"
                "\tmenuentry 'X 2' --class xen $menuentry_id_option 'xen-2' {\n\t\tsavedefault\n"
                "\t\tinsmod part_gpt\n\t\tif [ \"$grub_platform\" = \"pc\" -o \"$grub_platform\" = "
                "\"\" ]; then\n\t\t    xen_rm_opts=\n\t\telse\n"
                "\t\t    xen_rm_opts=\"no-real-mode edd=off\"\n\t\tfi\n"
                "\t\tmultiboot2\t/x2 placeholder  ${xen_rm_opts}\n\t\tmodule2\t/k placeholder "
                "root=UUID=1 ro  quiet\n\t\tmodule2\t--nounzip   /i\n\t}\n}\n"
                "if [ \"$grub_platform\" = \"efi\" ]; then\n\tfwsetup --is-supported\n"
                "\tif [ \"$?\" = 0 ]; then\n\t\tmenuentry 'UEFI' $menuentry_id_option 'uefi' {\n"
                "\t\t\tfwsetup\n\t\t}\n\tfi\nfi\n"
                "if [ -f  ${config_directory}/custom.cfg ]; then\n"
                "  source ${config_directory}/custom.cfg\n"
                "elif [ -z \"${config_directory}\" -a -f  $prefix/custom.cfg ]; then\n"
                "  source $prefix/custom.cfg\nfi\n";
        const struct grub_entry *entry;
        struct grub_menu menu;
        bool sure;

        (void)state;
        grub_menu_read(script, &machine, &menu);
        entry = grub_menu_default(&menu, &sure);
        if (menu.unread)
                fail_msg("%s", menu.unread);
        assert_true(sure);
        assert_string_equal(entry->title, "X 2");
        assert_string_equal(entry->xen.options, "no-real-mode edd=off");
        assert_int_equal(menu.top.children_count, 3);
        for (size_t i = 0; i < 3; i++)
                assert_false(menu.top.children[i].elsewhere);
        grub_menu_free(&menu);
}

/* A body is run when its entry is chosen: with what the variables are then. */
static void bodies_are_read_last(void **state)
{
        struct grub_menu menu;
        const struct grub_entry *entry = read_default(&menu,
                "set opts=early\nexport opts\nfunction load { multiboot2 $1 $opts; }\n"
                "submenu S { set more=yes\nmenuentry \"$opts\" { load /x\nset root=other\n"
                "module2 /k $more $1\nmodule2 (third)/i } }\n"
                "set opts=late\n",
                NULL);

        (void)state;
        assert_string_equal(entry->title, "late"); /* the submenu is opened late, too */
        assert_string_equal(entry->xen.options, "late");
        assert_string_equal(entry->xen.device, "own");
        assert_string_equal(entry->modules[0].options, "yes late");
        assert_string_equal(entry->modules[0].device, "other");
        assert_string_equal(entry->modules[1].device, "third");
        grub_menu_free(&menu);
}

/* A submenu opens a context of its own: of the variables, GRUB hands on those that are exported. */
static void a_submenu_sees_what_is_exported(void **state)
{
        struct grub_menu menu;
        const struct grub_entry *entry;

        (void)state;
        entry = read_default(&menu,
                "set default='1>0'\nset foo=bar\nset baz=q\nexport baz\nset late=no\n"
                "menuentry A { multiboot2 /x $foo\nexport foo\nfunction g { true; }\nmodule2 /k }\n"
                "submenu S { set own=o\nexport own\nset hidden=h\n"
                "menuentry B { multiboot2 /x x=$foo y=$baz o=$own h=$hidden d=$default\n"
                "module2 /k }\n"
                "submenu T { menuentry C { multiboot2 /x o=$own h=$hidden r=$root\nmodule2 /k } } "
                "}\n",
                NULL);
        assert_string_equal(menu.top.children[0].xen.options, "bar");
        assert_string_equal(entry->title, "B");
        assert_string_equal(entry->xen.options, "x= y=q o=o h=h d=");
        entry = &menu.top.children[1].children[1].children[0];
        assert_string_equal(entry->xen.options, "o=o h= r=own");
        assert_null(menu.unread);
        grub_menu_free(&menu);
}

/* Also: an option that is not exported leaves a submenu's entries without their ids. */
static void a_submenu_has_the_default_that_it_sets(void **state)
{
        static const char *const scripts[][2] = {
                { "set default=1\n" XEN("A", "") "submenu S { set default=1\n" XEN("B", "")
                                XEN("C", "") "}\n",
                        "C" },
                { "set default='1>0'\n" XEN("A", "") "submenu S { set default=C\n" XEN("B", "")
                                XEN("C", "") "}\n",
                        "C" },
                { "set default='S'\n" XEN("A", "") "submenu S { set default='1>1'\n" XEN(
                          "B", "") "submenu T { " XEN("C", "") XEN("D", "") "}\n}\n",
                        "D" },
                { "set default='S>T'\n" XEN("A", "") "submenu S {\n" XEN(
                          "B", "") "submenu T { set default=1\n" XEN("C", "") XEN("D", "") "}\n}\n",
                        "D" },
                { "set default=1\nexport default\n" XEN("A", "") "submenu S {\n" XEN("B", "")
                                XEN("C", "") "}\n",
                        "B" },
                { "set default=1\n" XEN("A", "")
                                XEN("B", "") "submenu S { set default=0\n" XEN("C", "") "}\n",
                        "B" },
                { "menuentry_id_option=--id\nset default='a>b'\n" XEN(
                          "A", "") "submenu S $menuentry_id_option a {\n" XEN("C", "")
                                XEN("B", "$menuentry_id_option b") "}\n",
                        "C" },
        };

        (void)state;
        for (size_t i = 0; i < sizeof(scripts) / sizeof(scripts[0]); i++)
                assert_default(scripts[i][0], NULL, 0, scripts[i][1]);
}

static void an_entry_has_parameters(void **state)
{
        static const char *const scripts[][3] = {
                { "function add { menuentry \"$1\" \"$2\" {\nmultiboot2 /x m=$2 t=$1\n}\n}\n"
                  "add A 1G\nadd B 2G\nset default=B\n",
                        "B", "m=2G t=B" },
                { "for v in 1 2 3; do\nmenuentry E$v $v {\nmultiboot2 /x m=$2 v=$v\n}\ndone\n"
                  "set default=E2\n",
                        "E2", "m=2 v=3" },
                { "menuentry --class c A --id i x 'y z' --unrestricted {\nmultiboot2 /x $3 $# "
                  "$@\n}\n",
                        "A", "y z 3 A x y z" },
                { "function f { multiboot2 /x $1 $#; }\nmenuentry A b { f\n}\n", "A", "0" },
                { "menuentry --class c { multiboot2 /x $#\n}\n", "", "1" },
        };

        (void)state;
        for (size_t i = 0; i < sizeof(scripts) / sizeof(scripts[0]); i++) {
                struct grub_menu menu;
                const struct grub_entry *entry = read_default(&menu, scripts[i][0], NULL);

                assert_string_equal(entry->title, scripts[i][1]);
                assert_string_equal(entry->xen.options, scripts[i][2]);
                grub_menu_free(&menu);
        }
}

static void a_device_that_is_searched_for(void **state)
{
        static const struct file there[] = { { "uuid:1-2", "/x", "" } };
        struct grub_menu menu;
        const struct grub_entry *entry;

        (void)state;
        files = there;
        files_count = 1;
        entry = read_default(&menu,
                "menuentry a { set root='hd0,gpt2'\nif [ x$feature_platform_search_hint = xy ]; "
                "then\nsearch --no-floppy --fs-uuid --set=root --hint-efi=hd0,gpt2 --hint hd1 1-2\n"
                "else\nsearch --no-floppy --fs-uuid --set=root 9\nfi\n"
                "xen_hypervisor /x.efi a\n"
                "search --label --set root gone\nxen_module /k\n}\n",
                NULL);
        assert_string_equal(entry->xen.device, "uuid:1-2");
        assert_string_equal(entry->xen.path, "/x.efi");
        assert_string_equal(entry->modules[0].device, "label:gone");
        files_count = 0;
        grub_menu_free(&menu);
}

/* --- grubenv --- */

static void an_entry_for_one_boot_is_not_the_default(void **state)
{
        static const char head[] = "if [ -s $prefix/grubenv ]; then\nload_env\nfi\n";
        static const struct {
                const char *script, *environment, *title, *once;
        } tests[] = {
                { "if [ -n \"$override_entry\" ]; then\nset default=$override_entry\nfi\n",
                        ENV "override_entry=1\n###", "A", "B" },
                { "if [ \"${next_entry}\" ]; then set default=\"${next_entry}\"; else set "
                  "default=\"${saved_entry}\"; fi\n",
                        ENV "saved_entry=C\nnext_entry=B\n", "C", "B" },
                { "set default=\"${saved_entry}\"\nif [ \"${prev_saved_entry}\" ]; then set "
                  "saved_entry=\"${prev_saved_entry}\"; fi\n",
                        ENV "saved_entry=B\nprev_saved_entry=C\n", "C", "B" },
                { "set default=\"${saved_entry}\"\n", ENV "saved_entry=C\n", "C", NULL },
                { "set default=\"${saved_entry}\"\n", ENV "next_entry=\nsaved_entry=B", "B", NULL },
                { "set default=\"${saved_entry}\"\n", "saved_entry=C\n", "A", NULL },
                { "set default=\"${saved_entry}\"\n", ENV "saved_entry=\\B\n", "B", NULL },
        };

        (void)state;
        for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++) {
                const struct grub_entry *entry;
                struct grub_menu menu;
                char text[1024];

                snprintf(text, sizeof(text), "%s%s" XEN("A", "") XEN("B", "") XEN("C", ""), head,
                        tests[i].script);
                entry = read_default(&menu, text, tests[i].environment);
                if (strcmp(entry->title, tests[i].title) != 0)
                        fail_msg("%zu: %s", i, entry->title);
                entry = grub_menu_once(&menu);
                if (tests[i].once ? !entry || strcmp(entry->title, tests[i].once) != 0
                                  : entry != NULL)
                        fail_msg("%zu: once %s", i, entry ? entry->title : "nothing");
                grub_menu_free(&menu);
        }
}

static void load_env_takes_what_it_is_asked_for(void **state)
{
        static const struct file there[] = { { "own", "/other/env", ENV "a=1\ndefault=B\n" },
                { "own", "/grub/grubenv", ENV "default=C\n" } };
        static const char *const scripts[][2] = {
                { "load_env -f /other/env default\n", "B" },
                { "load_env --file=/other/env a\n", "A" },
                { "load_env --file /other/env\n", "B" },
                { "load_env --skip-sig default\n", "C" },
                { "if load_env -f /no/env; then set default=B; fi\n", "A" },
        };

        (void)state;
        for (size_t i = 0; i < sizeof(scripts) / sizeof(scripts[0]); i++) {
                char text[512];

                snprintf(text, sizeof(text), "%s" XEN("A", "") XEN("B", "") XEN("C", ""),
                        scripts[i][0]);
                assert_default(text, there, 2, scripts[i][1]);
        }
}

/* What starts with digits and is no number is one to some GRUBs, and a title to others. */
static void a_default_that_is_no_number(void **state)
{
        static const struct {
                const char *name, *title;
                bool sure;
        } tests[] = {
                { "1", "1-b", true },
                { "0x1", "1-b", true },
                { "1-b", "1-b", false },
                { "01", "1-b", true },
                { "7", "A", true },
                { "1gone", "1-b", false },
                { " 1", "1-b", true },
                { "\t2", "a > b", true },
                { "\n 0x1", "1-b", true },
                { " 1gone", "1-b", false },
                { " 7", "A", true },
                { " A", "A", true },
                { " ", "A", true },
                { "7gone", "A", false },
                { "gone", "A", true },
                { "a >> b", "a > b", true },
        };

        (void)state;
        for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++) {
                const struct grub_entry *entry;
                struct grub_menu menu;
                char text[512];
                bool sure;

                snprintf(text, sizeof(text), "set default='%s'\n%s", tests[i].name,
                        XEN("A", "") XEN("1-b", "") "menuentry 'a > b' { true }\n");
                grub_menu_read(text, &machine, &menu);
                entry = grub_menu_default(&menu, &sure);
                if (strcmp(entry->title, tests[i].title) != 0 || sure != tests[i].sure)
                        fail_msg("%s: %s, %d", tests[i].name, entry->title, sure);
                grub_menu_free(&menu);
        }
}

static void entries_have_names(void **state)
{
        static const struct {
                const char *name;
                size_t entry; /* 9: none */
        } names[] = { { "A", 0 }, { "0", 0 }, { "a-id", 0 }, { "B", 1 }, { "S>B", 1 }, { "1>0", 1 },
                { "s-id>0", 1 }, { "C", 2 }, { "S", 9 }, { "1", 9 }, { "7", 9 }, { "", 9 },
                { "S>9", 9 }, { "A>B", 9 }, { "0x", 9 }, { "0 A", 9 }, { "1>0x1", 2 },
                { "1>0 B", 9 }, { "1 S>0", 9 }, { "S>B>0", 9 }, { "a", 9 }, { " 0", 9 },
                { "+0", 9 }, { "18446744073709551616", 9 } };
        const struct grub_entry *entries[3];
        struct grub_menu menu;

        (void)state;
        grub_menu_read(XEN("A", "--id=a-id") "submenu S --id s-id {\n" XEN("B", "")
                               XEN("C", "") "}\n",
                &machine, &menu);
        assert_int_equal(grub_menu_list_xen(&menu, entries, 3), 3);
        for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
                for (size_t k = 0; k < 3; k++)
                        if (grub_menu_is_named(&menu, entries[k], names[i].name) !=
                                (k == names[i].entry))
                                fail_msg("%s and %zu", names[i].name, k);
        grub_menu_free(&menu);
}

static void more_modules_than_there_is_room_for(void **state)
{
        struct grub_menu menu;
        const struct grub_entry *entry = read_default(&menu,
                "menuentry a { multiboot2 /x\nfor i in 1 2 3 4 5 6 7 8 9 10; do\nmodule2 /m$i\n"
                "done\n}\n"
                "menuentry b { multiboot2 /x\nmodule2 /k\nmultiboot2 /y\nmodule2 /l\n}\n",
                NULL);

        (void)state;
        assert_int_equal(entry->module_count, 10);
        assert_string_equal(entry->modules[7].path, "/m8");
        entry = &menu.top.children[1];
        assert_int_equal(entry->module_count, 1);
        assert_string_equal(entry->modules[0].path, "/l");
        grub_menu_free(&menu);
}

/* Text that is no script: no crash, and no menu. */
static void takes_anything_for_a_script(void **state)
{
        static const char *const scripts[] = { "", "}", "}}}}{{{{", "if", "if [", "menuentry",
                "menuentry {", "menuentry 'open", "submenu a { menuentry b {", "\\", "$", "${",
                "${a", "\"", "fi fi else then", "function", "module2", "set",
                "menuentry a { module2 }", "if if if if", "while" };

        (void)state;
        for (size_t i = 0; i < sizeof(scripts) / sizeof(scripts[0]); i++) {
                struct grub_menu menu;

                read_default(&menu, scripts[i], scripts[i]);
                assert_true(starts_no_xen(&menu));
                grub_menu_free(&menu);
        }
}

static void nesting_has_an_end(void **state)
{
        char *text = calloc(1, 400000);
        struct grub_menu menu;

        (void)state;
        for (size_t i = 0; i < 20000; i++)
                strcpy(text + 14 * i, "submenu a { b;");
        grub_menu_read(text, &machine, &menu);
        assert_true(starts_no_xen(&menu));
        grub_menu_free(&menu);
        free(text);
}

static void puts_its_lines_in_and_takes_them_out(void **state)
{
        const char *config = "set default=0\nmenuentry 'A' {\n}\n";
        char *lines = grubhook_lines("1234-ABCD"), *with = grubhook_insert(config, lines);
        char *without = grubhook_remove(with), *generator = grubhook_generator("");

        (void)state;
        assert_false(grubhook_is_in(config));
        assert_true(grubhook_is_in(with));
        assert_string_equal(without, config);
        assert_null(grubhook_remove(config));
        assert_non_null(strstr(generator, "search --no-floppy --file --set=forestage "));
        free(lines);
        free(with);
        free(without);
        free(generator);
}

/* GRUB 2.06 takes $root for the device of what it starts, and our files are looked for there. */
static void its_lines_set_root_and_restore_it(void **state)
{
        static const char *const order[] = { "set forestage_root=\"$root\"\n",
                "set root=\"$forestage\"\n", "chainloader /EFI/forestage/forestage.efi return\n",
                "boot\n", "set root=\"$forestage_root\"\n" };
        char *lines = grubhook_lines("1234-ABCD"), *at = lines;

        (void)state;
        for (size_t i = 0; i < sizeof(order) / sizeof(order[0]); i++) {
                at = strstr(at, order[i]);
                assert_non_null(at);
                at += strlen(order[i]);
        }
        free(lines);
}

/* With the lines in it, the menu and its default are the same. */
static void its_lines_leave_the_menu_alone(void **state)
{
        char *lines = grubhook_lines("1234-ABCD");
        char *with = grubhook_insert("set default=1\n" XEN("A", "") XEN("B", ""), lines);
        static const struct file armed[] = { { "uuid:1234-ABCD", "/EFI/forestage/order",
                "run=x\n" } };
        struct grub_menu menu;

        (void)state;
        assert_default(with, NULL, 0, "B");
        assert_default(with, armed, 1, "B");
        files = armed;
        files_count = 1;
        assert_string_equal(read_default(&menu, with, NULL)->xen.device, "own");
        assert_null(menu.unread);
        files_count = 0;
        grub_menu_free(&menu);
        free(with);
        free(lines);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(finds_the_default_by_number_title_and_id),
                cmocka_unit_test(follows_words_quotes_and_variables),
                cmocka_unit_test(follows_conditions),
                cmocka_unit_test(computes_tests),
                cmocka_unit_test(braces_are_where_grub_has_them),
                cmocka_unit_test(says_what_grub_does_not_take),
                cmocka_unit_test(a_file_that_was_cut_off_is_not_a_menu),
                cmocka_unit_test(each_entry_is_told_of_a_bad_file),
                cmocka_unit_test(a_nul_does_not_end_the_script),
                cmocka_unit_test(quotes_and_lines_are_grubs),
                cmocka_unit_test(looks_at_the_files_that_are_there),
                cmocka_unit_test(reads_the_files_that_it_names),
                cmocka_unit_test(what_is_not_read_is_said),
                cmocka_unit_test(an_entry_that_goes_elsewhere_is_known),
                cmocka_unit_test(follows_functions_and_loops),
                cmocka_unit_test(flow_and_status_are_grubs),
                cmocka_unit_test(says_which_command_it_does_not_follow),
                cmocka_unit_test(an_entry_that_is_not_followed_is_known),
                cmocka_unit_test(what_grub_mkconfig_writes_is_followed),
                cmocka_unit_test(bodies_are_read_last),
                cmocka_unit_test(a_submenu_sees_what_is_exported),
                cmocka_unit_test(a_submenu_has_the_default_that_it_sets),
                cmocka_unit_test(an_entry_has_parameters),
                cmocka_unit_test(a_device_that_is_searched_for),
                cmocka_unit_test(an_entry_for_one_boot_is_not_the_default),
                cmocka_unit_test(load_env_takes_what_it_is_asked_for),
                cmocka_unit_test(a_default_that_is_no_number),
                cmocka_unit_test(entries_have_names),
                cmocka_unit_test(more_modules_than_there_is_room_for),
                cmocka_unit_test(takes_anything_for_a_script),
                cmocka_unit_test(nesting_has_an_end),
                cmocka_unit_test(puts_its_lines_in_and_takes_them_out),
                cmocka_unit_test(its_lines_set_root_and_restore_it),
                cmocka_unit_test(its_lines_leave_the_menu_alone),
        };

        return run_tap(tests);
}
