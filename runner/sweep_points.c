/* Decides which calls of a run are the points of a sweep, and what each is called. */
#include "runner/sweep.h"

#include <stdlib.h>
#include <string.h>

static void add(struct run_points *out, const cJSON *event, const cJSON *trace);
static void name_all(struct run_points *points, size_t from);

bool run_fits_one(const cJSON *globs, const char *text)
{
    for (const cJSON *item = globs ? globs->child : NULL; item; item = item->next)
        if (cJSON_IsString(item) && text && base_glob_nocase(item->valuestring, text))
            return true;
    return false;
}

static bool wanted(const cJSON *event, const cJSON *callers, const cJSON *globs)
{
    const char *call = base_json_text(event, "call"), *service = base_json_text(event, "service");

    if (!call || !service || !run_fits_one(callers, base_json_text(event, "caller")))
        return false;
    char *full = base_asprintf("%s.%s", service, call);
    bool fits = run_fits_one(globs, call) || run_fits_one(globs, full);
    free(full);
    return fits;
}

static bool same_text(const cJSON *a, const cJSON *b, const char *member)
{
    const char *one = base_json_text(a, member), *two = base_json_text(b, member);
    return one && two && !strcmp(one, two);
}

static bool is_look(const cJSON *event)
{
    const char *method = base_json_text(event, "method");

    return method && (!strcmp(method, "GET") || !strcmp(method, "HEAD"));
}

/* Is `event` a look that sees what the look before saw? */
static bool repeats(const cJSON *before, const cJSON *event)
{
    return before && is_look(event) && same_text(before, event, "method") &&
           same_text(before, event, "url") && same_text(before, event, "caller") &&
           same_text(before, event, "call") &&
           base_json_number(before, "status", 0) == base_json_number(event, "status", 0) &&
           base_json_number(before, "step", 0) == base_json_number(event, "step", 0);
}

void run_points_learn(struct run_points *out, const cJSON *trace, const cJSON *callers,
                      const cJSON *globs)
{
    const cJSON *before = NULL;
    size_t from = out->count;

    for (const cJSON *event = trace ? trace->child : NULL; event; event = event->next) {
        if (!wanted(event, callers, globs))
            continue;
        if (!repeats(before, event))
            add(out, event, trace);
        before = event;
    }
    name_all(out, from);
}

static void release(struct run_point *point)
{
    free(point->label);
    free(point->at);
    free(point->call);
    free(point->caller);
}

static bool holds(const struct run_points *points, const struct run_point *wanted)
{
    for (size_t i = 0; i < points->count; i++)
        if (!strcmp(points->items[i].label, wanted->label) && points->items[i].step == wanted->step)
            return true;
    return false;
}

static bool tell_missing(const struct run_points *points, const struct run_points *other,
                         const char *whose, struct base_buf *difference)
{
    bool none = true;

    for (size_t i = 0; i < points->count; i++) {
        const struct run_point *point = &points->items[i];
        if (point->look || holds(other, point))
            continue;
        base_buf_printf(difference, "  only the %s made %s (in step %d)\n", whose, point->label,
                        point->step);
        none = false;
    }
    return none;
}

bool run_points_same(const struct run_points *first, const struct run_points *second,
                     struct base_buf *difference)
{
    bool same = tell_missing(first, second, "first", difference);

    return tell_missing(second, first, "second", difference) && same;
}

void run_points_keep_common(struct run_points *points, const struct run_points *other,
                            struct base_buf *left_out)
{
    size_t kept = 0;

    for (size_t i = 0; i < points->count; i++) {
        if (holds(other, &points->items[i])) {
            points->items[kept++] = points->items[i];
            continue;
        }
        base_buf_printf(left_out, "%s%s", left_out->len ? ", " : "", points->items[i].label);
        release(&points->items[i]);
    }
    points->count = kept;
}

void run_points_release(struct run_points *points)
{
    for (size_t i = 0; i < points->count; i++)
        release(&points->items[i]);
    free(points->items);
    memset(points, 0, sizeof *points);
}

static bool same_call(const struct run_point *a, const struct run_point *b)
{
    return !strcmp(a->at, b->at) && !strcmp(a->call, b->call);
}

/* All calls of this kind count for a rule, also those that are no points. */
static int nth_of(const cJSON *event, const cJSON *trace)
{
    double step = base_json_number(event, "step", 0);
    int nth = 1;

    for (const cJSON *other = trace->child; other != event; other = other->next)
        nth += same_text(other, event, "service") && same_text(other, event, "call") &&
               same_text(other, event, "caller") && base_json_number(other, "step", 0) == step;
    return nth;
}

static void add(struct run_points *out, const cJSON *event, const cJSON *trace)
{
    struct run_point point = {.at = base_strdup(base_json_text(event, "service")),
                              .call = base_strdup(base_json_text(event, "call")),
                              .caller = base_strdup(base_json_text(event, "caller")),
                              .look = is_look(event),
                              .step = (int)base_json_number(event, "step", 0),
                              .nth = nth_of(event, trace)};

    out->items = base_realloc(out->items, (out->count + 1) * sizeof *out->items);
    out->items[out->count++] = point;
}

/* The caller is part of the name only where the call alone would not do. */
static void name_all(struct run_points *points, size_t from)
{
    for (size_t i = from; i < points->count; i++) {
        struct run_point *point = &points->items[i];
        bool shared = false;
        int occurrence = 1;
        for (size_t k = from; k < points->count; k++) {
            bool same = same_call(&points->items[k], point),
                 ours = !strcmp(points->items[k].caller, point->caller);
            shared = shared || (same && !ours);
            occurrence += k < i && same && ours;
        }
        point->label = shared ? base_asprintf("%s@%s#%d", point->call, point->caller, occurrence)
                              : base_asprintf("%s#%d", point->call, occurrence);
    }
}
