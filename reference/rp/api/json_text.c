/* Decides which JSON texts can be kept as they are written: UTF-8, no NUL inside a text, no member named twice (RFC 8259 leaves to the
 * reader what such a text means: two readers would see two things). */
#include "reference/rp/api/json_text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Length of the UTF-8 sequence at `text`; 0 when it is none (RFC 3629: no overlong form, no surrogate, at most U+10FFFF). */
static size_t sequence(const unsigned char *text, size_t left)
{
    static const struct {
        unsigned char from, to, second_from, second_to;
        size_t length;
    } FORMS[] = {
        {0x00, 0x7f, 0x80, 0xbf, 1}, {0xc2, 0xdf, 0x80, 0xbf, 2}, {0xe0, 0xe0, 0xa0, 0xbf, 3},
        {0xe1, 0xec, 0x80, 0xbf, 3}, {0xed, 0xed, 0x80, 0x9f, 3}, {0xee, 0xef, 0x80, 0xbf, 3},
        {0xf0, 0xf0, 0x90, 0xbf, 4}, {0xf1, 0xf3, 0x80, 0xbf, 4}, {0xf4, 0xf4, 0x80, 0x8f, 4}};

    for (size_t i = 0; i < sizeof FORMS / sizeof *FORMS; i++) {
        size_t length = FORMS[i].length;
        if (text[0] < FORMS[i].from || text[0] > FORMS[i].to || length > left)
            continue;
        bool good =
            length == 1 || (text[1] >= FORMS[i].second_from && text[1] <= FORMS[i].second_to);
        for (size_t at = 2; good && at < length; at++)
            good = (text[at] & 0xc0) == 0x80;
        return good ? length : 0;
    }
    return 0;
}

size_t rp_utf8_span(const char *text, size_t len)
{
    size_t at = 0, step;

    while (at < len && (step = sequence((const unsigned char *)text + at, len - at)) > 0)
        at += step;
    return at;
}

void rp_utf8_keep_whole(char *text)
{
    size_t left = strlen(text), span;
    char *to = text;

    for (;;) {
        span = rp_utf8_span(text, left);
        memmove(to, text, span);
        to += span;
        if (span == left)
            break;
        text += span + 1;
        left -= span + 1;
    }
    *to = '\0';
}

size_t rp_utf8_length(const char *text)
{
    size_t count = 0;

    for (; *text; text++)
        count += (*text & 0xc0) != 0x80;
    return count;
}

/* Where a text of the document holds the escape of U+0000; len: nowhere. */
static size_t find_nul(const char *text, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        if (!text[i])
            return i;
        if (text[i] != '\\')
            continue;
        if (len - i >= 6 && !memcmp(text + i, "\\u0000", 6))
            return i;
        i++; /* the escaped character is no backslash that escapes */
    }
    return len;
}

static int by_name(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* The name that two members have; NULL: none. Sorted, for an object may have 100,000. */
static const char *named_twice(const cJSON *object)
{
    size_t count = (size_t)cJSON_GetArraySize(object), used = 0;
    const char **names = base_alloc(count * sizeof *names + 1), *twice = NULL;
    const cJSON *child;

    cJSON_ArrayForEach(child, object) names[used++] = child->string;
    qsort(names, used, sizeof *names, by_name);
    for (size_t i = 1; !twice && i < used; i++)
        if (!strcmp(names[i - 1], names[i]))
            twice = names[i];
    free(names);
    return twice;
}

static void step_into(char *place, size_t size, const char *name, int index)
{
    size_t used = strlen(place);

    if (name)
        snprintf(place + used, size - used, "%s%s", used ? "." : "", name);
    else
        snprintf(place + used, size - used, "[%d]", index);
}

/* Depth first (the parser has a limit); `place` says where we are, in the end which member it is. */
static bool all_once(const cJSON *node, char *place, size_t size)
{
    const char *twice = cJSON_IsObject(node) ? named_twice(node) : NULL;
    size_t used = strlen(place);
    const cJSON *child;
    int index = 0;

    if (twice) {
        step_into(place, size, twice, 0);
        return false;
    }
    cJSON_ArrayForEach(child, node)
    {
        step_into(place, size, child->string, index++);
        if (!all_once(child, place, size))
            return false;
        place[used] = '\0';
    }
    return true;
}

bool rp_json_text_good(const char *text, size_t len, char *sentence, size_t size)
{
    size_t good = rp_utf8_span(text, len), nul = find_nul(text, len);

    if (good < len)
        snprintf(sentence, size, "byte %zu is not UTF-8", good + 1);
    else if (nul < len)
        snprintf(sentence, size, "byte %zu is a NUL character, which no text may hold", nul + 1);
    return good == len && nul == len;
}

bool rp_json_members_once(const cJSON *node, char *sentence, size_t size)
{
    char place[200] = "";
    bool once = all_once(node, place, sizeof place);

    if (!once)
        snprintf(sentence, size, "the member %s is there twice", place);
    return once;
}
