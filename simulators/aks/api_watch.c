/* Decides what a watch sends: what is there, then every change that enters, moves within or leaves its selection. */
#include "simulators/aks/api.h"

#include "simulators/aks/meta.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define POLL_MS 500       /* between tests of the connection */
#define BOOKMARK_MS 60000 /* real */
#define BATCH 256         /* changes taken under one lock */

struct watch {
    struct aks *aks;
    struct aks_cluster *cluster;
    const struct aks_kind *kind;
    struct base_arena arena; /* of the selectors and ns */
    char *ns;
    struct aks_selector labels, fields;
    struct aks_object **initial; /* synthetic ADDED events, held */
    size_t initial_count;
    uint64_t revision; /* up to here all was sent */
    uint64_t position; /* next number of the history */
    bool bookmarks, initial_end;
    enum aks_form form;
    enum aks_include include;
    bool defined;                     /* columnDefinitions were sent */
    int64_t deadline_ms, bookmark_ms; /* monotonic; 0: none */
};

struct pending {
    const char *type;
    struct aks_object *object;
};

static void begin(struct watch *watch, int64_t from);
static void stream(void *context, base_http_write write, void *sink);
static void stream_free(void *context);
static size_t collect(struct watch *watch, struct pending *out, bool *expired);
static bool select_event(const struct watch *watch, const struct aks_event *event,
                         struct pending *out);
static bool send_initial(struct watch *watch, base_http_write write, void *sink);
static bool send_event(struct watch *watch, const char *type, struct aks_object *object,
                       base_http_write write, void *sink);
static bool send_bookmark(struct watch *watch, bool initial_end, base_http_write write, void *sink);
static bool send_expired(struct watch *watch, base_http_write write, void *sink);
static bool send_line(const char *type, cJSON *object, base_http_write write, void *sink);

void aks_watch(struct aks_call *call)
{
    struct watch *watch = base_alloc(sizeof *watch);
    const char *revision = aks_query(call, "resourceVersion");
    int64_t from = 0, seconds = 0;
    bool good = true;

    base_arena_init(&watch->arena);
    watch->aks = call->aks;
    watch->cluster = call->cluster;
    watch->kind = call->kind;
    watch->ns = base_strdup(call->ns);
    watch->form = call->form;
    watch->bookmarks = aks_query_bool(call, "allowWatchBookmarks");
    watch->initial_end = aks_query_bool(call, "sendInitialEvents");
    if (revision && *revision && (!base_parse_int64(revision, &from) || from < 0))
        good = aks_fail_plain(
            call->fail, "BadRequest",
            "Invalid value: \"%s\": strconv.ParseUint: parsing \"%s\": invalid syntax", revision,
            revision);
    good = good && aks_query_number(call, "timeoutSeconds", 0, &seconds) &&
           aks_query_include(call, &watch->include) &&
           aks_query_selectors(call, &watch->arena, &watch->labels, &watch->fields);
    if (seconds > 0)
        watch->deadline_ms = base_monotonic_ms() + seconds * 1000;
    watch->bookmark_ms = base_monotonic_ms() + BOOKMARK_MS;
    aks_lock(call->aks);
    call->aks->streams++;
    if (good)
        begin(watch, watch->initial_end ? 0 : from);
    aks_unlock(call->aks);
    if (!good) {
        stream_free(watch);
        return;
    }
    call->response->status = 200;
    base_headers_add(&call->response->headers, "Content-Type", "application/json");
    call->response->stream = stream;
    call->response->stream_context = watch;
    call->response->stream_free = stream_free;
}

/* Lock held. A revision that is no longer known is said in the stream, with 200. */
static void begin(struct watch *watch, int64_t from)
{
    const struct aks_history *history = &watch->cluster->history;

    watch->position = history->next;
    watch->revision = watch->cluster->revision;
    if (from == 0) {
        struct aks_objects all = aks_store_list(watch->cluster, watch->kind, watch->ns);
        watch->initial = all.items;
        watch->initial_count = all.count;
    } else {
        watch->revision = (uint64_t)from;
        watch->position = history->first;
    }
}

static int64_t patience(const struct watch *watch)
{
    int64_t left = watch->deadline_ms ? watch->deadline_ms - base_monotonic_ms() : POLL_MS;

    return left < POLL_MS ? left : POLL_MS;
}

static void stream(void *context, base_http_write write, void *sink)
{
    struct watch *watch = context;
    struct pending *pending = base_alloc(BATCH * sizeof *pending);
    bool open = send_initial(watch, write, sink);

    while (open) {
        bool expired = false;
        aks_lock(watch->aks);
        size_t count = collect(watch, pending, &expired);
        bool over = watch->aks->stopping || watch->cluster->gone;
        if (!count && !expired && !over)
            aks_wait(watch->aks, patience(watch));
        aks_unlock(watch->aks);
        for (size_t i = 0; i < count; i++) {
            open = open && send_event(watch, pending[i].type, pending[i].object, write, sink);
            aks_object_drop(pending[i].object);
        }
        int64_t now = base_monotonic_ms();
        if (open && watch->bookmarks && now >= watch->bookmark_ms)
            open = send_bookmark(watch, false, write, sink);
        if (expired)
            (void)send_expired(watch, write, sink);
        open = open && !expired && !over && (!watch->deadline_ms || now < watch->deadline_ms) &&
               (count || write(sink, "", 0));
    }
    free(pending);
}

