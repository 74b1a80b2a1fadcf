/* Decides what a refusal looks like: status, issue code, sentence. */
#include "simulators/fhir/call.h"

#include <stdio.h>

static const struct {
    int status;
    const char *code;
} faults[] = {
    [FHIR_BAD_REQUEST] = {400, "invalid"},
    [FHIR_BAD_SHAPE] = {400, "structure"},
    [FHIR_LOGIN] = {401, "login"},
    [FHIR_DENIED] = {403, "forbidden"},
    [FHIR_UNSEARCHABLE] = {403, "not-supported"},
    [FHIR_ABSENT] = {404, "not-found"},
    [FHIR_NO_ROUTE] = {404, "not-found"},
    [FHIR_NO_TYPE] = {404, "not-found"},
    [FHIR_NO_METHOD] = {405, "forbidden"},
    [FHIR_NO_FORMAT] = {406, "not-supported"},
    [FHIR_CONFLICT] = {409, "conflict"},
    [FHIR_GONE] = {410, "deleted"},
    [FHIR_PRECONDITION] = {412, "required"},
    [FHIR_NO_MEDIA] = {415, "not-supported"},
    [FHIR_BROKEN] = {500, "exception"},
    [FHIR_UNBUILT] = {501, "not-supported"},
};

cJSON *fhir_outcome(struct fhir_call *call)
{
    cJSON *outcome = fhir_json_object(call->arena), *meta = fhir_json_object(call->arena);
    char now[BASE_TIME_TEXT];

    base_time_iso(sim_now_ms(call->fhir->world), now);
    fhir_json_add_text(call->arena, outcome, "resourceType", "OperationOutcome");
    fhir_json_add_text(call->arena, outcome, "id", call->correlation);
    fhir_json_add_text(call->arena, meta, "lastUpdated", now);
    fhir_json_add(outcome, "meta", meta);
    fhir_json_add(outcome, "issue", fhir_json_array(call->arena));
    return outcome;
}

void fhir_outcome_add(struct fhir_call *call, cJSON *outcome, const char *severity,
                      const char *code, const char *diagnostics, const char *expression)
{
    cJSON *issue = fhir_json_object(call->arena), *where = fhir_json_array(call->arena);

    fhir_json_add_text(call->arena, issue, "severity", severity);
    fhir_json_add_text(call->arena, issue, "code", code);
    fhir_json_add_text(call->arena, issue, "diagnostics", diagnostics);
    if (expression) {
        fhir_json_add(where, NULL, fhir_json_text(call->arena, expression));
        fhir_json_add(issue, "expression", where);
    }
    fhir_json_add(fhir_json_get(outcome, "issue"), NULL, issue);
}

static void refuse(struct fhir_call *call, enum fhir_fault fault, const char *expression,
                   const char *fmt, va_list args)
{
    struct base_buf text = {0};
    cJSON *outcome = fhir_outcome(call);

    base_buf_vprintf(&text, fmt, args);
    fhir_outcome_add(call, outcome, "error", faults[fault].code, text.data, expression);
    base_buf_release(&text);
    call->answer = (struct fhir_answer){
        .status = faults[fault].status, .body = "", .tree = outcome, .outcome = true};
}

void fhir_refuse(struct fhir_call *call, enum fhir_fault fault, const char *fmt, ...)
{
    va_list args;

    va_start(args, fmt);
    refuse(call, fault, NULL, fmt, args);
    va_end(args);
}

void fhir_refuse_at(struct fhir_call *call, enum fhir_fault fault, const char *expression,
                    const char *fmt, ...)
{
    va_list args;

    va_start(args, fmt);
    refuse(call, fault, expression, fmt, args);
    va_end(args);
}

void fhir_refuse_store(struct fhir_call *call, const struct base_error *err)
{
    fhir_refuse(call, FHIR_BROKEN, "The store failed: %s",
                err->message[0] ? err->message : "no reason given");
}
