/* Decides how a refusal looks on the wire. */
#include "simulators/aks/fail.h"

#include "simulators/aks/kinds.h"

#include <stdlib.h>
#include <string.h>

static const struct {
    const char *reason;
    int code;
} reasons[] = {
    {"BadRequest", 400},
    {"Unauthorized", 401},
    {"Forbidden", 403},
    {"NotFound", 404},
    {"AlreadyExists", 409},
    {"Conflict", 409},
    {"MethodNotAllowed", 405},
    {"NotAcceptable", 406},
    {"Expired", 410},
    {"Gone", 410},
    {"UnsupportedMediaType", 415},
    {"Invalid", 422},
    {"TooManyRequests", 429},
    {"InternalError", 500},
    {"NotImplemented", 501},
    {"", 500},
};

static void fill(struct aks_fail *fail, const char *reason, const char *fmt, va_list args);
static cJSON *kind_details(const char *name, const char *group, const char *kind);
static void add_cause(struct aks_causes *causes, const char *reason, const char *field,
                      char *message);
static char *join_causes(const cJSON *list);
static void answer_status(const struct aks_fail *fail, struct base_http_response *response);

void aks_fail_release(struct aks_fail *fail)
{
    free(fail->message);
    cJSON_Delete(fail->details);
    *fail = (struct aks_fail){0};
}

bool aks_fail_not_found(struct aks_fail *fail, const struct aks_kind *kind, const char *name)
{
    if (!fail->code)
        fail->details = kind_details(name, kind->group, kind->plural);
    return aks_fail_plain(fail, "NotFound", "%s \"%s\" not found", aks_kind_resource(kind), name);
}

bool aks_fail_exists(struct aks_fail *fail, const struct aks_kind *kind, const char *name)
{
    if (!fail->code)
        fail->details = kind_details(name, kind->group, kind->plural);
    return aks_fail_plain(fail, "AlreadyExists", "%s \"%s\" already exists",
                          aks_kind_resource(kind), name);
}

bool aks_fail_modified(struct aks_fail *fail, const struct aks_kind *kind, const char *name)
{
    if (!fail->code)
        fail->details = kind_details(name, kind->group, kind->plural);
    return aks_fail_plain(
        fail, "Conflict",
        "Operation cannot be fulfilled on %s \"%s\": the object has been modified; please apply "
        "your changes to the latest version and try again",
        aks_kind_resource(kind), name);
}

bool aks_fail_conflict(struct aks_fail *fail, const char *what, const char *name, const char *fmt,
                       ...)
{
    struct base_buf text = {0};
    va_list args;

    va_start(args, fmt);
    base_buf_vprintf(&text, fmt, args);
    va_end(args);
    if (!fail->code)
        fail->details = kind_details(name, "", what);
    aks_fail_plain(fail, "Conflict", "Operation cannot be fulfilled on %s \"%s\": %s", what, name,
                   text.data);
    base_buf_release(&text);
    return false;
}

bool aks_fail_forbidden(struct aks_fail *fail, const struct aks_kind *kind, const char *name,
                        const char *fmt, ...)
{
    struct base_buf text = {0};
    va_list args;

    va_start(args, fmt);
    base_buf_vprintf(&text, fmt, args);
    va_end(args);
    if (!fail->code)
        fail->details = kind_details(name, kind->group, kind->plural);
    if (name && *name)
        aks_fail_plain(fail, "Forbidden", "%s \"%s\" is forbidden: %s", aks_kind_resource(kind),
                       name, text.data);
    else
        aks_fail_plain(fail, "Forbidden", "%s is forbidden: %s", aks_kind_resource(kind),
                       text.data);
    base_buf_release(&text);
    return false;
}

bool aks_fail_plain(struct aks_fail *fail, const char *reason, const char *fmt, ...)
{
    va_list args;

    if (fail->code)
        return false;
    va_start(args, fmt);
    fill(fail, reason, fmt, args);
    va_end(args);
    return false;
}

bool aks_fail_empty_details(struct aks_fail *fail)
{
    if (!fail->details)
        fail->details = cJSON_CreateObject();
    return false;
}

bool aks_fail_no_resource(struct aks_fail *fail)
{
    aks_fail_plain(fail, "NotFound", "the server could not find the requested resource");
    return aks_fail_empty_details(fail);
}

bool aks_fail_no_page(struct aks_fail *fail)
{
    fail->bare = !fail->code;
    return aks_fail_plain(fail, "NotFound", "404 page not found\n");
}