static void stream_free(void *context)
{
    struct watch *watch = context;
    struct aks *aks = watch->aks;

    for (size_t i = 0; i < watch->initial_count; i++)
        aks_object_drop(watch->initial[i]);
    free(watch->initial);
    free(watch->ns);
    base_arena_release(&watch->arena);
    free(watch);
    aks_lock(aks);
    aks->streams--;
    aks_changed(aks);
    aks_unlock(aks);
}

/* Lock held. The next changes that concern this watch, held. */
static size_t collect(struct watch *watch, struct pending *out, bool *expired)
{
    const struct aks_history *history = &watch->cluster->history;
    size_t count = 0;

    if (watch->position < history->first)
        watch->position = history->first;
    *expired = watch->revision < history->lost;
    for (; !*expired && watch->position < history->next && count < BATCH; watch->position++) {
        const struct aks_event *event = &history->ring[watch->position % AKS_HISTORY];
        if (event->revision <= watch->revision)
            continue;
        watch->revision = event->revision;
        if (event->now->kind == watch->kind && select_event(watch, event, &out[count]))
            count++;
    }
    return count;
}

/* What leaves the selection shows as it was, with the revision of the change. */
static struct aks_object *left_behind(const struct aks_event *event)
{
    cJSON *body = base_json_copy(event->before->body);

    base_json_set_text(aks_metadata(body), "resourceVersion",
                       aks_meta(event->now->body, "resourceVersion"));
    return aks_object_new(event->now->kind, body);
}

static bool select_event(const struct watch *watch, const struct aks_event *event,
                         struct pending *out)
{
    bool was =
        event->before && aks_selected(event->before, watch->ns, &watch->labels, &watch->fields);
    bool is =
        !event->removed && aks_selected(event->now, watch->ns, &watch->labels, &watch->fields);

    if (!was && !is)
        return false;
    out->type = is ? (was ? "MODIFIED" : "ADDED") : "DELETED";
    out->object = is || event->removed ? aks_object_hold(event->now) : left_behind(event);
    return true;
}

static bool send_initial(struct watch *watch, base_http_write write, void *sink)
{
    bool open = true;

    for (size_t i = 0; i < watch->initial_count && open; i++)
        if (aks_selected(watch->initial[i], watch->ns, &watch->labels, &watch->fields))
            open = send_event(watch, "ADDED", watch->initial[i], write, sink);
    if (open && watch->initial_end)
        open = send_bookmark(watch, true, write, sink);
    return open;
}

static bool send_event(struct watch *watch, const char *type, struct aks_object *object,
                       base_http_write write, void *sink)
{
    cJSON *tree;

    if (watch->form == AKS_FORM_TABLE) {
        cJSON *metadata = cJSON_CreateObject();
        base_json_set_text(metadata, "resourceVersion", aks_meta(object->body, "resourceVersion"));
        tree = aks_table(object->kind, &object, 1, watch->include, !watch->defined, metadata,
                         aks_now(watch->aks));
        watch->defined = true;
    } else if (watch->form == AKS_FORM_PARTIAL) {
        tree = aks_partial(object->body);
    } else {
        struct base_buf line = {0};
        base_buf_printf(&line, "{\"type\":\"%s\",\"object\":", type);
        base_json_append(&line, object->body);
        base_buf_puts(&line, "}\n");
        bool open = write(sink, line.data, line.len);
        base_buf_release(&line);
        return open;
    }
    return send_line(type, tree, write, sink);
}

static bool send_bookmark(struct watch *watch, bool initial_end, base_http_write write, void *sink)
{
    cJSON *tree = cJSON_CreateObject();
    char text[24];

    snprintf(text, sizeof text, "%llu", (unsigned long long)watch->revision);
    base_json_set_text(tree, "kind", watch->kind->kind);
    base_json_set_text(tree, "apiVersion", watch->kind->api_version);
    base_json_set_text(aks_metadata(tree), "resourceVersion", text);
    if (initial_end)
        aks_annotate(tree, "k8s.io/initial-events-end", "true");
    watch->bookmark_ms = base_monotonic_ms() + BOOKMARK_MS;
    return send_line("BOOKMARK", tree, write, sink);
}

static bool send_expired(struct watch *watch, base_http_write write, void *sink)
{
    struct aks_fail fail = {0};

    aks_fail_plain(&fail, "Expired", "too old resource version: %llu (%llu)",
                   (unsigned long long)watch->revision,
                   (unsigned long long)watch->cluster->history.lost);
    bool open = send_line("ERROR", aks_fail_status(&fail), write, sink);
    aks_fail_release(&fail);
    return open;
}

/* Takes `object`. */
static bool send_line(const char *type, cJSON *object, base_http_write write, void *sink)
{
    struct base_buf line = {0};

    base_buf_printf(&line, "{\"type\":\"%s\",\"object\":", type);
    base_json_append(&line, object);
    base_buf_puts(&line, "}\n");
    bool open = write(sink, line.data, line.len);
    base_buf_release(&line);
    cJSON_Delete(object);
    return open;
}
