/* reference/rp/frontend/call.h: one request while it is handled; for the files of frontend/ and the handlers of gen1/ only. */
#ifndef REFERENCE_RP_FRONTEND_CALL_H
#define REFERENCE_RP_FRONTEND_CALL_H

#include "common/http.h"
#include "reference/rp/api/model.h"
#include "reference/rp/storage/operation.h"
#include "reference/rp/storage/resource.h"
#include "reference/rp/world.h"

struct rp_call {
    const struct rp_world *world;
    const struct base_http_request *request;
    struct base_http_response *response;
    struct base_arena *arena;
    const struct rp_version *version; /* NULL only where the route needs none */
    const char *origin;  /* "https://management.azure.com": every returned URL starts with it */
    const char *referer; /* the client's URL; "" when ARM sent none */
    const char *correlation;
    const char *home_tenant; /* NULL when unknown */

    enum rp_type type; /* of the route */
    /* captured from the path, decoded; NULL where the route has none */
    const char *subscription, *group, *names[RP_LEVELS], *location, *operation;
    const char *type_words[RP_LEVELS]; /* type segments as written */
    const char *name;                  /* the resource's own; NULL for a collection */

    const char *id;         /* canonical type names, names as the client spelled them */
    const char *key;        /* lower case */
    const char *parent_key; /* NULL when there is none, or another provider's */
    const char *above;      /* lower-case id of what stands above; NULL for a workspace */
};
typedef void (*rp_handler)(struct rp_call *call);

/* --- answers (answer.c) --- */
void rp_answer_error(struct rp_call *call, int status, const char *code, const char *target,
                     const char *fmt, ...) BASE_PRINTF(5, 6);
void rp_answer_faults(struct rp_call *call, const struct rp_faults *faults);
/* A failure of our own: logged with its cause, answered 500 (or 503 + Retry-After when it may pass) without it. */
void rp_answer_failure(struct rp_call *call, const struct base_error *cause);
/* The resource as this version shows it, with its ETag. */
void rp_answer_resource(struct rp_call *call, int status, const struct rp_resource *resource);
/* Azure-AsyncOperation, Location, Retry-After of an operation. */
void rp_answer_tracking(struct rp_call *call, const struct rp_operation *operation);
/* "/subscriptions/{s}/providers/Microsoft.HealthcareApis/locations/{l}/{word}/{id}", in the arena. */
const char *rp_operation_path(struct rp_call *call, const struct rp_operation *operation,
                              const char *word);

/* --- request (request.c) --- */
/* Header, NULL when absent or empty. */
const char *rp_header(const struct rp_call *call, const char *name);
/* The body as a JSON object (to be deleted); NULL + answered error. */
cJSON *rp_body(struct rp_call *call) BASE_MUST_USE;
/* systemData of this write (RPC 1.10): created* stays, lastModified* is new. */
cJSON *rp_system_data(const struct rp_call *call, const cJSON *stored) BASE_MUST_USE;
/* If-Match / If-None-Match against what is stored; false + answered 412. */
bool rp_precondition(struct rp_call *call, const struct rp_resource *stored);
/* "the workspace 'ws1'" for sentences, in the arena. */
const char *rp_call_name(struct rp_call *call);

/* --- writes (write.c) --- */
struct rp_write_rules {
    /* Looks that need the world outside; false + answered error. NULL: none. `desired` may be completed. */
    bool (*prepare)(struct rp_call *call, cJSON *desired);
    /* What follows from a write, in its transaction; false + answered error undoes all. NULL: nothing. */
    bool (*follow)(struct rp_call *call, const struct rp_resource *stored);
    bool empty_body; /* a PUT without body is one with {} */
    int64_t limit;   /* siblings of the type, this one included; 0: none (inside the transaction) */
    const char *limit_text; /* "A workspace can have at most" */
};
void rp_write_put(struct rp_call *call, const struct rp_write_rules *rules);
void rp_write_patch(struct rp_call *call, const struct rp_write_rules *rules);
/* RPC 1.12: only a Registered subscription is changed; false + answered 409. */
bool rp_writable(struct rp_call *call);
/* Reads the parent: false + answered 404 ParentResourceNotFound. Release `parent` when true. */
bool rp_load_parent(struct rp_call *call, struct rp_resource *parent);
/* --- handlers, one a file --- */
void rp_workspace_put(struct rp_call *call);
void rp_connector_put(struct rp_call *call);
void rp_destination_put(struct rp_call *call);
void rp_workspace_patch(struct rp_call *call);
void rp_connector_patch(struct rp_call *call);
void rp_destination_patch(struct rp_call *call);
void rp_mapping_put(struct rp_call *call); /* of the older draft */
void rp_mapping_patch(struct rp_call *call);
void rp_mapping_delete(struct rp_call *call);
void rp_workspace_delete(struct rp_call *call);
void rp_connector_delete(struct rp_call *call);
void rp_destination_delete(struct rp_call *call);
void rp_resource_show(struct rp_call *call);      /* GET of any type */
void rp_resource_show_list(struct rp_call *call); /* GET of any collection */
void rp_operations_list(struct rp_call *call);
void rp_swagger_show(struct rp_call *call);
void rp_operation_status(struct rp_call *call);
void rp_operation_result(struct rp_call *call);
void rp_subscription_notice(struct rp_call *call);
void rp_name_check(struct rp_call *call);

/* Deletes (delete.c): `blocked` looks at the children inside the transaction; true + answered when they forbid it. NULL: they do not. */
void rp_delete(struct rp_call *call,
               bool (*blocked)(struct rp_call *call, const struct rp_resource *resource));
/* For `blocked`: true + answered 409 CannotDeleteResource, naming them, when the resource has children of this type. */
bool rp_children_forbid(struct rp_call *call, const struct rp_resource *resource,
                        enum rp_type type);

#endif
