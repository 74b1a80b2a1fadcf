/* Decides what GET answers: one object, or a list with its pages; and the form in which objects go out. */
#include "simulators/aks/api.h"

#include "simulators/aks/meta.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct page { /* of a list */
    int64_t limit;
    uint64_t revision; /* the list's */
    char *start;       /* key to go on with: "ns/name" or "name"; NULL: from the beginning */
    int64_t remaining; /* -1: not said */
    char *next;        /* continue token; NULL: the last page */
};

static bool read_page(struct aks_call *call, struct page *page);
static bool read_token(struct aks_call *call, const char *token, struct page *page);
static struct aks_objects state_at(struct aks_call *call, const struct page *page);
static void undo(struct aks_objects *state, const struct aks_event *event);
static void select_page(struct aks_call *call, struct aks_objects *all,
                        const struct aks_selector *labels, const struct aks_selector *fields,
                        struct page *page);
static char *item_key(const struct aks_call *call, const struct aks_object *object);
static char *make_token(uint64_t revision, const char *key);
static cJSON *page_metadata(const struct aks_call *call, const struct page *page);
static cJSON *bare(const cJSON *body);

void aks_get(struct aks_call *call)
{
    aks_lock(call->aks);
    struct aks_object *object = aks_store_get(call->cluster, call->kind, call->ns, call->name);
    if (object)
        aks_object_hold(object);
    else
        aks_fail_not_found(call->fail, call->kind, call->name);
    aks_unlock(call->aks);
    aks_answer_object(call, 200, object);
}

void aks_list(struct aks_call *call)
{
    struct page page = {.remaining = -1};
    struct aks_selector labels, fields;

    if (aks_query_bool(call, "watch")) {
        aks_watch(call);
        return;
    }
    if (!aks_query_selectors(call, call->arena, &labels, &fields) || !read_page(call, &page))
        goto done;
    aks_lock(call->aks);
    struct aks_objects all = {0};
    if (page.revision == 0)
        page.revision = call->cluster->revision;
    if (page.revision < call->cluster->revision && page.revision < call->cluster->history.lost)
        aks_fail_plain(call->fail, "Expired",
                       "The provided continue parameter is too old to display a consistent list "
                       "result. You can start a new list "
                       "without the continue parameter, or use the continue token in this response "
                       "to retrieve the remainder of the "
                       "results. Continuing with the provided token results in an inconsistent "
                       "list - objects that were created, "
                       "modified, or deleted between the time the first chunk was returned and now "
                       "may show up in the list.");
    else
        all = state_at(call, &page);
    aks_unlock(call->aks);
    if (!call->fail->code) {
        select_page(call, &all, &labels, &fields, &page);
        aks_answer_tree(call, 200,
                        aks_list_tree(call, all.items, all.count, page_metadata(call, &page)));
    }
    aks_objects_release(&all);
done:
    free(page.start);
    free(page.next);
}

bool aks_selected(const struct aks_object *object, const char *ns,
                  const struct aks_selector *labels, const struct aks_selector *fields)
{
    return (!*ns || base_equal(object->namespace, ns)) &&
           aks_labels_match(labels, base_json_at(object->body, "metadata.labels")) &&
           aks_fields_match(fields, object->kind, object->body);
}

void aks_answer_object(struct aks_call *call, int status, struct aks_object *object)
{
    enum aks_include include;

    if (!object)
        return;
    if (call->form == AKS_FORM_OBJECT) {
        bool pretty = aks_query_bool(call, "pretty");
        char *text = pretty ? base_json_print_pretty(object->body) : base_json_print(object->body);
        base_http_answer_text(call->response, status, "application/json", text);
        free(text);
    } else if (call->form == AKS_FORM_PARTIAL) {
        aks_answer_tree(call, status, aks_partial(object->body));
    } else if (aks_query_include(call, &include)) {
        cJSON *metadata = cJSON_CreateObject();
        base_json_set_text(metadata, "resourceVersion", aks_meta(object->body, "resourceVersion"));
        aks_answer_tree(
            call, status,
            aks_table(object->kind, &object, 1, include, true, metadata, aks_now(call->aks)));
    }
    aks_object_drop(object);
}

