/* fhir/call.h: one interaction on its way from a request, or from an entry of a bundle, to its
 * answer. Everything lives in the request's arena. */
#ifndef FHIR_CALL_H
#define FHIR_CALL_H

#include "simulators/fhir/extract.h"
#include "simulators/fhir/json.h"
#include "simulators/fhir/types.h"
#include "simulators/fhir/world.h"
#include "simulators/kit/route.h"

#define FHIR_CONTENT_TYPE "application/fhir+json; charset=utf-8"

struct fhir_right {     /* what a caller needs */
    const char *action; /* below .../resources/; NULL: a token is enough */
    bool open;          /* no token is needed */
};

struct fhir_answer {
    int status;
    const char *body;     /* a resource as text; "" for none */
    cJSON *tree;          /* or a resource as a tree; NULL for none */
    int64_t version, seq; /* ETag and Last-Modified; 0 for none */
    const char *location; /* below the base, "Patient/1/_history/1"; NULL for none */
    const char *removed;  /* of a conditional delete: how many; NULL for none */
    bool outcome;         /* the body is an OperationOutcome of a failure */
};

struct fhir_change; /* below */
struct fhir_bundle; /* bundle.h */

struct fhir_call {
    fhir_t *fhir;
    struct fhir_service service;
    struct base_arena *arena;
    const char *base;        /* "https://host": what links and references are made of */
    const char *caller;      /* object id; NULL: no token was needed */
    const char *caller_name; /* for the trace; NULL: as the token says */
    const char *correlation; /* X-Request-Id */

    const char *method, *path, *query; /* as sent, the query without '?' */
    const struct base_headers *headers;
    const char *raw; /* the body's text; "" when absent */
    size_t raw_len;
    cJSON *body; /* a bundle entry's resource, parsed already; or NULL */

    const struct sim_route *route;
    const char *captures[SIM_ROUTE_CAPTURES];
    int type;                         /* number of captures[0]; -1 when the route has no type */
    int64_t kind;                     /* of service and type */
    bool in_transaction;              /* one is open: writes join it */
    const char *assigned_id;          /* of a create in a transaction; NULL: a new one */
    const struct fhir_change *change; /* being written */
    struct fhir_bundle *bundle;       /* being run */

    struct fhir_answer answer;
};

/* ---- outcome.c: refusals. Fills the answer; the sentence goes to diagnostics ---- */
enum fhir_fault {
    FHIR_BAD_REQUEST,  /* 400 invalid */
    FHIR_BAD_SHAPE,    /* 400 structure */
    FHIR_LOGIN,        /* 401 login */
    FHIR_DENIED,       /* 403 forbidden */
    FHIR_UNSEARCHABLE, /* 403 not-supported: of a search */
    FHIR_ABSENT,       /* 404 not-found */
    FHIR_NO_ROUTE,     /* 404 not-found */
    FHIR_NO_TYPE,      /* 404 not-found: a resource type that does not exist */
    FHIR_NO_METHOD,    /* 405 forbidden */
    FHIR_NO_FORMAT,    /* 406 not-supported */
    FHIR_CONFLICT,     /* 409 conflict */
    FHIR_GONE,         /* 410 deleted */
    FHIR_PRECONDITION, /* 412 required */
    FHIR_NO_MEDIA,     /* 415 not-supported */
    FHIR_BROKEN,       /* 500 exception */
    FHIR_UNBUILT,      /* 501 not-supported: known to the service, not built here */
};
void fhir_refuse(struct fhir_call *call, enum fhir_fault fault, const char *fmt, ...)
    BASE_PRINTF(3, 4);
/* As above with the element at fault, "Patient.id". */
void fhir_refuse_at(struct fhir_call *call, enum fhir_fault fault, const char *expression,
                    const char *fmt, ...) BASE_PRINTF(4, 5);
