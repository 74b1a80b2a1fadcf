/* Decides what POST, PUT and PATCH do. */
#include "simulators/aks/api.h"

#include "simulators/aks/meta.h"
#include "simulators/aks/patch.h"

#include <stdlib.h>
#include <string.h>

static bool check_identity(struct aks_call *call, const cJSON *body);
static cJSON *patched(struct aks_call *call, const cJSON *old);
static cJSON *json_patched(struct aks_call *call, const cJSON *old, const cJSON *patch);
static bool check_patched(struct aks_call *call, const cJSON *old, const cJSON *body);
static bool patch_type_known(struct aks_call *call);
static void patch_refused(struct aks_call *call);

void aks_post(struct aks_call *call)
{
    bool dry_run;
    struct base_buf unknown = {0};

    if (!aks_query_dry_run(call, &dry_run))
        return;
    cJSON *body = aks_request_body(call, call->kind);
    if (!body)
        return;
    if (!aks_check_kind(body, call->kind, call->fail)) {
        cJSON_Delete(body);
        return;
    }
    struct aks_write write = aks_write_of(call, dry_run);
    write.unknown = &unknown;
    aks_lock(call->aks);
    struct aks_object *made = aks_create(&write, body, call->fail);
    aks_unlock(call->aks);
    aks_warn_unknown(call, &unknown);
    base_buf_release(&unknown);
    aks_answer_object(call, 201, made);
}

void aks_put(struct aks_call *call)
{
    bool dry_run;
    struct base_buf unknown = {0};

    if (!aks_query_dry_run(call, &dry_run))
        return;
    cJSON *body = aks_request_body(call, call->kind);
    if (!body)
        return;
    if (!aks_check_kind(body, call->kind, call->fail) || !check_identity(call, body)) {
        cJSON_Delete(body);
        return;
    }
    struct aks_write write = aks_write_of(call, dry_run);
    write.unknown = &unknown;
    aks_lock(call->aks);
    struct aks_object *now = aks_update(&write, body, call->fail);
    aks_unlock(call->aks);
    aks_warn_unknown(call, &unknown);
    base_buf_release(&unknown);
    aks_answer_object(call, 200, now);
}

void aks_patch(struct aks_call *call)
{
    bool dry_run;
    struct base_buf unknown = {0};
    struct aks_object *now = NULL;

    if (!patch_type_known(call) || !aks_query_dry_run(call, &dry_run))
        return;
    struct aks_write write = aks_write_of(call, dry_run);
    write.patch = true;
    write.unknown = &unknown;
    aks_lock(call->aks);
    struct aks_object *old = aks_store_get(call->cluster, call->kind, call->ns, call->name);
    cJSON *body = NULL;
    if (!old)
        aks_fail_not_found(call->fail, call->kind, call->name);
    else
        body = patched(call, old->body);
    if (body && check_patched(call, old->body, body)) {
        now = aks_update(&write, body, call->fail);
        patch_refused(call);
    } else {
        cJSON_Delete(body);
    }
    aks_unlock(call->aks);
    aks_warn_unknown(call, &unknown);
    base_buf_release(&unknown);
    aks_answer_object(call, 200, now);
}

void aks_warn_unknown(struct aks_call *call, const struct base_buf *unknown)
{
    if (base_equal(aks_query(call, "fieldValidation"), "Ignore"))
        return;
    for (const char *line = unknown->len ? unknown->data : ""; *line;
         line += strcspn(line, "\n") + 1)
        base_headers_addf(&call->response->headers, "Warning",
                          "299 - \"unknown field \\\"%.*s\\\"\"", (int)strcspn(line, "\n"), line);
}

struct aks_write aks_write_of(const struct aks_call *call, bool dry_run)
{
    return (struct aks_write){.cluster = call->cluster,
                              .kind = call->kind,
                              .ns = call->ns,
                              .name = call->name,
                              .sub = call->sub,
                              .dry_run = dry_run,
                              .strict = base_equal(aks_query(call, "fieldValidation"), "Strict")};
}

/* The body of a PUT names what the path names. */
static bool check_identity(struct aks_call *call, const cJSON *body)
{
    const char *name = base_json_text(body, "metadata.name");

    if (!name || !*name)
        return aks_fail_plain(
            call->fail, "BadRequest",
            "the name of the object (%s based on URL) was undeterminable: name must be provided",
            call->name);
    if (!base_equal(name, call->name))
        return aks_fail_plain(call->fail, "BadRequest",
                              "the name of the object (%s) does not match the name on the URL (%s)",
                              name, call->name);
    return true;
}

