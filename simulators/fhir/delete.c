/* Answers deletes: of the current version, for good, or of all old versions. */
#include "simulators/fhir/call.h"

#include <string.h>

static bool is_true(const struct fhir_call *call, const char *name)
{
    const char *value = fhir_param(call, name);
    return value && base_equal_nocase(value, "true");
}

bool fhir_hard_delete(const struct fhir_call *call)
{
    return is_true(call, "hardDelete") || is_true(call, "_hardDelete");
}

/* The resource and its versions; `keep_current` leaves the newest. */
static void purge(struct fhir_call *call, const char *id, bool keep_current)
{
    struct fhir_version version;
    struct fhir_rows gone = {0}, none = {0};
    struct base_error err = {0};
    enum base_status status =
        fhir_store_find(call->fhir, call->arena, call->kind, id, &version, &err);

    if (status == BASE_OK && !version.deleted && !keep_current)
        fhir_extract(call->arena, call->service.url,
                     fhir_json_parse(call->arena, version.body, strlen(version.body), &err), &gone);
    if (status == BASE_OK)
        status = fhir_store_index(call->fhir, &version, &gone, &none, &err);
    if (status == BASE_OK)
        status = fhir_store_purge(call->fhir, &version, keep_current, &err);
    if (status == BASE_OK || status == BASE_NOT_FOUND)
        call->answer = (struct fhir_answer){.status = 204, .body = ""};
    else
        fhir_refuse_store(call, &err);
}

void fhir_delete_id(struct fhir_call *call, const char *id)
{
    if (fhir_hard_delete(call))
        purge(call, id, false);
    else
        fhir_write(call, &(struct fhir_change){.id = id, .method = "DELETE", .if_version = -1});
}

static void delete_one(struct fhir_call *call)
{
    fhir_delete_id(call, call->captures[1]);
}

void fhir_delete(void *context)
{
    struct fhir_call *call = context;

    if (!fhir_hard_delete(call) || fhir_authorize(call, "hardDelete/action"))
        fhir_atomic(call, delete_one);
}

static void purge_one(struct fhir_call *call)
{
    purge(call, call->captures[1], true);
}

void fhir_purge_history(void *context)
{
    fhir_atomic(context, purge_one);
}
