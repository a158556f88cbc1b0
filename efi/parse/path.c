#include "efi/parse/path.h"

const char *path_strerror(enum path_error error)
{
        static const char *const messages[] = {
                [PATH_OK] = "no error",
                [PATH_EMPTY] = "path is empty",
                [PATH_LONG] = "path is longer than 240 bytes",
                [PATH_ABSOLUTE] = "path is absolute",
                [PATH_BACKSLASH] = "path contains a backslash",
                [PATH_HOLE] = "path has an empty component",
                [PATH_DOTS] = "path leaves the folder or has a component of dots",
                [PATH_CHARACTER] = "path has a character other than plain ASCII or one of \"*:<>?|",
                [PATH_ENDING] = "path has a component that ends in a dot or blank",
        };

        return messages[error];
}

static bool is_allowed(char c)
{
        static const char refused[] = "\"*:<>?|";

        if (c < 0x20 || c > 0x7e)
                return false;
        for (size_t i = 0; refused[i]; i++)
                if (c == refused[i])
                        return false;
        return true;
}

static enum path_error check_component(struct slice component)
{
        if (component.length == 0)
                return PATH_HOLE;
        if (slice_equal(component, SLICE(".")) || slice_equal(component, SLICE("..")))
                return PATH_DOTS;
        for (size_t i = 0; i < component.length; i++) {
                if (component.data[i] == '\\')
                        return PATH_BACKSLASH;
                if (!is_allowed(component.data[i]))
                        return PATH_CHARACTER;
        }

        char last = component.data[component.length - 1];

        return last == '.' || last == ' ' ? PATH_ENDING : PATH_OK;
}

enum path_error path_check(struct slice path)
{
        size_t start = 0;

        if (path.length == 0)
                return PATH_EMPTY;
        if (path.length > PATH_MAX_BYTES)
                return PATH_LONG;
        if (path.data[0] == '/')
                return PATH_ABSOLUTE;
        for (size_t i = 0; i <= path.length; i++) {
                if (i < path.length && path.data[i] != '/')
                        continue;

                enum path_error error =
                        check_component((struct slice){ path.data + start, i - start });

                if (error)
                        return error;
                start = i + 1;
        }
        return PATH_OK;
}

static int fold(char c)
{
        return c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c;
}

int path_compare(struct slice left, struct slice right)
{
        for (size_t i = 0; i < left.length && i < right.length; i++) {
                int difference = fold(left.data[i]) - fold(right.data[i]);

                if (difference)
                        return difference;
        }
        return (left.length > right.length) - (left.length < right.length);
}

bool path_same(struct slice left, struct slice right)
{
        return path_compare(left, right) == 0;
}

void path_to_firmware(struct slice path, uint16_t ret_units[PATH_MAX_UNITS])
{
        size_t i = 0;

        for (; i < path.length && i < PATH_MAX_BYTES; i++)
                ret_units[i] = path.data[i] == '/' ? '\\' : (uint8_t)path.data[i];
        ret_units[i] = 0;
}

enum path_error path_from_esp(struct slice text, char ret_path[PATH_MAX_BYTES + 1])
{
        char path[PATH_MAX_BYTES + 1];
        enum path_error error;

        if (text.length > 0 && (text.data[0] == '\\' || text.data[0] == '/')) {
                text.data++;
                text.length--;
        }
        if (text.length > PATH_MAX_BYTES)
                return PATH_LONG;
        for (size_t i = 0; i < text.length; i++)
                path[i] = text.data[i] == '\\' ? '/' : text.data[i];
        path[text.length] = 0;
        error = path_check((struct slice){ path, text.length });
        if (error)
                return error;
        for (size_t i = 0; i <= text.length; i++)
                ret_path[i] = path[i];
        return PATH_OK;
}