void aks_answer_tree(struct aks_call *call, int status, cJSON *tree)
{
    if (!tree)
        return;
    char *text =
        aks_query_bool(call, "pretty") ? base_json_print_pretty(tree) : base_json_print(tree);
    base_http_answer_text(call->response, status, "application/json", text);
    free(text);
    cJSON_Delete(tree);
}

cJSON *aks_list_tree(const struct aks_call *call, struct aks_object *const *items, size_t count,
                     cJSON *metadata)
{
    enum aks_include include;
    cJSON *list, *array;

    if (call->form == AKS_FORM_TABLE) {
        if (aks_query_include((struct aks_call *)call, &include))
            return aks_table(call->kind, items, count, include, true, metadata, aks_now(call->aks));
        cJSON_Delete(metadata);
        return NULL;
    }
    bool partial = call->form == AKS_FORM_PARTIAL;
    char *kind = partial ? base_strdup("PartialObjectMetadataList")
                         : base_asprintf("%sList", call->kind->kind);
    list = cJSON_CreateObject();
    base_json_set_text(list, "kind", kind);
    base_json_set_text(list, "apiVersion", partial ? "meta.k8s.io/v1" : call->kind->api_version);
    base_json_set(list, "metadata", metadata);
    array = cJSON_AddArrayToObject(list, "items");
    for (size_t i = 0; i < count; i++) {
        if (partial)
            cJSON_AddItemToArray(array, aks_partial(items[i]->body));
        else if (call->kind->custom)
            cJSON_AddItemReferenceToArray(array, (cJSON *)items[i]->body);
        else
            cJSON_AddItemToArray(array, bare(items[i]->body));
    }
    free(kind);
    return list;
}

static bool read_page(struct aks_call *call, struct page *page)
{
    const char *token = aks_query(call, "continue"), *revision = aks_query(call, "resourceVersion");
    const char *match = aks_query(call, "resourceVersionMatch");
    int64_t seconds, wanted = 0;

    if (!aks_query_number(call, "limit", 0, &page->limit) ||
        !aks_query_number(call, "timeoutSeconds", 0, &seconds))
        return false;
    if (token && *token)
        return read_token(call, token, page);
    if (revision && *revision && (!base_parse_int64(revision, &wanted) || wanted < 0))
        return aks_fail_plain(call->fail, "BadRequest",
                              "resourceVersion: Invalid value: \"%s\": strconv.ParseUint: parsing "
                              "\"%s\": invalid syntax",
                              revision, revision);
    if (base_equal(match, "Exact"))
        page->revision = (uint64_t)wanted;
    return true;
}

/* base64url of {"v":"meta.k8s.io/v1","rv":N,"start":"name\u0000"}. */
static bool read_token(struct aks_call *call, const char *token, struct page *page)
{
    struct base_buf text = {0};
    struct base_error err = {0};
    bool decoded = base_base64_decode(&text, token, strlen(token));
    cJSON *json = decoded ? base_json_parse(text.data ? text.data : "", text.len, &err) : NULL;
    const char *version = base_json_text(json, "v"), *start = base_json_text(json, "start");

    if (!json)
        aks_fail_plain(
            call->fail, "BadRequest", "invalid continue token: continue key is not valid: %s",
            decoded ? "invalid character in the token" : "illegal base64 data at input byte 4");
    else if (!base_equal(version, "meta.k8s.io/v1"))
        aks_fail_plain(call->fail, "BadRequest",
                       "invalid continue token: continue key is not valid: server does not "
                       "recognize this encoded version \"%s\"",
                       version ? version : "");
    else if (!start || base_json_number(json, "rv", 0) < 1)
        aks_fail_plain(call->fail, "BadRequest",
                       "invalid continue token: continue key is not valid: incorrect encoded start "
                       "resourceVersion");
    page->revision = (uint64_t)base_json_number(json, "rv", 0);
    page->start = base_strdup(start);
    cJSON_Delete(json);
    base_buf_release(&text);
    return !call->fail->code;
}

/* The objects as they were at the page's revision: today's, with later changes undone, newest first. Lock held. */
static struct aks_objects state_at(struct aks_call *call, const struct page *page)
{
    struct aks_objects state = aks_store_list(call->cluster, call->kind, call->ns);
    const struct aks_history *history = &call->cluster->history;

