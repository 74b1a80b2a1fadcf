/* Decides where in a configuration file a member stands, so that a fault can say line and column. */
#include "reference/rp/config_private.h"

#include <stdlib.h>
#include <string.h>

/* The text is JSON already: nothing has to be checked, only passed over. */
static const char *past_blanks(const char *at)
{
    return at + strspn(at, " \t\r\n");
}

static const char *past_text(const char *at)
{
    for (at++; *at && *at != '"'; at++)
        at += *at == '\\' && at[1];
    return *at ? at + 1 : at;
}

static const char *past_value(const char *at)
{
    int depth = 0;

    do {
        if (*at == '"') {
            at = past_text(at);
        } else {
            depth += (*at == '{' || *at == '[') - (*at == '}' || *at == ']');
            at++;
        }
        at = past_blanks(at);
    } while (*at && (depth > 0 || !strchr(",]}", *at)));
    return at;
}

/* The member `name` of the object at `at`, or its place in the array; NULL when it is not there. */
static const char *step_into(const char *at, const char *name, size_t len)
{
    bool array = *at == '[';
    size_t wanted = array ? strtoul(name, NULL, 10) : 0;

    if (*at != '{' && !array)
        return NULL;
    at = past_blanks(at + 1);
    for (size_t i = 0; *at && !strchr("]}", *at); i++) {
        const char *key = at + 1;
        bool found = array ? i == wanted : !strncmp(key, name, len) && key[len] == '"';
        if (found)
            return at;
        if (!array) /* "key" : value */
            at = past_blanks(past_blanks(past_text(at)) + 1);
        at = past_value(at);
        if (*at == ',')
            at = past_blanks(at + 1);
    }
    return NULL;
}

static const char *value_of(const char *at, bool member)
{
    return member ? past_blanks(past_blanks(past_text(at)) + 1) : at;
}

bool rp_config_place(const char *text, const char *path, int *line, int *column)
{
    const char *at = past_blanks(text), *found = NULL;
    bool member = false;

    while (*path) {
        size_t len = strcspn(path, ".[]");
        if (len) {
            if (found)
                at = value_of(found, member);
            member = *at == '{';
            found = step_into(at, path, len);
            if (!found)
                return false;
        }
        path += len + (path[len] != '\0');
    }
    *line = *column = 1;
    for (const char *c = text; found && c < found; c++) {
        *column = *c == '\n' ? 1 : *column + 1;
        *line += *c == '\n';
    }
    return found != NULL;
}
