#include "dom0/trialresult/share.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "dom0/base/buffer.h"
#include "dom0/base/json.h"
#include "dom0/base/memory.h"
#include "dom0/trialresult/obstacle.h"
#include "lib/cleanup.h"
#include "lib/uuid.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* --- sentences --- */

static bool is_word(char character)
{
        return isalnum((unsigned char)character) || character == '_';
}

/* Each gives how many bytes at `text` are such a thing; 0: none. `text` starts a word. */

static size_t is_uuid(const char *text)
{
        uint8_t id[16];

        return strnlen(text, UUID_LENGTH) == UUID_LENGTH && uuid_parse(text, UUID_LENGTH, id) &&
                               !is_word(text[UUID_LENGTH])
                       ? UUID_LENGTH
                       : 0;
}

/* Pairs of hexadecimal digits, divided by the same colon or dash. */
static size_t is_mac(const char *text)
{
        size_t at = 0;

        for (unsigned i = 0; i < 6; i++, at += 2) {
                if (i > 0 && (text[at] != text[2] || (text[at] != ':' && text[at] != '-')))
                        return 0;
                at += i > 0;
                if (!isxdigit((unsigned char)text[at]) || !isxdigit((unsigned char)text[at + 1]))
                        return 0;
        }
        return is_word(text[at]) ? 0 : at;
}

/* Four numbers; a version has fewer, or no such limits: 610.43.02 stays. */
static size_t is_address(const char *text)
{
        unsigned parts[4];
        int length = 0;

        if (sscanf(text, "%3u.%3u.%3u.%3u%n", &parts[0], &parts[1], &parts[2], &parts[3],
                    &length) != 4 ||
                is_word(text[length]))
                return 0;
        for (unsigned i = 0; i < 4; i++)
                if (parts[i] > 255)
                        return 0;
        return (size_t)length;
}

/* From the first colon pair on: fe80::1, 2001:db8::2. */
static size_t is_address6(const char *text)
{
        size_t length = strspn(text, "0123456789abcdefABCDEF:"), colons = 0;

        for (size_t i = 0; i < length; i++)
                colons += text[i] == ':';
        return colons >= 2 && memmem(text, length, "::", 2) ? length : 0;
}

/* "GPU-1ec2f3a4-…" and "MIG-…", whole or cut. */
static size_t is_gpu(const char *text)
{
        size_t length = strspn(text + 4 * (strlen(text) > 4), "0123456789abcdefABCDEF-/");

        return (strncmp(text, "GPU-", 4) == 0 || strncmp(text, "MIG-", 4) == 0) && length > 1
                       ? 4 + length
                       : 0;
}

static size_t is_path(const char *text)
{
        return *text == '/' ? strcspn(text, " \t\n\"'(),;") : 0;
}

/* "serial 0123", "S/N: 0123", "serial number=0123" */
static size_t is_serial(const char *text)
{
        static const char *const heads[] = { "serial number", "serial", "s/n", "asset tag",
                "uuid" };

        for (size_t i = 0; i < COUNT(heads); i++) {
                size_t length = strlen(heads[i]), between;

                if (strncasecmp(text, heads[i], length) != 0 || is_word(text[length]))
                        continue;
                between = strspn(text + length, " :=#\"");
                return between > 0
                               ? length + between + strcspn(text + length + between, " \t\n,;\"")
                               : 0;
        }
        return 0;
}

/* Long runs of digits and capitals are numbers of something: a board, a card. */
static size_t is_number(const char *text)
{
        size_t length = 0, digits = 0;

        while (isupper((unsigned char)text[length]) || isdigit((unsigned char)text[length]))
                digits += isdigit((unsigned char)text[length++]) != 0;
        return length >= 10 && digits >= 6 && !is_word(text[length]) ? length : 0;
}

static const struct {
        size_t (*is)(const char *text);
        const char *word;
} kinds[] = {
        { is_gpu, "[gpu]" },
        { is_uuid, "[uuid]" },
        { is_mac, "[mac]" },
        { is_address, "[address]" },
        { is_address6, "[address]" },
        { is_serial, "[serial]" },
        { is_path, "[path]" },
        { is_number, "[number]" },
};