    for (uint64_t n = history->next; n > history->first; n--) {
        const struct aks_event *event = &history->ring[(n - 1) % AKS_HISTORY];
        if (event->revision <= page->revision)
            break;
        if (event->now->kind == call->kind &&
            (!*call->ns || base_equal(event->now->namespace, call->ns)))
            undo(&state, event);
    }
    return state;
}

static void undo(struct aks_objects *state, const struct aks_event *event)
{
    size_t at = 0;
    int order = 1;

    for (; at < state->count; at++) {
        order = strcmp(event->now->namespace, state->items[at]->namespace);
        if (order == 0)
            order = strcmp(event->now->name, state->items[at]->name);
        if (order <= 0)
            break;
    }
    bool there = at < state->count && order == 0;
    if (there)
        aks_object_drop(state->items[at]);
    if (there && event->before) {
        state->items[at] = aks_object_hold(event->before);
    } else if (there) {
        state->count--;
        memmove(&state->items[at], &state->items[at + 1],
                (state->count - at) * sizeof *state->items);
    } else if (event->before) {
        state->items = base_realloc(state->items, (state->count + 2) * sizeof *state->items);
        memmove(&state->items[at + 1], &state->items[at],
                (state->count - at) * sizeof *state->items);
        state->items[at] = aks_object_hold(event->before);
        state->count++;
    }
}

/* Keeps what matches and belongs to the page; the rest is dropped. */
static void select_page(struct aks_call *call, struct aks_objects *all,
                        const struct aks_selector *labels, const struct aks_selector *fields,
                        struct page *page)
{
    size_t kept = 0, left = 0;
    char *last = NULL;

    for (size_t i = 0; i < all->count; i++) {
        struct aks_object *object = all->items[i];
        char *key = item_key(call, object);
        bool selected = aks_selected(object, call->ns, labels, fields) &&
                        (!page->start || strcmp(key, page->start) >= 0);
        bool fits = selected && (page->limit <= 0 || (int64_t)kept < page->limit);
        if (fits) {
            all->items[kept++] = object;
            free(last);
            last = key;
            key = NULL;
        } else {
            left += selected;
            aks_object_drop(object);
        }
        free(key);
    }
    all->count = kept;
    if (left) {
        page->next = make_token(page->revision, last);
        page->remaining = labels->count || fields->count ? -1 : (int64_t)left;
    }
    free(last);
}

static char *item_key(const struct aks_call *call, const struct aks_object *object)
{
    bool all = call->kind->namespaced && !*call->ns;

    return base_asprintf("%s%s%s", all ? object->namespace : "", all ? "/" : "", object->name);
}

/* The next key is the last one and the smallest character. */
static char *make_token(uint64_t revision, const char *key)
{
    struct base_buf text = {0}, token = {0};

    base_buf_printf(&text, "{\"v\":\"meta.k8s.io/v1\",\"rv\":%llu,\"start\":\"%s\\u0001\"}",
                    (unsigned long long)revision, key);
    base_base64url_encode(&token, text.data, text.len);
    base_buf_release(&text);
    return base_buf_take(&token);
}

static cJSON *page_metadata(const struct aks_call *call, const struct page *page)
{
    cJSON *metadata = cJSON_CreateObject();
    char text[24];

    snprintf(text, sizeof text, "%llu", (unsigned long long)page->revision);
    base_json_set_text(metadata, "resourceVersion", text);
    if (page->next || (call->kind->custom && call->form == AKS_FORM_OBJECT))
        base_json_set_text(metadata, "continue", page->next ? page->next : "");
    if (page->remaining >= 0)
        base_json_set_number(metadata, "remainingItemCount", (double)page->remaining);
    return metadata;
}

/* An item of a built-in list: the object without its kind. References into body. */
static cJSON *bare(const cJSON *body)
{
    cJSON *item = cJSON_CreateObject();

    for (cJSON *child = body->child; child; child = child->next)
        if (!base_equal(child->string, "kind") && !base_equal(child->string, "apiVersion"))
            cJSON_AddItemReferenceToObject(item, child->string, child);
    return item;
}
