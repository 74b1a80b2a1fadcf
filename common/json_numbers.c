/* Decides which numbers of a JSON tree must be remembered as they were written. */
#include "common/json.h"

#include <stdlib.h>
#include <string.h>

/* The next number of a JSON text that is known to be good; *end after it. NULL when there are no more. */
static const char *next_number(const char *at, const char **end)
{
    while (*at && !strchr("-0123456789", *at)) {
        if (*at++ != '"')
            continue;
        for (; *at && *at != '"'; at++)
            at += *at == '\\' && at[1];
        at += *at != '\0';
    }
    *end = at + strspn(at, "-+.0123456789eE");
    return *at ? at : NULL;
}

static void keep_number(cJSON *node, const char *start, size_t len)
{
    char *printed = base_json_print(node);

    if (strlen(printed) != len || memcmp(printed, start, len) != 0) {
        node->type = cJSON_Raw | (node->type & ~0xFF);
        node->valuestring = base_strndup(start, len);
    }
    free(printed);
}

/* Document order on both sides; returns where the text goes on. */
static const char *keep(cJSON *node, const char *at)
{
    cJSON *child;

    if (cJSON_IsNumber(node)) {
        const char *end, *start = next_number(at, &end);
        if (start) /* else a NUL byte among the blanks ends what can be followed */
            keep_number(node, start, (size_t)(end - start));
        return end;
    }
    cJSON_ArrayForEach(child, node) at = keep(child, at);
    return at;
}

void base_json_keep_numbers(cJSON *node, const char *text)
{
    (void)keep(node, text);
}