static size_t is_name(const char *text, const char *const names[])
{
        for (; *names; names++) {
                size_t length = strlen(*names);

                if (length > 0 && strncasecmp(text, *names, length) == 0 && !is_word(text[length]))
                        return length;
        }
        return 0;
}

static void add_bytes(struct buffer *buffer, const char *text, size_t length)
{
        _cleanup_free_ char *piece = memory_copy_text(text, length);

        buffer_add(buffer, piece);
}

/* What starts at `text`, and the word that takes its place; 0: nothing. */
static size_t find(const char *text, const char *const names[], const char **ret_word)
{
        size_t length = is_name(text, names);

        *ret_word = "[name]";
        for (size_t i = 0; length == 0 && i < COUNT(kinds); i++) {
                length = kinds[i].is(text);
                *ret_word = kinds[i].word;
        }
        return length;
}

char *share_clean(const char *text, const char *const names[])
{
        struct buffer clean = { 0 };
        bool inside = false; /* a word has begun before */

        buffer_add(&clean, "");
        while (*text) {
                const char *word;
                size_t length = inside ? 0 : find(text, names, &word);

                if (length > 0)
                        buffer_add(&clean, word);
                else
                        add_bytes(&clean, text, 1);
                inside = length == 0 && is_word(*text);
                text += length > 0 ? length : 1;
        }
        return clean.data;
}

/* --- command lines --- */

/* What these are set to is a number, a size or one of some words. */
static const char *const harmless[] = { "dom0", "dom0-iommu", "dom0_mem", "dom0_max_vcpus", "iommu",
        "intel_iommu", "amd_iommu", "swiotlb", "watchdog", "watchdog_timeout", "panic", "pat",
        "nopat", "pci", "pcie_aspm", "mem", "maxcpus", "smt", "sched", "xpti", "spec-ctrl", "ucode",
        "x2apic", "cpufreq", "max_cstate", "mitigations", "hpet", "rdinit", "forestage.guard",
        "numa", "vga", "quiet", "ro", "nolvm", "splash", "noreboot", "loglvl", "guest_loglvl",
        "log_buf_len", "transparent_hugepage", "iomem", "noefi" };

static bool is_harmless(const char *name, size_t length)
{
        for (size_t i = 0; i < COUNT(harmless); i++)
                if (strlen(harmless[i]) == length && memcmp(harmless[i], name, length) == 0)
                        return true;
        return false;
}

char *share_options(const char *line)
{
        struct buffer options = { 0 };

        buffer_add(&options, "");
        while (*line) {
                size_t length = strcspn(line, " \t\n"), name = strcspn(line, "= \t\n");

                if (length > 0 && options.length > 0)
                        buffer_add(&options, " ");
                if (is_harmless(line, name)) {
                        add_bytes(&options, line, length);
                } else if (length > 0) {
                        const bool known = strcspn(line, "=") < length;

                        add_bytes(&options, line, known ? name : 0);
                        buffer_add(&options, known ? "=[value]" : "[option]");
                }
                line += length;
                line += strspn(line, " \t\n");
        }
        return options.data;
}

/* --- the document --- */

/* How the value of a key comes out. */
enum form { AS_TEXT, AS_WORD, AS_OURS, AS_PAT, AS_NUMBER, AS_FLAG, AS_OPTIONS };

struct key {
        const char *key;
        enum form form;
};

/* What a program writes itself: letters, digits and a few signs, and no more of them than that. */
static bool is_plain(const char *text)
{
        return strlen(text) <= 64 &&
               strspn(text,
                       "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._+:-") ==
                       strlen(text);
}

/* A word of this program's own, which stays, also where a host is called so. */
static bool is_ours(const char *text)
{
        static const char *const words[] = { "pass", "fail", "error", "timeout", "skip", "notrun",
                "empty", "incomplete", "pv", "pvh", "hvm", "bare", "xen", "other", "equal",
                "different", "none", "mode", "baseline" };

        for (size_t i = 0; i < COUNT(words); i++)
                if (strcmp(words[i], text) == 0)
                        return true;
        for (size_t i = 0; obstacle_steps[i]; i++)
                if (strcmp(obstacle_steps[i], text) == 0)
                        return true;
        for (enum trial_phase i = TRIAL_NONE; i < TRIAL_PHASES; i++)
                if (strcmp(trial_phase_name(i), text) == 0)
                        return true;
        return false;
}

