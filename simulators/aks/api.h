/* aks/api.h: one request to the Kubernetes API of a cluster, on its way through the handlers. */
#ifndef AKS_API_H
#define AKS_API_H

#include "simulators/aks/registry.h"
#include "simulators/aks/selector.h"
#include "simulators/aks/table.h"

enum aks_form { AKS_FORM_OBJECT, AKS_FORM_TABLE, AKS_FORM_PARTIAL };

struct aks_call {
    struct aks *aks;
    struct aks_cluster *cluster;
    const struct base_http_request *request;
    struct base_http_response *response;
    struct base_arena *arena; /* the request's */
    struct base_pair *query;
    size_t query_count;
    const struct aks_kind *kind;
    const char *ns, *name, *sub; /* "" where the path has none */
    const char *user;            /* "masterclient", "system:anonymous" */
    bool admin;                  /* of system:masters */
    enum aks_form form;
    struct aks_fail *fail; /* answered when set */
};
/* Answers in call->response, or fails. No lock held. */
typedef void (*aks_handler)(struct aks_call *call);

/* Handlers, one file a group. */
void aks_get(struct aks_call *call);   /* api_read.c */
void aks_list(struct aks_call *call);  /* lists; ?watch goes to aks_watch */
void aks_watch(struct aks_call *call); /* api_watch.c */
void aks_post(struct aks_call *call);  /* api_write.c */
void aks_put(struct aks_call *call);
void aks_patch(struct aks_call *call);
void aks_remove(struct aks_call *call); /* api_delete.c */
void aks_remove_collection(struct aks_call *call);
void aks_scale_get(struct aks_call *call); /* api_scale.c */
void aks_scale_put(struct aks_call *call);
void aks_scale_patch(struct aks_call *call);
void aks_bind(struct aks_call *call); /* api_pod.c */
void aks_log_get(struct aks_call *call);
void aks_discovery(struct aks_call *call); /* discovery.c: /api, /apis and below */
void aks_version(struct aks_call *call);
void aks_health(struct aks_call *call);
void aks_openapi(struct aks_call *call);
void aks_paths(struct aks_call *call); /* 404 with what there is */

/* Query and headers (api_query.c). */
const char *aks_query(const struct aks_call *call,
                      const char *name); /* decoded, "+" is a blank; NULL when absent */
bool aks_query_bool(const struct aks_call *call,
                    const char *name); /* as Go's ParseBool; false when absent or odd */
/* False + 400 when it is there and no number. */
bool aks_query_number(struct aks_call *call, const char *name, int64_t fallback, int64_t *out);
bool aks_query_dry_run(struct aks_call *call, bool *out); /* ?dryRun=All */
bool aks_query_include(struct aks_call *call, enum aks_include *out);
/* Both selectors of the query, into `arena`. */
bool aks_query_selectors(struct aks_call *call, struct base_arena *arena,
                         struct aks_selector *labels, struct aks_selector *fields);
/* Reads Accept into call->form; false + 406. */
bool aks_negotiate(struct aks_call *call);
/* The body as JSON (missing Content-Type: JSON; YAML too); NULL + fail: 415, 400. */
cJSON *aks_request_body(struct aks_call *call, const struct aks_kind *kind);
/* Media type of the request body, lower case, without parameters; "" when absent. */
const char *aks_content_type(const struct aks_call *call);
/* kind and apiVersion of a body are those of the kind, or missing; false + 400. */
bool aks_check_kind(const cJSON *body, const struct aks_kind *kind, struct aks_fail *fail);

/* Answers one object in the form asked for. Drops `object`; NULL is fine (then the failure is answered). */
void aks_answer_object(struct aks_call *call, int status, struct aks_object *object);
/* Answers a tree, pretty when asked. Takes it. */
void aks_answer_tree(struct aks_call *call, int status, cJSON *tree);
/* A list as the client wants it: List, Table or PartialObjectMetadataList. `metadata` taken. */
cJSON *aks_list_tree(const struct aks_call *call, struct aks_object *const *items, size_t count,
                     cJSON *metadata) BASE_MUST_USE;
/* Unknown fields of a write become Warning headers, unless ?fieldValidation=Ignore. */
void aks_warn_unknown(struct aks_call *call, const struct base_buf *unknown);
/* The write of a call. */
struct aks_write aks_write_of(const struct aks_call *call, bool dry_run);
/* Does an object belong to a call's scope (namespace, name) and selectors? */
bool aks_selected(const struct aks_object *object, const char *ns,
                  const struct aks_selector *labels, const struct aks_selector *fields);

#endif