bool aks_fail_method(struct aks_fail *fail)
{
    aks_fail_plain(fail, "MethodNotAllowed",
                   "the server does not allow this method on the requested resource");
    return aks_fail_empty_details(fail);
}

cJSON *aks_fail_status(const struct aks_fail *fail)
{
    cJSON *status = cJSON_CreateObject();

    base_json_set_text(status, "kind", "Status");
    base_json_set_text(status, "apiVersion", "v1");
    cJSON_AddObjectToObject(status, "metadata");
    base_json_set_text(status, "status", "Failure");
    base_json_set_text(status, "message", fail->message);
    if (fail->reason[0])
        base_json_set_text(status, "reason", fail->reason);
    if (fail->details)
        base_json_set(status, "details", base_json_copy(fail->details));
    base_json_set_number(status, "code", fail->code);
    return status;
}

void aks_fail_answer(const struct aks_fail *fail, struct base_http_response *response)
{
    if (fail->bare)
        base_http_answer_text(response, fail->code, "text/plain; charset=utf-8", fail->message);
    else
        answer_status(fail, response);
}

/* Without a charset, as kube-apiserver. */
static void answer_status(const struct aks_fail *fail, struct base_http_response *response)
{
    cJSON *status = aks_fail_status(fail);
    char *text = base_json_print(status);

    base_http_answer_text(response, fail->code, "application/json", text);
    free(text);
    cJSON_Delete(status);
}

cJSON *aks_status_success(const struct aks_kind *kind, const char *name, const char *uid)
{
    cJSON *status = cJSON_CreateObject();
    cJSON *details = kind_details(name, kind->group, kind->plural);

    base_json_set_text(status, "kind", "Status");
    base_json_set_text(status, "apiVersion", "v1");
    cJSON_AddObjectToObject(status, "metadata");
    base_json_set_text(status, "status", "Success");
    base_json_set_text(details, "uid", uid);
    base_json_set(status, "details", details);
    return status;
}

void aks_causes_release(struct aks_causes *causes)
{
    cJSON_Delete(causes->list);
    if (causes->ready)
        base_arena_release(&causes->arena);
    *causes = (struct aks_causes){0};
}

const char *aks_path(struct aks_causes *causes, const char *fmt, ...)
{
    struct base_buf text = {0};
    va_list args;

    if (!causes->ready)
        base_arena_init(&causes->arena);
    causes->ready = true;
    va_start(args, fmt);
    base_buf_vprintf(&text, fmt, args);
    va_end(args);
    const char *path = base_arena_strdup(&causes->arena, text.data);
    base_buf_release(&text);
    return path;
}

void aks_cause_invalid(struct aks_causes *causes, const char *field, const cJSON *value,
                       const char *fmt, ...)
{
    struct base_buf text = {0};
    va_list args;

    base_buf_puts(&text, "Invalid value: ");
    if (value)
        base_json_append(&text, value);
    else
        base_buf_puts(&text, "\"\"");
    base_buf_puts(&text, ": ");
    va_start(args, fmt);
    base_buf_vprintf(&text, fmt, args);
    va_end(args);
    add_cause(causes, "FieldValueInvalid", field, base_buf_take(&text));
}

void aks_cause_invalid_text(struct aks_causes *causes, const char *field, const char *value,
                            const char *fmt, ...)
{
    struct base_buf text = {0};
    va_list args;

    base_buf_printf(&text, "Invalid value: \"%s\": ", value);
    va_start(args, fmt);
    base_buf_vprintf(&text, fmt, args);
    va_end(args);
    add_cause(causes, "FieldValueInvalid", field, base_buf_take(&text));
}

void aks_cause_invalid_go(struct aks_causes *causes, const char *field, const char *go_type,
                          const cJSON *value, const char *fmt, ...)
{
    struct base_buf text = {0}, shown = {0};
    va_list args;

    base_json_append(&shown, value);
    if (cJSON_IsArray(value) && shown.len >= 2) {
        shown.data[0] = '{';
        shown.data[shown.len - 1] = '}';
    }
    base_buf_printf(&text, "Invalid value: %s%s: ", go_type, shown.data);
    va_start(args, fmt);
    base_buf_vprintf(&text, fmt, args);
    va_end(args);
    add_cause(causes, "FieldValueInvalid", field, base_buf_take(&text));
    base_buf_release(&shown);
}