/* IA32_PAT as the records have it: eight types, each a byte of 0 to 7. */
static bool is_pat(const char *text)
{
        return strlen(text) == 16 && strspn(text, "01234567") == 16;
}

static json_t *shared(const json_t *value, enum form form, const char *const names[])
{
        const char *text = json_string_value(value);
        _cleanup_free_ char *clean = NULL;
        json_t *result = NULL;

        if (text && (form == AS_TEXT || (form == AS_WORD && is_plain(text))))
                clean = share_clean(text, names);
        else if (text && form == AS_OPTIONS)
                clean = share_options(text);
        else if (text && ((form == AS_PAT && is_pat(text)) || (form == AS_OURS && is_ours(text))))
                clean = memory_copy(text);
        if (clean)
                result = json_string(clean);
        else if (form == AS_NUMBER && json_is_number(value))
                result = json_copy((json_t *)value);
        else if (form == AS_FLAG && json_is_boolean(value))
                result = json_boolean(json_is_true(value));
        return result ? result : json_null();
}

static json_t *pick(const json_t *object, const struct key keys[], const char *const names[])
{
        json_t *picked = json_object();

        for (; keys->key; keys++)
                set_value(
                        picked, keys->key, shared(get_value(object, keys->key), keys->form, names));
        return picked;
}

static json_t *pick_list(const json_t *list, const struct key keys[], const char *const names[])
{
        json_t *picked = json_array();
        const json_t *entry;
        size_t i;

        json_array_foreach(list, i, entry)
                json_array_append_new(picked, pick(entry, keys, names));
        return picked;
}

static const struct key whole_keys[] = { { "mode", AS_OURS }, { "cached", AS_FLAG },
        { "stay", AS_FLAG }, { "phase", AS_OURS }, { "verdict", AS_OURS }, { "rehearsal", AS_FLAG },
        { "xen", AS_WORD }, { "kernel", AS_WORD }, { "hypervisor", AS_OURS }, { "pat", AS_TEXT },
        { "iommu", AS_TEXT }, { "cpu", AS_WORD }, { "version", AS_WORD }, { NULL, 0 } };
static const struct key option_keys[] = { { "xen", AS_OPTIONS }, { "dom0", AS_OPTIONS },
        { "host_xen", AS_OPTIONS }, { "host_dom0", AS_OPTIONS }, { NULL, 0 } };
static const struct key obstacle_keys[] = { { "step", AS_OURS }, { "why", AS_TEXT }, { NULL, 0 } };
static const struct key note_keys[] = { { "step", AS_OURS }, { "text", AS_TEXT }, { NULL, 0 } };
static const struct key step_keys[] = { { "step", AS_OURS }, { "title", AS_TEXT },
        { "status", AS_OURS }, { "seconds", AS_NUMBER }, { "reason", AS_TEXT },
        { "device", AS_NUMBER }, { NULL, 0 } };
static const struct key side_keys[] = { { "status", AS_OURS }, { "wall_s", AS_NUMBER },
        { NULL, 0 } };
static const struct key figure_keys[] = { { "baseline", AS_NUMBER }, { "dom0", AS_NUMBER },
        { "ratio", AS_NUMBER }, { NULL, 0 } };
static const struct key where_keys[] = { { "pat", AS_PAT }, { "pat_names", AS_TEXT },
        { "kernel", AS_WORD }, { "driver", AS_WORD }, { "firmware", AS_WORD },
        { "cuda_version", AS_NUMBER }, { NULL, 0 } };
static const struct key device_keys[] = { { "name", AS_TEXT }, { "memory_bytes", AS_NUMBER },
        { "compute", AS_WORD }, { NULL, 0 } };

static json_t *share_lines(const json_t *list, const char *const names[])
{
        json_t *lines = json_array();
        const json_t *line;
        size_t i;

        json_array_foreach(list, i, line)
                json_array_append_new(lines, shared(line, AS_TEXT, names));
        return lines;
}

static json_t *share_obstacle(const json_t *obstacle, const char *const names[])
{
        json_t *picked;

        if (!json_is_object(obstacle))
                return json_null();
        picked = pick(obstacle, obstacle_keys, names);
        set_value(picked, "kernel", share_lines(get_value(obstacle, "kernel"), names));
        return picked;
}

