#include "dom0/grub/grubscript.h"

#include <stdlib.h>
#include <string.h>

#include "dom0/base/memory.h"
#include "dom0/grub/grubparameters.h"
#include "lib/cleanup.h"
#include "lib/text.h"

#define MAX_DEPTH   64u
#define MAX_ENTRIES 4096u
#define MAX_FILES   64u
#define MAX_STEPS   50000u /* pieces read in all: functions, loops and files may read some again */

static const char *const no_keywords[] = { NULL };

static enum grub_piece read_block(
        struct grub_script *script, bool active, const char *const ends[]);

static bool is_active(const struct grub_script *script, bool active)
{
        return active && !script->left && !script->ended && script->loop == GRUB_GOES_ON &&
               script->depth <= MAX_DEPTH;
}

static void give_up(struct grub_script *script, const char *what)
{
        script->ended = true;
        if (!script->state.unread)
                script->state.unread = memory_copy(what);
}

/*
 * Reads up to one of the keywords `ends` (none: the `}`) of what starts in `line`. Where the text
 * ends before, as in a file that was cut off, GRUB takes none of it.
 */
static void read_whole(
        struct grub_script *script, bool active, const char *const ends[], unsigned line)
{
        enum grub_piece wanted = ends[0] ? GRUB_KEYWORD : GRUB_CLOSE;

        if (read_block(script, active, ends) != wanted)
                grub_state_unread(&script->state, line, script->file,
                        "what starts in this line has no end, so that GRUB does not take it");
}

/* --- places --- */

static struct grub_place here(const struct grub_script *script)
{
        return (struct grub_place){ script->words.at, script->words.next_line, script->file };
}

static void go_to(struct grub_script *script, struct grub_place place)
{
        script->words.at = place.at;
        script->words.next_line = place.line;
        script->file = place.file;
}

static char *keep(struct grub_script *script, char *text)
{
        script->texts = memory_grow(script->texts, script->texts_count, sizeof(*script->texts));
        script->texts[script->texts_count++] = text;
        return text;
}

static void drop_returns(char *text)
{
        char *out = text;

        for (; *text; text++)
                if (*text != '\r')
                        *out++ = *text;
        *out = '\0';
}

/* --- functions and other files --- */

static void call(struct grub_script *script, const struct grub_function *function)
{
        json_t *before = grub_parameters_set(
                script->state.variables, script->words.word + 1, script->words.count - 1);
        struct grub_place back = here(script);
        unsigned loops = script->loops;

        go_to(script, function->body);
        script->calls++;
        script->loops = 0; /* a function leaves none of its caller's */
        read_block(script, true, no_keywords);
        script->loops = loops;
        script->calls--;
        script->left = false;
        go_to(script, back);
        grub_parameters_restore(script->state.variables, before);
}

static const struct grub_function *find_function(const struct grub_script *script, const char *name)
{
        for (size_t i = script->functions_count; i > 0; i--)
                if (strcmp(script->functions[i - 1].name, name) == 0)
                        return &script->functions[i - 1];
        return NULL;
}

/* Forgets those behind the first `count`. */
static void drop_functions(struct grub_script *script, size_t count)
{
        while (script->functions_count > count)
                free(script->functions[--script->functions_count].name);
}

static void run_text(struct grub_script *script, const char *text, const char *file)
{
        go_to(script, (struct grub_place){ text, 1, file });
        while (*script->words.at && !script->ended)
                if (read_block(script, true, no_keywords) == GRUB_CLOSE)
                        grub_state_unread(&script->state, script->words.line, script->file,
                                "it closes what was not opened");
}

/* The words name a file: its text, kept. NULL: there is none. */
static char *read_named(struct grub_script *script, const char **ret_file)
{
        const char *name = script->words.count > 1 ? script->words.word[1] : "";
        _cleanup_free_ char *device = NULL;
        char *text;

        if (script->texts_count > 2 * MAX_FILES) {
                give_up(script, "it reads too many files");
                return NULL;
        }
        text = grub_state_read(&script->state, name);
        grub_state_finish(&script->state, text != NULL);
        if (!text)
                return NULL;
        drop_returns(text);
        *ret_file = keep(script, memory_copy(grub_path_split(name, "", &device)));
        return keep(script, text);
}

static void source(struct grub_script *script)
{
        struct grub_place back = here(script);
        const char *file, *text = read_named(script, &file);

        if (!text)
                return;
        run_text(script, text, file);
        go_to(script, back);
}

