/* Decides how the faults of a request become one error body. */
#include "reference/rp/api/faults.h"
#include "reference/rp/api/json_text.h"

#include <string.h>

void rp_faults_release(struct rp_faults *faults)
{
    cJSON_Delete(faults->list);
    memset(faults, 0, sizeof *faults);
}

bool rp_faults_any(const struct rp_faults *faults)
{
    return faults->list != NULL;
}

static cJSON *make(const char *code, const char *target, const char *message)
{
    cJSON *fault = cJSON_CreateObject();

    base_json_set_text(fault, "code", code);
    base_json_set_text(fault, "message", message);
    if (target && *target)
        base_json_set_text(fault, "target", target);
    for (cJSON *member = fault->child; member; member = member->next) /* they were cut by bytes */
        rp_utf8_keep_whole(member->valuestring);
    return fault;
}

static cJSON *add(struct rp_faults *faults, int status, const char *code, const char *target,
                  const char *fmt, va_list args)
{
    struct base_buf message = {0};

    base_buf_vprintf(&message, fmt, args);
    cJSON *fault = make(code, target, message.data);
    base_buf_release(&message);
    if (!faults->list) {
        faults->list = cJSON_CreateArray();
        faults->status = status;
    }
    cJSON_AddItemToArray(faults->list, fault);
    return fault;
}

cJSON *rp_fault(struct rp_faults *faults, const char *code, const char *target, const char *fmt,
                ...)
{
    va_list args;

    va_start(args, fmt);
    cJSON *fault = add(faults, 400, code, target, fmt, args);
    va_end(args);
    return fault;
}

cJSON *rp_fault_status(struct rp_faults *faults, int status, const char *code, const char *target,
                       const char *fmt, ...)
{
    va_list args;

    va_start(args, fmt);
    cJSON *fault = add(faults, status, code, target, fmt, args);
    va_end(args);
    return fault;
}

void rp_fault_detail(cJSON *fault, const char *code, const char *target, const char *message)
{
    cJSON *details = cJSON_GetObjectItemCaseSensitive(fault, "details");

    if (!details)
        details = cJSON_AddArrayToObject(fault, "details");
    cJSON_AddItemToArray(details, make(code, target, message));
}

cJSON *rp_faults_body(const struct rp_faults *faults)
{
    const cJSON *first = cJSON_GetArrayItem(faults->list, 0);
    int count = cJSON_GetArraySize(faults->list);
    cJSON *body = cJSON_CreateObject(), *error;

    if (count == 1) {
        error = base_json_copy(first);
    } else {
        struct base_buf message = {0};
        base_buf_printf(&message, "The request has %d faults (see details); the first: %s", count,
                        base_json_text(first, "message"));
        error = make(base_json_text(first, "code"), base_json_text(first, "target"), message.data);
        cJSON_AddItemToObject(error, "details", base_json_copy(faults->list));
        base_buf_release(&message);
    }
    cJSON_AddItemToObject(body, "error", error);
    return body;
}
