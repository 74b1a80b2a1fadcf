/* aks/kinds.h: the table of the kinds this API server serves, and what is particular to each. Read-only data; any thread. */
#ifndef AKS_KINDS_H
#define AKS_KINDS_H

#include "simulators/aks/schema.h"

struct aks_change; /* strategy.h */
struct aks_column; /* table.h */

enum aks_kind_id {
    AKS_NAMESPACE,
    AKS_NODE,
    AKS_POD,
    AKS_SECRET,
    AKS_CONFIG_MAP,
    AKS_SERVICE_ACCOUNT,
    AKS_EVENT,
    AKS_DEPLOYMENT,
    AKS_REPLICA_SET,
    AKS_IDENTITY,
    AKS_IDENTITY_BINDING,
    AKS_ASSIGNED_IDENTITY,
    AKS_IDENTITY_EXCEPTION,
    AKS_KINDS,
};

struct
    aks_field_key { /* a field selector: its name, where the value is (dotted), what an absent one counts as */
    const char *name, *path, *absent;
};

struct aks_kind {
    enum aks_kind_id id;
    const char *group, *version; /* group "" for core */
    const char *api_version;     /* "apps/v1", "v1" */
    const char *resource;        /* "deployments.apps", "pods" */
    const char *plural, *singular, *kind;
    const char *short_name; /* "" for none */
    const char *category;   /* "all", or "" */
    bool namespaced;
    bool custom;        /* of a CRD: no strategic merge, own validation, items carry their kind */
    bool generation;    /* counts changes of the spec (custom: of anything but metadata) */
    bool answers_body;  /* DELETE answers the object, not a Status */
    bool no_collection; /* no deletecollection */
    const struct aks_field_key
        *field_keys; /* besides metadata.name and metadata.namespace; ends with a NULL name */
    const struct aks_column *columns; /* of a Table; ends with a NULL name; NULL: Name and Age */
    void (*defaults)(cJSON *body);
    /* Server-set and kept fields; after the defaults. NULL: nothing particular. */
    void (*prepare)(const struct aks_change *change, cJSON *body);
    void (*validate)(const struct aks_change *change, const cJSON *body, struct aks_causes *causes);
    const char *const *
        subresources; /* "name:group/version of its kind, if another:Kind:verbs", NULL-terminated; NULL: none */
};

const struct aks_kind *aks_kind_at(enum aks_kind_id id);
/* NULL when it is not served. */
const struct aks_kind *aks_kind_by_plural(const char *group, const char *version,
                                          const char *plural);
const struct aks_kind *aks_kind_by_name(const char *api_version, const char *kind);
const char *aks_kind_resource(const struct aks_kind *kind);    /* "deployments.apps", "pods" */
const char *aks_kind_api_version(const struct aks_kind *kind); /* "apps/v1", "v1" */
const struct aks_type *aks_kind_type(const struct aks_kind *kind);

#endif
