/* Decides what a list shows, a page at a time. */
#include "reference/rp/frontend/call.h"
#include "common/text.h"

#include <string.h>

/* Lower-case start of all keys of this list, '/' last. */
static const char *prefix_of(struct rp_call *call)
{
    char *prefix = call->above ? base_arena_printf(call->arena, "%s/", call->above)
                   : call->group
                       ? base_arena_printf(call->arena, "/subscriptions/%s/resourceGroups/%s/",
                                           call->subscription, call->group)
                       : base_arena_printf(call->arena, "/subscriptions/%s/", call->subscription);

    base_lower(prefix);
    return prefix;
}

/* $skipToken holds the last key shown, relative to the prefix. False + answered when it is none of ours. */
static bool read_token(struct rp_call *call, const char *prefix, const char **after)
{
    const char *token = base_query_get(call->arena, call->request->query, "$skipToken");
    struct base_buf text = {0};

    *after = "";
    if (!token || !*token)
        return true;
    bool good = base_base64_decode(&text, token, strlen(token)) && text.len &&
                strlen(text.data) == text.len;
    if (good)
        *after = base_arena_printf(call->arena, "%s%s", prefix, text.data);
    else
        rp_answer_error(call, 400, RP_BAD, "$skipToken",
                        "$skipToken: found \"%.60s\", expected one from a nextLink", token);
    base_buf_release(&text);
    return good;
}

static bool read_top(struct rp_call *call, int64_t *limit)
{
    const char *top = base_query_get(call->arena, call->request->query, "$top");

    *limit = call->world->config->page_size;
    if (!top)
        return true;
    int64_t wanted;
    if (!base_parse_int64(top, &wanted) || wanted < 1) {
        rp_answer_error(call, 400, RP_BAD, "$top",
                        "$top: found \"%.20s\", expected a whole number from 1", top);
        return false;
    }
    if (wanted < *limit)
        *limit = wanted;
    return true;
}

/* A list that ignored a filter would show what was not asked for. What has no '$' is not for us (ARM adds some). */
static bool read_others(struct rp_call *call)
{
    struct base_pair *pairs;
    size_t count = base_query_parse(call->arena, call->request->query, false, &pairs);

    for (size_t i = 0; i < count; i++)
        if (pairs[i].name[0] == '$' && !base_equal_nocase(pairs[i].name, "$top") &&
            !base_equal_nocase(pairs[i].name, "$skipToken")) {
            rp_answer_error(call, 400, RP_BAD, pairs[i].name,
                            "%.40s: unknown query parameter; a list has $top and $skipToken",
                            pairs[i].name);
            return false;
        }
    return true;
}

/* The client's own URL with another $skipToken. */
static cJSON *next_link(struct rp_call *call, const char *rest)
{
    struct base_buf url = {0}, token = {0};
    struct base_pair *pairs;
    struct base_uri uri = {.path = call->request->path, .query = call->request->query};

    if (*call->referer && !base_uri_parse(call->arena, call->referer, &uri))
        uri.path = call->request->path;
    base_base64url_encode(&token, rest, strlen(rest));
    base_buf_printf(&url, "%s%s", call->origin, uri.path);
    size_t count = base_query_parse(call->arena, call->request->query, false, &pairs);
    for (size_t i = 0; i < count; i++)
        if (!base_equal_nocase(pairs[i].name, "$skipToken"))
            base_query_add(&url, pairs[i].name, pairs[i].value);
    base_query_add(&url, "$skipToken", token.data);
    cJSON *link = cJSON_CreateString(url.data);
    base_buf_release(&url);
    base_buf_release(&token);
    return link;
}

static void answer(struct rp_call *call, const char *prefix, const struct rp_resource *list,
                   size_t count, bool more)
{
    cJSON *body = cJSON_CreateObject(), *value = cJSON_AddArrayToObject(body, "value");

    for (size_t i = 0; i < count; i++)
        cJSON_AddItemToArray(value, rp_model_show(call->arena, &list[i], call->version));
    if (more)
        base_json_set(body, "nextLink", next_link(call, list[count - 1].key + strlen(prefix)));
    base_http_answer_json_take(call->response, 200, body);
}

void rp_resource_show_list(struct rp_call *call)
{
    struct rp_resource_query query = {.type = call->type, .prefix = prefix_of(call)};
    struct rp_resource parent = {0}, *list = NULL;
    struct base_error err = {0};
    size_t count = 0;
    int64_t limit;

    if (!read_token(call, query.prefix, &query.after) || !read_top(call, &limit) ||
        !read_others(call) || (call->parent_key && !rp_load_parent(call, &parent)))
        return;
    rp_resource_release(&parent);
    query.limit = limit + 1; /* one more tells whether there is another page */
    if (rp_resource_list(call->world->db, &query, &list, &count, &err) != BASE_OK) {
        rp_answer_failure(call, &err);
        return;
    }
    bool more = (int64_t)count > limit;
    answer(call, query.prefix, list, more ? (size_t)limit : count, more);
    rp_resources_free(list, count);
}
