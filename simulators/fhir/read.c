/* Answers read and vread: a version of a resource, or why there is none. */
#include "simulators/fhir/call.h"

void fhir_answer_version(struct fhir_call *call, int status, const struct fhir_version *version)
{
    call->answer = (struct fhir_answer){
        .status = status, .body = version->body, .version = version->version, .seq = version->seq};
}

static void absent(struct fhir_call *call, const char *id, const char *version)
{
    const char *type = fhir_type_name(call->type);

    if (version)
        fhir_refuse(call, FHIR_ABSENT,
                    "Resource type '%s' with id '%s' and version '%s' couldn't be found.", type, id,
                    version);
    else
        fhir_refuse(call, FHIR_ABSENT, "Resource type '%s' with id '%s' couldn't be found.", type,
                    id);
}

static void gone(struct fhir_call *call, const struct fhir_version *version)
{
    fhir_refuse(call, FHIR_GONE, "Resource type '%s' with id '%s' was deleted.",
                fhir_type_name(call->type), version->id);
    call->answer.version = version->version;
}

static void answer(struct fhir_call *call, enum base_status status,
                   const struct fhir_version *version, const struct base_error *err)
{
    if (status == BASE_NOT_FOUND)
        absent(call, call->captures[1], call->captures[2]);
    else if (status != BASE_OK)
        fhir_refuse_store(call, err);
    else if (version->deleted)
        gone(call, version);
    else
        fhir_answer_version(call, 200, version);
}

void fhir_read(void *context)
{
    struct fhir_call *call = context;
    struct fhir_version version;
    struct base_error err = {0};
    enum base_status status =
        fhir_store_find(call->fhir, call->arena, call->kind, call->captures[1], &version, &err);

    answer(call, status, &version, &err);
}

void fhir_vread(void *context)
{
    struct fhir_call *call = context;
    struct fhir_version version;
    struct base_error err = {0};
    int64_t number;
    enum base_status status = BASE_NOT_FOUND;

    if (base_parse_int64(call->captures[2], &number))
        status = fhir_store_find_version(call->fhir, call->arena, call->kind, call->captures[1],
                                         number, &version, &err);
    answer(call, status, &version, &err);
}