void aks_cause_required(struct aks_causes *causes, const char *field, const char *why)
{
    add_cause(causes, "FieldValueRequired", field,
              base_asprintf("Required value%s%s", *why ? ": " : "", why));
}

void aks_cause_forbidden(struct aks_causes *causes, const char *field, const char *fmt, ...)
{
    struct base_buf text = {0};
    va_list args;

    base_buf_puts(&text, "Forbidden: ");
    va_start(args, fmt);
    base_buf_vprintf(&text, fmt, args);
    va_end(args);
    add_cause(causes, "FieldValueForbidden", field, base_buf_take(&text));
}

void aks_cause_duplicate(struct aks_causes *causes, const char *field, const char *value)
{
    add_cause(causes, "FieldValueDuplicate", field,
              base_asprintf("Duplicate value: \"%s\"", value));
}

void aks_cause_not_found(struct aks_causes *causes, const char *field, const char *value)
{
    add_cause(causes, "FieldValueNotFound", field, base_asprintf("Not found: \"%s\"", value));
}

void aks_cause_unsupported(struct aks_causes *causes, const char *field, const char *value,
                           const char *const *supported)
{
    char *shown = base_asprintf("\"%s\"", value);

    aks_cause_unsupported_raw(causes, field, shown, supported);
    free(shown);
}

void aks_cause_unsupported_raw(struct aks_causes *causes, const char *field, const char *shown,
                               const char *const *supported)
{
    struct base_buf text = {0};

    base_buf_printf(&text, "Unsupported value: %s: supported values: ", shown);
    for (size_t i = 0; supported[i]; i++)
        base_buf_printf(&text, "%s\"%s\"", i ? ", " : "", supported[i]);
    add_cause(causes, "FieldValueNotSupported", field, base_buf_take(&text));
}

bool aks_causes_check(struct aks_causes *causes, const char *group, const char *kind,
                      const char *name, struct aks_fail *fail)
{
    if (!causes->list)
        return true;
    if (fail->code)
        return false;
    char *joined = join_causes(causes->list);
    fail->details = kind_details(name, group, kind);
    base_json_set(fail->details, "causes", base_json_copy(causes->list));
    aks_fail_plain(fail, "Invalid", "%s%s%s \"%s\" is invalid: %s", kind, *group ? "." : "", group,
                   name ? name : "", joined);
    free(joined);
    return false;
}

static void fill(struct aks_fail *fail, const char *reason, const char *fmt, va_list args)
{
    struct base_buf text = {0};

    for (size_t i = 0; i < sizeof reasons / sizeof *reasons && !fail->code; i++)
        if (base_equal(reasons[i].reason, reason)) {
            fail->reason = reasons[i].reason;
            fail->code = reasons[i].code;
        }
    if (!fail->code)
        BUG("no status code for reason %s", reason);
    base_buf_vprintf(&text, fmt, args);
    fail->message = base_buf_take(&text);
}

static cJSON *kind_details(const char *name, const char *group, const char *kind)
{
    cJSON *details = cJSON_CreateObject();

    if (name && *name)
        base_json_set_text(details, "name", name);
    if (*group)
        base_json_set_text(details, "group", group);
    base_json_set_text(details, "kind", kind);
    return details;
}

static void add_cause(struct aks_causes *causes, const char *reason, const char *field,
                      char *message)
{
    cJSON *cause = cJSON_CreateObject();

    if (!causes->list)
        causes->list = cJSON_CreateArray();
    base_json_set_text(cause, "reason", reason);
    base_json_set_text(cause, "message", message);
    base_json_set_text(cause, "field", field);
    cJSON_AddItemToArray(causes->list, cause);
    free(message);
}

/* "field: message" alone, or "[a: b, c: d]", each text once. */
static char *join_causes(const cJSON *list)
{
    struct base_buf out = {0};
    size_t count = 0;
    const cJSON *cause;

    cJSON_ArrayForEach(cause, list)
    {
        bool seen = false;
        for (const cJSON *other = list->child; other != cause && !seen; other = other->next)
            seen = base_json_equal(other, cause);
        if (seen)
            continue;
        base_buf_printf(&out, "%s%s: %s", count++ ? ", " : "", base_json_text(cause, "field"),
                        base_json_text(cause, "message"));
    }
    if (count < 2)
        return base_buf_take(&out);
    char *joined = base_asprintf("[%s]", out.data);
    base_buf_release(&out);
    return joined;
}