/* Another configuration with a menu of its own, and only the variables that were exported. */
static void take_over(struct grub_script *script)
{
        struct grub_place back = here(script);
        struct grub_entry *menu = script->state.entry;
        const char *file, *text;

        if (!menu->submenu) {
                grub_state_unread(&script->state, script->words.line, script->file,
                        "this configuration is not read here");
                return;
        }
        text = read_named(script, &file);
        if (!text)
                return;
        for (size_t i = 0; i < menu->children_count; i++)
                grub_entry_free(&menu->children[i]);
        menu->children_count = 0;
        grub_variables_drop(script->state.variables, script->state.exported);
        run_text(script, text, file);
        script->ended = true;
        go_to(script, back);
}

/* --- entries --- */

/* The brace must stand in the same line. `ret_body` stays as it is when there is none. */
static void skip_body(struct grub_script *script, struct grub_place *ret_body)
{
        unsigned line = script->words.line;

        if (*script->words.at != '{') {
                grub_words_complain(&script->words);
                return;
        }
        grub_words_next(&script->words);
        *ret_body = here(script);
        read_whole(script, false, no_keywords, line);
}

static bool is_entry(const struct grub_words *words)
{
        return words->count > 0 &&
               (strcmp(words->word[0], "menuentry") == 0 || strcmp(words->word[0], "submenu") == 0);
}

/* Its names are read now, its body when the whole script has been. */
static void add_entry(struct grub_script *script)
{
        struct grub_entry *menu = script->state.entry, *entry;
        bool submenu = strcmp(script->words.word[0], "submenu") == 0;

        if (script->entries++ >= MAX_ENTRIES) {
                give_up(script, "it has too many entries");
                return;
        }
        menu->children = memory_grow(menu->children, menu->children_count, sizeof(*menu->children));
        entry = &menu->children[menu->children_count++];
        *entry = (struct grub_entry){ .submenu = submenu,
                .line = script->words.line,
                .file = script->file ? memory_copy(script->file) : NULL };
        grub_entry_name(entry, script->words.word, script->words.count);
        skip_body(script, &entry->body);
}

static void run_entry(struct grub_script *script, struct grub_entry *entry);

/* A submenu's entries get its variables, and what default its body has set. */
static void run_children(struct grub_script *script, struct grub_entry *menu)
{
        const char *chosen = grub_variables_get(script->state.variables, "default");

        if (menu->submenu && *chosen)
                menu->default_entry = memory_copy(chosen);
        for (size_t i = 0; i < menu->children_count; i++)
                run_entry(script, &menu->children[i]);
}

/*
 * What the entry does when it is chosen: with a copy of the variables as they are, of which a
 * submenu gets only those that were exported; and the default has been used up.
 */
static void run_entry(struct grub_script *script, struct grub_entry *entry)
{
        json_t *outer = script->state.variables, *exported = script->state.exported, *inner;
        size_t functions = script->functions_count;

        if (!entry->body.at)
                return;
        inner = json_copy(outer);
        if (entry->submenu)
                grub_variables_drop(inner, exported);
        json_object_del(inner, "default");
        script->state.variables = script->words.variables = inner;
        script->state.exported = json_copy(exported);
        script->state.entry = entry;
        grub_variables_set(inner, "chosen", entry->title);
        json_decref(grub_parameters_set(inner, entry->parameters, entry->parameters_count));
        go_to(script, entry->body);
        script->calls++;
        if (++script->depth <= MAX_DEPTH) {
                read_block(script, true, no_keywords);
                script->left = script->ended = false;
                run_children(script, entry);
        }
        script->depth--;
        script->calls--;
        drop_functions(script, functions);
        json_decref(script->state.exported);
        script->state.exported = exported;
        script->state.variables = script->words.variables = outer;
        json_decref(inner);
}

/* --- blocks --- */

/* return [NUMBER]: 0 is success; without one, it is what the command before came to. */
static void leave(struct grub_script *script)
{
        const char *number = script->words.count > 1 ? script->words.word[1] : "";
        char *end;
        bool zero = strtoul(number, &end, 0) == 0;

        if (script->calls == 0) { /* GRUB complains and goes on */
                grub_state_finish(&script->state, false);
                return;
        }
        if (script->words.count > 2 || *end)
                grub_state_unread(&script->state, script->words.line, script->file,
                        "what return is given here is no number");
        if (script->words.count > 1)
                grub_state_finish(&script->state, zero);
        script->left = true;
}

