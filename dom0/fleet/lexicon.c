#include "dom0/fleet/lexicon.h"

#include <stdlib.h>

#include "dom0/base/memory.h"

uint32_t lexicon_find(const struct lexicon *lexicon, const char *text)
{
        const json_t *number = json_object_get(lexicon->numbers, text);

        return number ? (uint32_t)json_integer_value(number) : LEXICON_NONE;
}

uint32_t lexicon_number(struct lexicon *lexicon, const char *text)
{
        uint32_t number = lexicon_find(lexicon, text);

        if (number != LEXICON_NONE)
                return number;
        if (!lexicon->numbers)
                lexicon->numbers = json_object();
        lexicon->texts = memory_grow(lexicon->texts, lexicon->count, sizeof(*lexicon->texts));
        lexicon->texts[lexicon->count] = memory_copy(text);
        json_object_set_new(lexicon->numbers, text, json_integer((json_int_t)lexicon->count));
        return (uint32_t)lexicon->count++;
}

const char *lexicon_text(const struct lexicon *lexicon, uint32_t number)
{
        return number < lexicon->count ? lexicon->texts[number] : "";
}

void lexicon_free(struct lexicon *lexicon)
{
        for (size_t i = 0; i < lexicon->count; i++)
                free(lexicon->texts[i]);
        free(lexicon->texts);
        json_decref(lexicon->numbers);
        *lexicon = (struct lexicon){ 0 };
}
