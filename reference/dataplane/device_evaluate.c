/* Decides which measurements a template makes of an event: matching, extraction, conversion. */
#include "reference/dataplane/device_template.h"

#include "reference/dataplane/number.h"
#include "reference/dataplane/text.h"

#include <stdio.h>
#include <string.h>

struct dp_evaluation { /* one template, one event */
    const struct dp_template *template;
    const struct dp_token *envelope;
    const struct dp_token *root; /* what the expressions of the match at hand see */
    struct dp_work *work;
    struct dp_measurements *out;
    struct base_error *err;
};

struct dp_wanted { /* one value to extract */
    const char *name;
    const struct dp_expression *expressions;
    size_t count;
    bool required;
};

struct dp_extracted { /* absent: neither text nor date */
    const char *text;
    bool has_date;
    struct dp_date date;
};

typedef bool (*dp_convert)(struct base_arena *arena, const struct dp_token *token,
                           struct dp_extracted *out);

static enum base_status take_match(void *context, const struct dp_token *token);
static enum base_status measure(struct dp_evaluation *ev);
static enum base_status extract(struct dp_evaluation *ev, const struct dp_wanted *want,
                                dp_convert convert, struct dp_extracted *out);
static enum base_status select_one(struct dp_evaluation *ev, const struct dp_expression *expression,
                                   const struct dp_token **token);
static enum base_status explain(struct dp_evaluation *ev, const struct dp_expression *expression,
                                const struct base_error *cause);
static enum base_status set_error(struct dp_evaluation *ev, const char *code,
                                  const struct dp_expression *at, const char *fmt, ...)
    BASE_PRINTF(4, 5);
static bool to_text(struct base_arena *arena, const struct dp_token *token,
                    struct dp_extracted *out);
static bool to_date(struct base_arena *arena, const struct dp_token *token,
                    struct dp_extracted *out);

enum base_status dp_template_evaluate(const struct dp_template *template,
                                      const struct dp_token *envelope, struct dp_work *work,
                                      struct dp_measurements *out, struct base_error *err)
{
    struct dp_evaluation ev = {template, envelope, NULL, work, out, err};
    const struct dp_expression *match = &template->match;

    if (!match->text)
        return set_error(&ev, "IncompatibleDataException", match,
                         "An expression must be set for [TypeMatchExpression]");
    if (match->jmes)
        return dp_jmes_each(match->jmes, envelope, work, take_match, &ev, err);
    if (!match->path && strcmp(match->error.code, "JsonException") != 0)
        return base_error_set(err, match->error.status, match->error.code, "%s",
                              match->error.message);
    if (!match->path)
        return set_error(&ev, "TemplateExpressionException", match,
                         "Unable to retrieve JsonTokens using expression %s: %s", match->text,
                         match->error.message);
    return dp_path_each(match->path, envelope, work, take_match, &ev, err);
}

static enum base_status set_error(struct dp_evaluation *ev, const char *code,
                                  const struct dp_expression *at, const char *fmt, ...)
{
    char text[800], where[64] = "";
    va_list args;

    va_start(args, fmt);
    (void)vsnprintf(text, sizeof text, fmt, args);
    va_end(args);
    if (at && at->line > 0)
        (void)snprintf(where, sizeof where, "Line Number: %d, Position: %d. ", at->line,
                       at->column);
    return base_error_set(ev->err, BASE_INVALID, code, "%s%s", where, text);
}

/* The event with the match added; tokens are immutable, so the members are shared instead of copied. */
static const struct dp_token *with_match(struct dp_evaluation *ev, const struct dp_token *match)
{
    static const struct dp_text name = {"matchedToken", sizeof "matchedToken" - 1};
    const struct dp_children *from = &ev->envelope->children;
    struct dp_token *root = dp_token_new(ev->work->arena, DP_OBJECT);
    struct dp_children *to = &root->children;

    to->capacity = from->count + 1;
    to->items = base_arena_alloc(ev->work->arena, to->capacity * sizeof *to->items);
    for (size_t i = 0; i < from->count; i++)
        if (!dp_text_same(&from->items[i].name, &name))
            to->items[to->count++] = from->items[i];
    to->items[to->count++] = (struct dp_member){.name = name, .value = (struct dp_token *)match};
    return root;
}

static enum base_status take_match(void *context, const struct dp_token *token)
{
    struct dp_evaluation *ev = context;

    ev->root = ev->template->kind->keeps_envelope ? with_match(ev, token) : token;
    return measure(ev);
}

static enum base_status extract_values(struct dp_evaluation *ev, struct dp_measurement *out)
{
    const struct dp_template *template = ev->template;

    out->properties =
        base_arena_alloc(ev->work->arena, (template->value_count + 1) * sizeof *out->properties);
    for (size_t i = 0; i < template->value_count; i++) {
        const struct dp_value_field *value = &template->values[i];
        struct dp_wanted want = {value->name, &value->expression, 1, value->required};
        struct dp_extracted got = {0};
        enum base_status status;
        if (dp_text_blank(value->name))
            return set_error(ev, "ArgumentException", &value->expression,
                             "valueName must not be blank.");
        status = extract(ev, &want, to_text, &got);
        if (status != BASE_OK)
            return status;
        if (got.text)
            out->properties[out->property_count++] = (struct dp_property){value->name, got.text};
    }
    return BASE_OK;
}