/* break and continue; outside of a loop they do nothing. */
static void leave_loop(struct grub_script *script)
{
        bool breaks = strcmp(script->words.word[0], "break") == 0;

        if (script->words.count > 1)
                grub_state_unread(&script->state, script->words.line, script->file,
                        "leaving several loops at once is not followed here");
        grub_state_finish(&script->state, true);
        if (script->loops > 0)
                script->loop = breaks ? GRUB_BREAKS : GRUB_CONTINUES;
}

static const struct {
        const char *name;
        void (*run)(struct grub_script *script);
} flow[] = {
        { "source", source },
        { ".", source },
        { "configfile", take_over },
        { "return", leave },
        { "break", leave_loop },
        { "continue", leave_loop },
};

static bool is_flow(const char *name)
{
        for (size_t i = 0; i < sizeof(flow) / sizeof(flow[0]); i++)
                if (strcmp(name, flow[i].name) == 0)
                        return true;
        return false;
}

static void run_named(struct grub_script *script)
{
        const struct grub_words *words = &script->words;
        const char *name = words->count > 0 ? words->word[0] : "";
        const struct grub_function *function = find_function(script, name);

        if (function) {
                call(script, function);
                return;
        }
        for (size_t i = 0; i < sizeof(flow) / sizeof(flow[0]); i++)
                if (strcmp(name, flow[i].name) == 0) {
                        flow[i].run(script);
                        return;
                }
        grub_command_run(&script->state, words->word, words->count, words->line, script->file);
}

static void note_pattern(struct grub_script *script)
{
        if (script->words.pattern)
                grub_state_unread(&script->state, script->words.line, script->file,
                        "names of files with * or ? are not followed here");
}

/* A command, a function, or `!` and one of them. */
static void run_command(struct grub_script *script)
{
        bool invert = grub_words_drop_sign(&script->words);

        note_pattern(script);
        run_named(script);
        if (invert)
                grub_state_finish(&script->state, !script->state.status);
}

/* if CONDITION; then … elif CONDITION; then … else … fi; the `if` has been read. */
static void read_if(struct grub_script *script, bool active)
{
        static const char *const then[] = { "then", NULL };
        static const char *const ends[] = { "elif", "else", "fi", NULL }, *const fi[] = { "fi",
                NULL };
        unsigned line = script->words.line;
        bool taken = false;

        do {
                bool holds;

                if (is_active(script, active && !taken))
                        script->state.status = false;
                read_whole(script, active && !taken, then, line);
                holds = is_active(script, active && !taken) && script->state.status;
                read_whole(script, holds, ends, line);
                taken |= holds;
        } while (script->words.count > 0 && strcmp(script->words.word[0], "elif") == 0);
        if (script->words.count > 0 && strcmp(script->words.word[0], "else") == 0) {
                read_whole(script, active && !taken, fi, line);
                taken |= is_active(script, active);
        }
        if (!taken && is_active(script, active)) /* nothing was run, and nothing failed */
                grub_state_finish(&script->state, true);
}

/* for NAME in WORD…; do … done; the `for` has been read. */
static void read_for(struct grub_script *script, bool active)
{
        static const char *const none[] = { "do", NULL }, *const done[] = { "done", NULL };
        char *words[GRUB_MAX_WORDS];
        unsigned line = script->words.line;
        struct grub_place body;
        size_t count = 0;

        if (grub_words_next(&script->words) == GRUB_COMMAND && is_active(script, active)) {
                note_pattern(script);
                for (; count < script->words.count; count++)
                        words[count] = memory_copy(script->words.word[count]);
        }
        read_whole(script, false, none, line);
        body = here(script);
        script->loops++;
        for (size_t i = 2; i < count && is_active(script, true); i++) {
                grub_variables_set(script->state.variables, words[0], words[i]);
                go_to(script, body);
                read_whole(script, true, done, line);
                if (script->loop == GRUB_CONTINUES)
                        script->loop = GRUB_GOES_ON;
        }
        script->loops--;
        if (count > 0 && script->loop == GRUB_BREAKS)
                script->loop = GRUB_GOES_ON;
        if (count <= 2)
                read_whole(script, false, done, line);
        for (size_t i = 0; i < count; i++)
                free(words[i]);
}

