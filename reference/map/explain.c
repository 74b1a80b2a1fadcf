/* Decides what a person is told about a template that made nothing of an event. */
#include "reference/map/explain.h"

#include "reference/map/expression.h"
#include "reference/map/hint.h"

#include <stdio.h>
#include <string.h>

#define SHOWN_MAX 60 /* bytes of a value in a sentence */

struct map_trail { /* the steps of one match, up to the one that fails */
    struct dp_work *work;
    const struct dp_token *root; /* what the expressions see */
    const struct map_fault *fault;
    struct base_buf *text;              /* NULL: only `at` is wanted */
    const struct dp_expression *failed; /* the expression that stopped the match */
};

struct map_pick { /* finds the nth match */
    size_t wanted, seen;
    const struct dp_token *token;
};

static const struct dp_expression *follow(const struct dp_template *template,
                                          const struct map_event *event, size_t made,
                                          struct base_arena *arena, struct base_buf *text);

const char *map_explain(const dp_device_mapping_t *mapping, const struct map_event *event,
                        size_t index, struct base_arena *arena)
{
    const struct dp_template *template = &mapping->templates[index];
    struct base_buf text = {0};
    const char *copy;

    if (!event->envelope)
        return "not reached: the event's body is no JSON";
    if (index >= event->reached)
        return "not reached: the failure of an earlier template ends the event";
    if (event->made[index] > 0)
        return base_arena_printf(arena, "made %zu measurement%s", event->made[index],
                                 event->made[index] == 1 ? "" : "s");
    if (index + 1 == event->reached && event->fault.stage) {
        (void)follow(template, event, 0, arena, &text);
        base_buf_printf(&text, "; stopped: %s: %s", event->fault.exception, event->fault.message);
    } else {
        base_buf_printf(&text, "typeMatchExpression %s selects nothing", template->match.text);
        map_hint(template->match.language, template->match.text, event->envelope, arena, &text);
    }
    copy = base_arena_strndup(arena, text.data, text.len);
    base_buf_release(&text);
    return copy;
}

void map_fault_locate(const dp_device_mapping_t *mapping, struct map_event *event,
                      struct base_arena *arena)
{
    size_t index = event->reached - 1;
    const struct dp_expression *failed =
        follow(&mapping->templates[index], event, event->made[index], arena, NULL);

    if (failed) {
        event->fault.line = failed->line;
        event->fault.position = failed->column;
    }
}

static enum base_status pick(void *context, const struct dp_token *token)
{
    struct map_pick *want = context;

    if (want->seen++ == want->wanted)
        want->token = token;
    return BASE_OK;
}

static void note(struct base_buf *text, const char *fmt, ...) BASE_PRINTF(2, 3);
static void note(struct base_buf *text, const char *fmt, ...)
{
    va_list args;

    if (!text)
        return;
    va_start(args, fmt);
    base_buf_vprintf(text, fmt, args);
    va_end(args);
}

static void note_token(struct base_buf *text, const struct dp_token *token)
{
    struct base_buf json = {0};

    if (!text)
        return;
    dp_token_write(&json, token);
    note(text, "%s %.*s%s", dp_type_name(token->type),
         (int)(json.len > SHOWN_MAX ? SHOWN_MAX : json.len), json.data,
         json.len > SHOWN_MAX ? "..." : "");
    base_buf_release(&json);
}

static void note_nothing(const struct map_trail *trail, const struct dp_expression *expression)
{
    if (!trail->text)
        return;
    note(trail->text, "finds nothing");
    map_hint(expression->language, expression->text, trail->root, trail->work->arena, trail->text);
}

/* One expression of a match. False when it is the one that failed: its evaluation, or the value that the fault names. */
static bool step(struct map_trail *trail, const char *name, const struct dp_expression *expressions,
                 size_t count)
{
    char named[200];

    (void)snprintf(named, sizeof named, "[%s]", name);
    trail->failed = &expressions[0];
    for (size_t i = 0; i < count && expressions[i].text; i++) {
        struct map_expression compiled = {0};
        struct base_error err = {0};
        const struct dp_token *token = NULL;
        enum base_status status =
            map_expression_compile(expressions[i].language, expressions[i].text, &compiled, &err);
        if (status == BASE_OK)
            status = map_expression_one(&compiled, trail->root, trail->work, &token, &err);
        map_expression_release(&compiled);
        note(trail->text, ", %s (%s) ", name, expressions[i].text);
        trail->failed = &expressions[i];
        if (status != BASE_OK) {
            note(trail->text, "fails");
            return false;
        }
        if (token)
            note_token(trail->text, token);
        else
            note_nothing(trail, &expressions[i]);
    }
    return !strstr(trail->fault->message, named);
}

static void follow_match(const struct dp_template *t, struct map_trail *trail)
{
    const struct {
        const char *name;
        const struct dp_expression *expressions;
        size_t count;
    } parts[] = {
        {"DeviceIdExpression", &t->device_id, 1},
        {"TimestampExpression", t->timestamp, 2},
        {"CorrelationIdExpression", &t->correlation_id, 1},
        {"PatientIdExpression", &t->patient_id, 1},
        {"EncounterIdExpression", &t->encounter_id, 1},
    };

    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
        if (!step(trail, parts[i].name, parts[i].expressions, parts[i].count))
            return;
    for (size_t i = 0; i < t->value_count; i++)
        if (!step(trail, t->values[i].name, &t->values[i].expression, 1))
            return;
    trail->failed = NULL;
}

static const struct dp_token *root_of(const struct dp_template *template,
                                      const struct map_event *event, struct base_arena *arena,
                                      const struct dp_token *match)
{
    struct dp_token *root;

    if (!template->kind->keeps_envelope)
        return match;
    root = dp_token_new(arena, DP_OBJECT);
    for (size_t i = 0; i < event->envelope->children.count; i++) {
        const struct dp_member *member = &event->envelope->children.items[i];
        (void)dp_object_set(arena, root, member->name.data, member->name.len, member->value);
    }
    (void)dp_object_set(arena, root, "matchedToken", strlen("matchedToken"),
                        (struct dp_token *)match);
    return root;
}

/* Goes the way of the match that made no measurement: the one after the `made` that did. Returns the expression at which it
 * ends; NULL when that cannot be told. */
static const struct dp_expression *follow(const struct dp_template *template,
                                          const struct map_event *event, size_t made,
                                          struct base_arena *arena, struct base_buf *text)
{
    struct dp_work work = {arena, DP_WORK_DEFAULT};
    struct map_pick want = {.wanted = made};
    struct map_trail trail = {.work = &work, .fault = &event->fault, .text = text};
    struct map_expression match = {0};
    struct base_error err = {0};
    enum base_status status = BASE_INVALID;

    if (template->match.text)
        status =
            map_expression_compile(template->match.language, template->match.text, &match, &err);
    if (status == BASE_OK)
        status = map_expression_each(&match, event->envelope, &work, pick, &want, &err);
    map_expression_release(&match);
    note(text, "typeMatchExpression %s selects %zu token%s",
         template->match.text ? template->match.text : "(none)", want.seen,
         want.seen == 1 ? "" : "s");
    if (!want.token)
        return status == BASE_OK ? NULL : &template->match;
    trail.root = root_of(template, event, arena, want.token);
    follow_match(template, &trail);
    return trail.failed;
}