static enum base_status measure(struct dp_evaluation *ev)
{
    const struct dp_template *t = ev->template;
    struct dp_measurement made = {.type = t->type_name};
    const struct {
        struct dp_wanted want;
        const char **text; /* NULL: the timestamp */
    } parts[] = {
        {{"DeviceIdExpression", &t->device_id, 1, true}, &made.device_id},
        {{"TimestampExpression", t->timestamp, t->timestamp[1].text ? 2 : 1, true}, NULL},
        {{"CorrelationIdExpression", &t->correlation_id, 1, t->correlation_id.text != NULL},
         &made.correlation_id},
        {{"PatientIdExpression", &t->patient_id, 1, false}, &made.patient_id},
        {{"EncounterIdExpression", &t->encounter_id, 1, false}, &made.encounter_id},
    };
    enum base_status status = BASE_OK;

    for (size_t i = 0; status == BASE_OK && i < sizeof parts / sizeof *parts; i++) {
        struct dp_extracted got = {0};
        status = extract(ev, &parts[i].want, parts[i].text ? to_text : to_date, &got);
        if (parts[i].text)
            *parts[i].text = got.text;
        else
            made.occurrence = got.date;
    }
    if (status == BASE_OK)
        status = extract_values(ev, &made);
    if (status == BASE_OK)
        *dp_measurements_add(ev->work->arena, ev->out) = made;
    return status;
}

static bool is_null(const struct dp_extracted *got)
{
    return !got->has_date && dp_text_blank(got->text);
}

static enum base_status extraction_failed(struct dp_evaluation *ev, const struct dp_wanted *want,
                                          const char *cause)
{
    bool two = want->count > 1;

    if (*cause)
        return set_error(ev, "IncompatibleDataException", want->expressions,
                         "Unable to extract required value for [%s]: %s", want->name, cause);
    return set_error(ev, "IncompatibleDataException", want->expressions,
                     "Unable to extract required value for [%s] using %s%s%s", want->name,
                     want->expressions[0].text, two ? "," : "",
                     two ? want->expressions[1].text : "");
}

/* Tries the expressions in order. What cannot be converted, or is blank though required, is remembered as the cause; errors
 * of the evaluation itself end everything, also for optional values. */
static enum base_status extract(struct dp_evaluation *ev, const struct dp_wanted *want,
                                dp_convert convert, struct dp_extracted *out)
{
    char cause[400];

    cause[0] = '\0';
    if (!want->expressions[0].text)
        return want->required ? set_error(ev, "IncompatibleDataException", NULL,
                                          "An expression must be set for [%s]", want->name)
                              : BASE_OK;
    for (size_t i = 0; i < want->count; i++) {
        const struct dp_token *token = NULL;
        enum base_status status = select_one(ev, &want->expressions[i], &token);
        if (status != BASE_OK)
            return status;
        if (!token)
            continue;
        *out = (struct dp_extracted){0};
        if (!convert(ev->work->arena, token, out))
            (void)snprintf(cause, sizeof cause,
                           "Encountered an error while extracting value for [%s] using expression "
                           "%.150s: %s cannot "
                           "be converted",
                           want->name, want->expressions[i].text, dp_type_name(token->type));
        else if (want->required && is_null(out))
            (void)snprintf(cause, sizeof cause,
                           "A null or empty value was supplied for the required field [%s]",
                           want->name);
        else
            return BASE_OK;
        *out = (struct dp_extracted){0};
    }
    return want->required ? extraction_failed(ev, want, cause) : BASE_OK;
}

static enum base_status select_one(struct dp_evaluation *ev, const struct dp_expression *expression,
                                   const struct dp_token **token)
{
    enum base_status status;

    if (expression->jmes)
        status = dp_jmes_one(expression->jmes, ev->root, ev->work, token, ev->err);
    else if (expression->path)
        status = dp_path_one(expression->path, ev->root, ev->work, token, ev->err);
    else
        return explain(ev, expression, &expression->error);
    if (status != BASE_OK &&
        ev->err) { /* an error is large: one is only copied when there is one */
        struct base_error cause = *ev->err;
        base_error_clear(ev->err);
        return explain(ev, expression, &cause);
    }
    return status;
}

/* The failure of an expression, as the failure of the event. */
static enum base_status explain(struct dp_evaluation *ev, const struct dp_expression *expression,
                                const struct base_error *cause)
{
    if (strcmp(cause->code, "JsonException") == 0)
        return set_error(ev, "TemplateExpressionException", expression,
                         "Unable to retrieve JsonToken using expression %.300s: %s",
                         expression->text, cause->message);
    if (strcmp(cause->code, "TemplateExpressionException") == 0)
        return set_error(ev, cause->code, expression,
                         "Multiple tokens were returned using expression %.300s: %s",
                         expression->text, cause->message);
    return base_error_set(ev->err, cause->status, cause->code, "%s", cause->message);
}

static bool to_text(struct base_arena *arena, const struct dp_token *token,
                    struct dp_extracted *out)
{
    char date[DP_DATE_TEXT];

    switch (token->type) {
    case DP_NULL:
        return true;
    case DP_DATE:
        dp_date_us(token->date, date);
        out->text = base_arena_strdup(arena, date);
        return true;
    case DP_STRING: /* a NUL cannot travel further: neither FHIR nor XML strings may hold one */
        out->text = token->text.data;
        return strlen(token->text.data) == token->text.len;
    case DP_BOOL:
    case DP_INT:
    case DP_FLOAT:
        out->text = dp_scalar_text(arena, token);
        return true;
    default:
        return false;
    }
}

static bool to_date(struct base_arena *arena, const struct dp_token *token,
                    struct dp_extracted *out)
{
    (void)arena;
    if (token->type == DP_NULL)
        return true;
    if (token->type == DP_DATE)
        out->date = token->date;
    out->has_date = token->type == DP_DATE ||
                    (token->type == DP_STRING && dp_date_parse(token->text.data, &out->date));
    return out->has_date || (token->type == DP_STRING && dp_text_blank(token->text.data));
}