/* The store failed: 500. */
void fhir_refuse_store(struct fhir_call *call, const struct base_error *err);
cJSON *fhir_outcome(struct fhir_call *call); /* without issues */
void fhir_outcome_add(struct fhir_call *call, cJSON *outcome, const char *severity,
                      const char *code, const char *diagnostics, const char *expression);

/* ---- routes.c ---- */
const struct sim_route *fhir_routes(size_t *count);
/* Finds the row of method and path, checks type and id, and asks for the caller's right. False:
 * refused. */
bool fhir_call_route(struct fhir_call *call);

/* ---- auth.c ---- */
bool fhir_authenticate(struct fhir_call *call);
bool fhir_authorize(struct fhir_call *call, const char *action);

/* ---- request.c: what a request asks for ---- */
const char *fhir_header(const struct fhir_call *call, const char *name); /* NULL when absent */
/* A query parameter's value, decoded; NULL when absent. */
const char *fhir_param(const struct fhir_call *call, const char *name);
/* What goes for every request: Accept, _format, _pretty, Prefer: return. False: refused. */
bool fhir_common_ok(struct fhir_call *call);
/* The body as JSON, of one of the media types; NULL: refused. */
cJSON *fhir_take_json(struct fhir_call *call, const char *const *media);
/* The body as a resource of the call's type, validated, its conditional references resolved; NULL:
 * refused. */
cJSON *fhir_take_resource(struct fhir_call *call);
/* The value of Prefer's "return=" or "handling="; NULL when absent. */
const char *fhir_prefer(const struct fhir_call *call, const char *name);
/* If-Match: *version is -1 when there is none. False: refused, not a weak ETag. */
bool fhir_if_match(struct fhir_call *call, int64_t *version);

/* ---- validate.c: issues become a 400. False: refused ---- */
bool fhir_validate(struct fhir_call *call, cJSON *resource);

/* ---- write.c ---- */
struct fhir_change {
    const char *id;     /* NULL: a new id */
    cJSON *resource;    /* NULL: a deletion */
    const char *method; /* "POST", "PUT", "DELETE" */
    int64_t if_version; /* -1: any */
};
/* Writes one version, or none when nothing changed, in a transaction (the caller's inside a bundle's),
 * and answers. */
void fhir_write(struct fhir_call *call, const struct fhir_change *change);
void fhir_answer_version(struct fhir_call *call, int status, const struct fhir_version *version);
/* Runs `run` in a transaction of the call's, or in the one that is open; a refusal rolls back. */
void fhir_atomic(struct fhir_call *call, void (*run)(struct fhir_call *call));
const char *fhir_new_id(struct fhir_call *call);

/* ---- references.c ---- */
/* Rewrites references of the form "Patient?identifier=s|v" to what they match. False: refused. */
bool fhir_resolve_references(struct fhir_call *call, cJSON *resource);
/* Rewrites every reference that is `from` to `to`. */
void fhir_rewrite_references(struct base_arena *arena, cJSON *node, const char *from,
                             const char *to);

/* ---- the operations ---- */
void fhir_metadata(void *call);
void fhir_versions(void *call);
void fhir_smart(void *call);
void fhir_health(void *call);
void fhir_read(void *call);
void fhir_vread(void *call);
void fhir_create(void *call);
void fhir_update(void *call);
void fhir_patch(void *call);
void fhir_delete(void *call);
void fhir_conditional_update(void *call);
void fhir_conditional_patch(void *call);
void fhir_conditional_delete(void *call);
void fhir_purge_history(void *call);
void fhir_search(void *call);
void fhir_history(void *call);
void fhir_bundle_post(void *call);
void fhir_validate_only(void *call);
void fhir_unbuilt(void *call);

/* Parts that the conditional forms share: of the resource named by the change or the id. */
void fhir_patch_id(struct fhir_call *call, const char *id);
/* Deletes for good when the query says hardDelete=true. */
void fhir_delete_id(struct fhir_call *call, const char *id);
bool fhir_hard_delete(const struct fhir_call *call);
/* Answers with the resource that a conditional create found. */
void fhir_conditional_create(struct fhir_call *call);

#endif
