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
    const char *action; /* below .../resources/; NULL: no token is needed */
};

struct fhir_answer {
    int status;
    const char *body;     /* a resource as text; "" for none */
    cJSON *tree;          /* or a resource as a tree; NULL for none */
    int64_t version, seq; /* ETag and Last-Modified; 0 for none */
    const char *location; /* below the base, "Patient/1/_history/1"; NULL for none */
    bool outcome;         /* the body is an OperationOutcome of a failure */
};

struct fhir_call {
    fhir_t *fhir;
    struct fhir_service service;
    struct base_arena *arena;
    const char *base;        /* "https://host": what links and references are made of */
    const char *caller;      /* object id; NULL: no token was needed */
    const char *correlation; /* X-Request-Id */

    const char *method, *path, *query; /* as sent, the query without '?' */
    const struct base_headers *headers;
    const char *raw; /* the body's text; "" when absent */
    size_t raw_len;
    cJSON *body; /* a bundle entry's resource, parsed already; or NULL */

    const struct sim_route *route;
    const char *captures[SIM_ROUTE_CAPTURES];
    int type;       /* number of captures[0]; -1 when the route has no type */
    int64_t kind;   /* of service and type */
    bool in_bundle; /* an entry of a batch or transaction: no transaction of its own inside one */
    bool in_transaction;

    struct fhir_answer answer;
};

/* ---- outcome.c: refusals. Fills the answer; the sentence goes to diagnostics ---- */
enum fhir_fault {
    FHIR_BAD_REQUEST,  /* 400 invalid */
    FHIR_BAD_SHAPE,    /* 400 structure */
    FHIR_LOGIN,        /* 401 login */
    FHIR_DENIED,       /* 403 forbidden */
    FHIR_UNSEARCHABLE, /* 403 forbidden: a search that is not supported */
    FHIR_ABSENT,       /* 404 not-found */
    FHIR_NO_ROUTE,     /* 404 not-found */
    FHIR_NO_TYPE,      /* 404 not-found: a resource type that does not exist */
    FHIR_NO_METHOD,    /* 405 not-supported */
    FHIR_NO_FORMAT,    /* 406 not-supported */
    FHIR_CONFLICT,     /* 409 conflict */
    FHIR_GONE,         /* 410 deleted */
    FHIR_PRECONDITION, /* 412 conflict */
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
/* The body as a resource of the call's type, validated; NULL: refused. */
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

/* ---- the operations ---- */
void fhir_metadata(void *call);
void fhir_read(void *call);
void fhir_vread(void *call);
void fhir_create(void *call);
void fhir_update(void *call);
void fhir_delete(void *call);
void fhir_search(void *call);
void fhir_unbuilt(void *call);

#endif