/* The names of figures come from the records; those of outputs are in them, and files are named. */
static json_t *share_figures(const json_t *list, const char *const names[])
{
        static const char *const known[] = { "wall_s", "timings.init_s", "timings.load_s",
                "timings.copy_in_s", "timings.kernel_s", "timings.copy_out_s" };
        json_t *picked = json_array();
        const json_t *figure;
        size_t i;

        json_array_foreach(list, i, figure) {
                const char *key = get_text(figure, "key");
                bool good = strncmp(key, "check.tests.", strlen("check.tests.")) == 0;
                json_t *one;

                for (size_t k = 0; k < COUNT(known); k++)
                        good |= strcmp(key, known[k]) == 0;
                if (!good || !is_plain(key))
                        continue;
                one = pick(figure, figure_keys, names);
                set_value(one, "key", json_string(key));
                json_array_append_new(picked, one);
        }
        return picked;
}

static json_t *share_jobs(const json_t *list, const char *const names[])
{
        json_t *picked = json_array(), *numbers = json_object();
        const json_t *entry;
        size_t i;

        json_array_foreach(list, i, entry) {
                const char *job = get_text(entry, "job");
                char name[32];

                if (!get_value(numbers, job))
                        set_value(numbers, job,
                                json_integer((json_int_t)json_object_size(numbers) + 1));
                snprintf(name, sizeof(name), "job %lld", get_integer(numbers, job));
                json_array_append_new(picked,
                        json_pack("{s:s, s:o, s:o, s:o, s:o, s:o}", "job", name, "device",
                                shared(get_value(entry, "device"), AS_NUMBER, names), "baseline",
                                pick(get_value(entry, "baseline"), side_keys, names), "dom0",
                                pick(get_value(entry, "dom0"), side_keys, names), "outputs",
                                shared(get_value(entry, "outputs"), AS_OURS, names), "figures",
                                share_figures(get_value(entry, "figures"), names)));
        }
        json_decref(numbers);
        return picked;
}

static json_t *share_run(const json_t *run, const char *const names[])
{
        if (!json_is_object(run))
                return json_null();
        return json_pack("{s:o, s:o, s:o}", "verdict",
                shared(get_value(run, "verdict"), AS_OURS, names), "where",
                pick(get_value(run, "where"), where_keys, names), "devices",
                pick_list(get_value(run, "devices"), device_keys, names));
}

/* What jobs are called is in sentences, too. An array that ends with NULL; the caller frees it. */
static const char **add_jobs(const json_t *comparison, const char *const names[])
{
        size_t count = 0, i;
        const char **all;
        const json_t *entry;

        while (names[count])
                count++;
        all = memory_get((count + json_array_size(comparison) + 1) * sizeof(*all));
        memcpy(all, names, count * sizeof(*all));
        json_array_foreach(comparison, i, entry)
                all[count++] = get_text(entry, "job");
        return all;
}

json_t *share_make(const json_t *outcome, const char *const names[])
{
        _cleanup_free_ const char **all = add_jobs(get_value(outcome, "comparison"), names);
        json_t *picked = pick(outcome, whole_keys, all);
        const json_t *driver = get_value(outcome, "driver");

        set_value(picked, "schema", json_string("forestage-trial-share/1"));
        set_value(picked, "driver", shared(get_value(driver, "version"), AS_WORD, all));
        set_value(picked, "options", pick(get_value(outcome, "options"), option_keys, all));
        set_value(picked, "obstacle", share_obstacle(get_value(outcome, "obstacle"), all));
        set_value(picked, "notes", pick_list(get_value(outcome, "notes"), note_keys, all));
        set_value(picked, "ladder", pick_list(get_value(outcome, "ladder"), step_keys, all));
        set_value(picked, "baseline", share_run(get_value(outcome, "baseline"), all));
        set_value(picked, "dom0", share_run(get_value(outcome, "dom0"), all));
        set_value(picked, "comparison", share_jobs(get_value(outcome, "comparison"), all));
        set_value(picked, "kernel_log", share_lines(get_value(outcome, "kernel_log"), all));
        return picked;
}
