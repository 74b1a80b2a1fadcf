/* Decides what conditional creates, updates, patches and deletes do with the resources they match. */
#include "simulators/fhir/search.h"

#include <string.h>

#define DELETE_MAX 100

static bool refuse_many(struct fhir_call *call, const char *query)
{
    fhir_refuse(
        call, FHIR_PRECONDITION,
        "The client's criteria '%s' are not selective enough: they match several resources.",
        query);
    return false;
}

/* How many match: 0, 1; -1: refused, several or no criteria. */
static int match_one(struct fhir_call *call, const char *query, struct fhir_version *found)
{
    struct fhir_version matches[2];
    int count = fhir_search_matches(call, call->type, query, matches, 2);

    if (count == 1)
        *found = matches[0];
    if (count > 1)
        refuse_many(call, query);
    return count > 1 ? -1 : count;
}

/* ---- create ---- */

static void create(struct fhir_call *call)
{
    const char *query = fhir_header(call, "If-None-Exist");
    struct fhir_version found;
    int count = match_one(call, query + (*query == '?'), &found);

    if (count == 1) {
        fhir_answer_version(call, 200, &found);
        call->answer.location =
            base_arena_printf(call->arena, "%s/%s/_history/%lld", fhir_type_name(call->type),
                              found.id, (long long)found.version);
    } else if (count == 0) {
        fhir_write(call, &(struct fhir_change){.id = call->assigned_id,
                                               .resource = call->body,
                                               .method = "POST",
                                               .if_version = -1});
    }
}

void fhir_conditional_create(struct fhir_call *call)
{
    call->body = fhir_take_resource(call);
    if (call->body)
        fhir_atomic(call, create);
}

/* ---- update ---- */

static void update(struct fhir_call *call)
{
    const char *id = fhir_json_get_text(call->body, "id");
    struct fhir_version found = {0};
    struct fhir_change change = {.resource = call->body, .method = "PUT"};
    int count = match_one(call, call->query, &found);

    if (count < 0 || !fhir_if_match(call, &change.if_version))
        return;
    if (count == 1 && id && strcmp(id, found.id)) {
        fhir_refuse(call, FHIR_BAD_REQUEST,
                    "The id '%s' of the resource does not match '%s', which the criteria match.",
                    id, found.id);
        return;
    }
    change.id = count == 1 ? found.id : id ? id : call->assigned_id;
    fhir_write(call, &change);
}

void fhir_conditional_update(void *context)
{
    struct fhir_call *call = context;

    call->body = fhir_take_resource(call);
    if (call->body)
        fhir_atomic(call, update);
}

/* ---- patch ---- */

static void patch(struct fhir_call *call)
{
    struct fhir_version found;
    int count = match_one(call, call->query, &found);

    if (count == 1)
        fhir_patch_id(call, found.id);
    else if (count == 0)
        fhir_refuse(call, FHIR_ABSENT, "No resource matches '%s'.", call->query);
}

void fhir_conditional_patch(void *context)
{
    fhir_atomic(context, patch);
}

/* ---- delete ---- */

static bool take_limit(struct fhir_call *call, int64_t *limit)
{
    const char *count = fhir_param(call, "_count");

    *limit = 1;
    if (!count || (base_parse_int64(count, limit) && *limit >= 1 && *limit <= DELETE_MAX))
        return true;
    fhir_refuse(call, FHIR_BAD_REQUEST,
                "The value '%s' of parameter '_count' is not valid: expected 1 to %d.", count,
                DELETE_MAX);
    return false;
}

static void delete_matches(struct fhir_call *call)
{
    struct fhir_version matches[DELETE_MAX + 1];
    int64_t limit;

    if (!take_limit(call, &limit))
        return;
    bool several = fhir_param(call, "_count") != NULL;
    int count = fhir_search_matches(call, call->type, call->query, matches, (int)limit + !several);
    if (count < 0 || (count > limit && !refuse_many(call, call->query)))
        return;
    for (int i = 0; i < count; i++) {
        fhir_delete_id(call, matches[i].id);
        if (call->answer.status >= 300)
            return;
    }
    call->answer = (struct fhir_answer){
        .status = 204,
        .body = "",
        .removed = several ? base_arena_printf(call->arena, "%d", count) : NULL};
}

void fhir_conditional_delete(void *context)
{
    struct fhir_call *call = context;

    if (!fhir_hard_delete(call) || fhir_authorize(call, "hardDelete/action"))
        fhir_atomic(call, delete_matches);
}