static void read_function(struct grub_script *script, bool active)
{
        struct grub_function function = { 0 };
        unsigned line = script->words.line;

        if (grub_words_next(&script->words) == GRUB_COMMAND && script->words.count == 1)
                function.name = memory_copy(script->words.word[0]);
        skip_body(script, &function.body);
        if (function.name && function.body.at && is_active(script, active) &&
                script->functions_count < MAX_ENTRIES) {
                script->functions = memory_grow(
                        script->functions, script->functions_count, sizeof(*script->functions));
                script->functions[script->functions_count++] = function;
                if (grub_command_is_known(function.name) || is_flow(function.name))
                        grub_state_unread(&script->state, line, script->file,
                                "a function is called like a command of GRUB's");
        } else {
                free(function.name);
        }
}

/* Loops with a condition are not followed: nothing that a menu is made of has them. */
static void read_loop(struct grub_script *script, bool active)
{
        static const char *const done[] = { "done", NULL };
        unsigned line = script->words.line;

        if (is_active(script, active))
                grub_state_unread(&script->state, script->words.line, script->file,
                        "loops with a condition are not followed here");
        read_whole(script, false, done, line);
}

static void read_keyword(struct grub_script *script, bool active)
{
        static const struct {
                const char *word;
                void (*read)(struct grub_script *script, bool active);
        } keywords[] = {
                { "if", read_if },
                { "for", read_for },
                { "while", read_loop },
                { "until", read_loop },
                { "function", read_function },
        };

        for (size_t i = 0; i < sizeof(keywords) / sizeof(keywords[0]); i++)
                if (strcmp(script->words.word[0], keywords[i].word) == 0) {
                        keywords[i].read(script, active);
                        return;
                }
        grub_state_unread(
                &script->state, script->words.line, script->file, "it closes what was not opened");
}

static void note_bad_line(struct grub_script *script)
{
        if (script->words.bad_line == 0)
                return;
        grub_state_unread(&script->state, script->words.bad_line, script->file,
                "GRUB does not take this line");
        script->words.bad_line = 0;
}

/* Follows the script up to a }, one of the keywords `ends`, or its end: returns which it was. */
static enum grub_piece read_block(struct grub_script *script, bool active, const char *const ends[])
{
        enum grub_piece piece;

        script->depth++;
        while ((piece = grub_words_next(&script->words)) != GRUB_END && piece != GRUB_CLOSE) {
                note_bad_line(script);
                if (++script->steps > MAX_STEPS) {
                        give_up(script, "it goes on for too long");
                        script->words.at += strlen(script->words.at);
                }
                if (script->depth > MAX_DEPTH) {
                        if (active && !script->ended)
                                give_up(script, "it is nested too deep");
                        continue;
                }
                if (piece == GRUB_OPEN)
                        read_whole(script, false, no_keywords, script->words.line);
                else if (piece == GRUB_KEYWORD && text_is_one_of(script->words.word[0], ends))
                        break;
                else if (piece == GRUB_KEYWORD)
                        read_keyword(script, active);
                else if (!is_active(script, active))
                        continue;
                else if (!is_entry(&script->words))
                        run_command(script);
                else if (script->state.entry->submenu)
                        add_entry(script);
        }
        script->depth--;
        return piece;
}

void grub_script_run(struct grub_script *script, const char *text, const struct grub_files *files,
        struct grub_entry *menu)
{
        char *copy = memory_copy(text);

        *script = (struct grub_script){ .state = { .variables = json_object(),
                                                .exported = json_object(),
                                                .files = files,
                                                .entry = menu } };
        drop_returns(copy);
        keep(script, copy);
        grub_variables_start(script->state.variables, files->device, files->folder);
        grub_words_open(copy, script->state.variables, &script->words);
        run_text(script, copy, NULL);
        note_bad_line(script);
        script->ended = false;
        for (size_t i = 0; i < menu->children_count; i++)
                run_entry(script, &menu->children[i]);
}

void grub_script_free(struct grub_script *script)
{
        grub_words_close(&script->words);
        for (size_t i = 0; i < script->texts_count; i++)
                free(script->texts[i]);
        free(script->texts);
        drop_functions(script, 0);
        free(script->functions);
        json_decref(script->state.variables);
        json_decref(script->state.exported);
        grub_once_free(&script->state.once);
        free(script->state.unread);
        *script = (struct grub_script){ 0 };
}
