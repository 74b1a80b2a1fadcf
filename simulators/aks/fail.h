/* aks/fail.h: why a Kubernetes request is refused: the Status object, and the causes of a 422.
 * Source: facts kubernetes.md 4 (read off a real kube-apiserver). One thread each. */
#ifndef AKS_FAIL_H
#define AKS_FAIL_H

#include "common/http.h"

struct aks_kind;

/* Zero-initialise; aks_fail_release when done. The first failure wins. */
struct aks_fail {
    int code;           /* 0: none */
    const char *reason; /* "NotFound"; "" for 500s without one */
    char *message;
    cJSON *details; /* NULL: member left out */
    bool bare;      /* plain text answer instead of a Status */
};
void aks_fail_release(struct aks_fail *fail);

/* All return false, so that `return aks_fail_x(...)` reads well. `kind` names the plural (and its group) in details and message. */
bool aks_fail_not_found(struct aks_fail *fail, const struct aks_kind *kind, const char *name);
bool aks_fail_exists(struct aks_fail *fail, const struct aks_kind *kind, const char *name);
bool aks_fail_modified(struct aks_fail *fail, const struct aks_kind *kind,
                       const char *name); /* stale resourceVersion */
bool aks_fail_conflict(struct aks_fail *fail, const char *what, const char *name, const char *fmt,
                       ...) BASE_PRINTF(4, 5);
bool aks_fail_forbidden(struct aks_fail *fail, const struct aks_kind *kind, const char *name,
                        const char *fmt, ...) BASE_PRINTF(4, 5);
/* reason and code are looked up in one table: "BadRequest", "MethodNotAllowed", "InternalError", ... */
bool aks_fail_plain(struct aks_fail *fail, const char *reason, const char *fmt, ...)
    BASE_PRINTF(3, 4);
bool aks_fail_empty_details(struct aks_fail *fail); /* adds "details":{} */
bool aks_fail_no_resource(
    struct aks_fail *fail); /* 404 the server could not find the requested resource */
bool aks_fail_no_page(struct aks_fail *fail); /* 404 page not found, text */
bool aks_fail_method(struct aks_fail *fail);  /* 405 */

/* The Status object. */
cJSON *aks_fail_status(const struct aks_fail *fail) BASE_MUST_USE;
void aks_fail_answer(const struct aks_fail *fail, struct base_http_response *response);
/* {"kind":"Status",...,"status":"Success"} with details of a deleted object. */
cJSON *aks_status_success(const struct aks_kind *kind, const char *name,
                          const char *uid) BASE_MUST_USE;

/* Causes of an Invalid, in order. Zero-initialise; aks_causes_release when done. */
struct aks_causes {
    cJSON *list; /* [{reason,message,field}]; NULL: none */
    struct base_arena arena;
    bool ready;
};
void aks_causes_release(struct aks_causes *causes);
/* A field path, in the causes' own memory. */
const char *aks_path(struct aks_causes *causes, const char *fmt, ...) BASE_PRINTF(2, 3);
/* `value` is printed as JSON would; NULL prints "". */
void aks_cause_invalid(struct aks_causes *causes, const char *field, const cJSON *value,
                       const char *fmt, ...) BASE_PRINTF(4, 5);
void aks_cause_invalid_text(struct aks_causes *causes, const char *field, const char *value,
                            const char *fmt, ...) BASE_PRINTF(4, 5);
/* Shown as Go shows a value of that type: v1.LabelSelector{...}; the inside is JSON. */
void aks_cause_invalid_go(struct aks_causes *causes, const char *field, const char *go_type,
                          const cJSON *value, const char *fmt, ...) BASE_PRINTF(5, 6);
void aks_cause_required(struct aks_causes *causes, const char *field,
                        const char *why); /* why may be "" */
void aks_cause_forbidden(struct aks_causes *causes, const char *field, const char *fmt, ...)
    BASE_PRINTF(3, 4);
void aks_cause_duplicate(struct aks_causes *causes, const char *field, const char *value);
void aks_cause_not_found(struct aks_causes *causes, const char *field, const char *value);
/* `supported`: NULL-terminated. `value` as text. */
void aks_cause_unsupported(struct aks_causes *causes, const char *field, const char *value,
                           const char *const *supported);
/* The same, with a value that is printed as it stands (Go's "%#v"). */
void aks_cause_unsupported_raw(struct aks_causes *causes, const char *field, const char *shown,
                               const char *const *supported);
/* 422 when there is any cause; true when there is none. `group` "" for core; `kind` as in "Pod". */
bool aks_causes_check(struct aks_causes *causes, const char *group, const char *kind,
                      const char *name, struct aks_fail *fail);

#endif