static bool patch_type_known(struct aks_call *call)
{
    static const char *const types[] = {"application/json-patch+json",
                                        "application/merge-patch+json",
                                        "application/strategic-merge-patch+json"};
    const char *type = aks_content_type(call);

    for (size_t i = 0; i < (call->kind->custom ? 2 : 3); i++)
        if (base_equal(type, types[i]))
            return true;
    if (call->kind->custom)
        return aks_fail_plain(
            call->fail, "UnsupportedMediaType",
            "the body of the request was in an unknown format - accepted media types include: "
            "application/json-patch+json, application/merge-patch+json, "
            "application/apply-patch+yaml");
    aks_fail_plain(call->fail, "UnsupportedMediaType", "415: Unsupported Media Type");
    return aks_fail_empty_details(call->fail);
}

/* 422 on a patch as a whole, without a kind: what the real server says when the result is not an object of the kind. */
static cJSON *invalid_patch(struct aks_call *call, const char *why)
{
    cJSON *causes = cJSON_CreateArray(), *cause = cJSON_CreateObject();
    cJSON *quoted = cJSON_CreateString(call->request->body);
    char *shown = base_json_print(quoted),
         *message = base_asprintf("Invalid value: %s: %s", shown, why);

    aks_fail_plain(call->fail, "Invalid", " \"\" is invalid: patch: %s", message);
    base_json_set_text(cause, "reason", "FieldValueInvalid");
    base_json_set_text(cause, "message", message);
    base_json_set_text(cause, "field", "patch");
    cJSON_AddItemToArray(causes, cause);
    aks_fail_empty_details(call->fail);
    base_json_set(call->fail->details, "causes", causes);
    free(message);
    free(shown);
    cJSON_Delete(quoted);
    return NULL;
}

/* Lock held. */
static cJSON *patched(struct aks_call *call, const cJSON *old)
{
    const struct base_http_request *request = call->request;
    const char *type = aks_content_type(call);
    bool merge = base_equal(type, "application/merge-patch+json");
    struct base_error err = {0};
    cJSON *patch = base_json_parse(request->body, request->body_len, &err), *body = NULL;

    if (!patch)
        aks_fail_plain(call->fail, merge ? "" : "BadRequest", "json: %s", err.message);
    else if (base_equal(type, "application/json-patch+json"))
        body = json_patched(call, old, patch);
    else if (merge && !cJSON_IsObject(patch))
        invalid_patch(call, "the result is not an object");
    else if (merge)
        body = base_json_merge_patch(old, patch);
    else if (!cJSON_IsObject(patch))
        aks_fail_plain(
            call->fail, "BadRequest",
            "json: cannot unmarshal array into Go value of type map[string]interface {}");
    else
        body = aks_strategic_merge(aks_kind_type(call->kind), old, patch, call->fail);
    cJSON_Delete(patch);
    return body;
}

static cJSON *json_patched(struct aks_call *call, const cJSON *old, const cJSON *patch)
{
    struct base_buf why = {0};
    cJSON *body = base_json_copy(old);

    if (!cJSON_IsArray(patch)) {
        aks_fail_plain(call->fail, "BadRequest",
                       "json: cannot unmarshal object into Go value of type jsonpatch.Patch");
    } else if (!aks_json_patch(&body, patch, &why)) {
        aks_fail_plain(call->fail, "Invalid",
                       "the server rejected our request due to an error in our request");
        aks_fail_empty_details(call->fail);
    } else if (!cJSON_IsObject(body)) {
        invalid_patch(call, "the result is not an object");
    }
    base_buf_release(&why);
    if (!call->fail->code)
        return body;
    cJSON_Delete(body);
    return NULL;
}

/* A patch may not move an object. */
static bool check_patched(struct aks_call *call, const cJSON *old, const cJSON *body)
{
    const char *name = aks_meta(body, "name"), *ns = aks_meta(body, "namespace"),
               *uid = aks_meta(body, "uid");
    struct aks_causes causes = {0};

    if (!base_equal(name, call->name))
        return aks_fail_plain(call->fail, "BadRequest",
                              "the name of the object (%s) does not match the name on the URL (%s)",
                              name, call->name);
    if (*ns && !base_equal(ns, call->ns))
        return aks_fail_plain(
            call->fail, "BadRequest",
            "the namespace of the object (%s) does not match the namespace on the request (%s)", ns,
            call->ns);
    for (int twice = 0; *uid && !base_equal(uid, aks_meta(old, "uid")) && twice < 2;
         twice++) /* the real server says it twice */
        aks_cause_invalid_text(&causes, "metadata.uid", uid, "field is immutable");
    bool good =
        aks_causes_check(&causes, call->kind->group, call->kind->kind, call->name, call->fail);
    aks_causes_release(&causes);
    return good;
}

/* A result that does not decode is the patch's fault. */
static void patch_refused(struct aks_call *call)
{
    if (call->fail->code != 400 || call->kind->custom ||
        strstr(call->fail->message, "strict decoding error"))
        return;
    char *why = base_strdup(call->fail->message);
    aks_fail_release(call->fail);
    invalid_patch(call, why);
    free(why);
}
