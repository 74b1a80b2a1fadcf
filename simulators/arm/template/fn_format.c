/* Decides what format() makes of a composite format and its arguments. */
#include "simulators/arm/template/function.h"

#include "simulators/arm/template/dotnet.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

struct item { /* {index,alignment:format} */
    int index, alignment;
    char format[64];
};

static bool malformed(struct arm_fn *fn)
{
    return arm_fn_fail(fn, "the format string is not in a correct format: every item must be like "
                           "{0}, {0,8} or {0:D4}, braces are doubled");
}

static bool read_number(const char **at, int *out)
{
    bool negative = **at == '-';

    *at += negative;
    if (!isdigit((unsigned char)**at))
        return false;
    for (*out = 0; isdigit((unsigned char)**at) && *out < 100000; ++*at)
        *out = *out * 10 + (**at - '0');
    *out = negative ? -*out : *out;
    return true;
}

static void skip_blanks(const char **at)
{
    *at += strspn(*at, " ");
}

/* `at` behind the brace; returns what follows the item, NULL when it is malformed. */
static const char *read_item(const char *at, struct item *out)
{
    size_t len;

    *out = (struct item){0};
    if (!read_number(&at, &out->index) || out->index < 0)
        return NULL;
    skip_blanks(&at);
    if (*at == ',') {
        at++;
        skip_blanks(&at);
        if (!read_number(&at, &out->alignment))
            return NULL;
        skip_blanks(&at);
    }
    if (*at == ':') {
        len = strcspn(++at, "}");
        if (len >= sizeof(out->format))
            return NULL;
        memcpy(out->format, at, len);
        at += len;
    }
    return *at == '}' ? at + 1 : NULL;
}

/* Objects and arrays read as in an expression: {'a':'b','n':2}. */
static void put_quoted(const char *text, struct base_buf *out)
{
    base_buf_putc(out, '\'');
    for (; *text; text++) {
        if (*text == '\'' || *text == '\\')
            base_buf_putc(out, '\\');
        base_buf_putc(out, *text);
    }
    base_buf_putc(out, '\'');
}

static void put_json(const cJSON *value, struct base_buf *out)
{
    bool object = cJSON_IsObject(value);
    const cJSON *child;

    if (cJSON_IsString(value))
        return put_quoted(value->valuestring, out);
    if (!object && !cJSON_IsArray(value))
        return base_json_append(out, value);
    base_buf_putc(out, object ? '{' : '[');
    cJSON_ArrayForEach(child, value)
    {
        if (child != value->child)
            base_buf_putc(out, ',');
        if (object) {
            put_quoted(child->string, out);
            base_buf_putc(out, ':');
        }
        put_json(child, out);
    }
    base_buf_putc(out, object ? '}' : ']');
}

static bool put_value(const cJSON *value, const char *format, struct base_buf *out)
{
    int64_t number;

    if (arm_template_int(value, &number))
        return arm_dotnet_int(number, format, out);
    if (arm_value_number(value))
        return arm_dotnet_double(arm_value_double(value), format, out);
    if (cJSON_IsArray(value) || cJSON_IsObject(value))
        put_json(value, out);
    else
        arm_value_text(value, out);
    return true;
}

static bool put_item(struct arm_fn *fn, const struct item *item, struct base_buf *out)
{
    struct base_buf text = {0};
    int64_t blanks;

    if (item->index + 1 >= fn->count)
        return arm_fn_fail(fn, "the format names the argument '{%d}', there are '%d'", item->index,
                           fn->count - 1);
    if (!put_value(arm_fn_value(fn, item->index + 1), item->format, &text)) {
        base_buf_release(&text);
        return arm_fn_fail(fn,
                           "the format specifier '%s' is not supported for a value of type '%s'",
                           item->format, arm_template_type(arm_fn_value(fn, item->index + 1)));
    }
    blanks = llabs(item->alignment) - (int64_t)arm_units(text.data ? text.data : "");
    if (item->alignment < 0)
        base_buf_append(out, text.data, text.len);
    for (; blanks > 0; blanks--)
        base_buf_putc(out, ' ');
    if (item->alignment >= 0)
        base_buf_append(out, text.data, text.len);
    base_buf_release(&text);
    return out->len <= ARM_TEXT_MAX ||
           arm_fn_fail(fn, "the text has more than '%d' bytes", ARM_TEXT_MAX);
}

static bool put_all(struct arm_fn *fn, const char *at, struct base_buf *out)
{
    while (*at) {
        struct item item;
        if ((*at == '{' || *at == '}') && at[1] == *at) {
            base_buf_putc(out, *at);
            at += 2;
        } else if (*at == '{') {
            at = read_item(at + 1, &item);
            if (!at)
                return malformed(fn);
            if (!arm_eval_spend(fn->eval, 1) || !put_item(fn, &item, out))
                return false;
        } else if (*at == '}') {
            return malformed(fn);
        } else {
            base_buf_putc(out, *at++);
        }
    }
    return true;
}

static bool run_format(struct arm_fn *fn)
{
    struct base_buf out = {0};
    const char *format;

    if (!arm_fn_text(fn, 0, &format))
        return false;
    if (put_all(fn, format, &out))
        return arm_fn_give_buf(fn, &out);
    base_buf_release(&out);
    return false;
}

static const struct arm_function rows[] = {
    {"format", 1, -1, run_format, 0, 0},
};

const struct arm_function_table arm_functions_format = {rows, sizeof(rows) / sizeof(rows[0])};
