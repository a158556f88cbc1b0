/* GRUB's configuration as it is read, and our lines in it. */
#include <stdio.h>

#include "dom0/grub/grubhook.h"
#include "dom0/grub/grubmenu.h"
#include "dom0/grub/grubtest.h"
#include "tests/unit/tap.h"

static const struct grub_entry *read_default(
        struct grub_menu *menu, const char *text, const char *environment)
{
        grub_menu_read(text, environment, menu);
        return grub_menu_default(menu);
}

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
                        &menu, scripts[i][0], "# env\nsaved_entry=1\nnext_entry=2\n#####");

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
        assert_string_equal(entry->xen, "(hd0,gpt2)/boot/xen.gz");
        assert_string_equal(entry->xen_options, "one two \"one two\" a;b \"x=y z\"");
        assert_string_equal(entry->kernel, "/k");
        assert_string_equal(entry->kernel_options, "one two");
        assert_string_equal(entry->initrd, "/i");
        assert_int_equal(entry->more_modules, 1);
        assert_int_equal(entry->line, 3);
        grub_menu_free(&menu);
}

static void follows_conditions(void **state)
{
        struct grub_menu menu;
        const struct grub_entry *entry = read_default(&menu,
                "function f {\nset default=3\nmenuentry 'no' {\n}\n}\n"
                "for x in 1 2; do set default=4; done\n"
                "if [ \"$grub_platform\" = pc ]; then set a=pc; elif [ x$feature_menuentry_id = xy "
                "]; "
                "then set a=id; else set a=else; fi\n"
                "menuentry A { if true; then multiboot2 /x $a; else multiboot2 /y; fi\nmodule2 "
                "/k\n}\n",
                NULL);

        (void)state;
        assert_string_equal(entry->title, "A");
        assert_string_equal(entry->xen, "/x");
        assert_string_equal(entry->xen_options, "id");
        assert_int_equal(menu.top.children_count, 1);
        grub_menu_free(&menu);
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
                { "[ ]", false },
                { "[ ! -z x ]", true },
                { "[ a = b -o c = c ]", true },
                { "[ a = b -a c = c ]", false },
                { "[ 2 -gt 1 ]", true },
                { "[ 2 -le 1 ]", false },
                { "[ -f /file ]", true },
                { "test a = b", false },
                { "loadfont unicode", true },
                { "! [ a = b ]", true },
                { "false", false },
        };

        (void)state;
        for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++) {
                char text[64], *words[16];
                size_t count = 0;

                strcpy(text, tests[i].words);
                for (char *word = strtok(text, " "); word; word = strtok(NULL, " "))
                        words[count++] = word;
                if (grub_test(words, count) != tests[i].holds)
                        fail_msg("%s", tests[i].words);
        }
        assert_false(grub_test(NULL, 0));
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

                grub_menu_read(scripts[i], scripts[i], &menu);
                assert_null(grub_menu_first_xen(&menu));
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
        grub_menu_read(text, NULL, &menu);
        assert_null(grub_menu_first_xen(&menu));
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
        struct grub_menu menu;

        (void)state;
        assert_string_equal(read_default(&menu, with, NULL)->title, "B");
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
                cmocka_unit_test(takes_anything_for_a_script),
                cmocka_unit_test(nesting_has_an_end),
                cmocka_unit_test(puts_its_lines_in_and_takes_them_out),
                cmocka_unit_test(its_lines_set_root_and_restore_it),
                cmocka_unit_test(its_lines_leave_the_menu_alone),
        };

        return run_tap(tests);
}
