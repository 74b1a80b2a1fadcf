/* Answers read and vread: a version of a resource, or a part of it, or why there is none. */
#include "simulators/fhir/search.h"

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

/* _summary and _elements. */
static void answer_part(struct fhir_call *call, const struct fhir_version *version)
{
    struct fhir_subset subset = {0};
    struct base_pair *pairs;
    size_t count = base_query_parse(call->arena, call->query, true, &pairs);
    bool good = true;

    for (size_t i = 0; i < count && good; i++)
        fhir_subset_option(call, &pairs[i], &subset, &good);
    if (!good)
        return;
    fhir_answer_version(call, 200, version);
    if (fhir_subset_wanted(&subset))
        call->answer.tree = fhir_subset_apply(call->arena, &subset, version->body);
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
        answer_part(call, version);
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
