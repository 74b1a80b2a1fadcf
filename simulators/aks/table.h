/* aks/table.h: the Table form of lists and objects, which kubectl prints. Source: facts kubernetes.md 4. Any thread. */
#ifndef AKS_TABLE_H
#define AKS_TABLE_H

#include "simulators/aks/store.h"

struct aks_column {
    const char *name, *type; /* "string", "integer", "date" */
    int priority;            /* 1: kubectl -o wide only */
    /* The cell; NULL: `path` */
    cJSON *(*cell)(const cJSON *body, int64_t now_ms);
    const char *path; /* dotted; a custom resource's printer column */
};
extern const struct aks_column aks_columns_namespace[], aks_columns_node[], aks_columns_pod[],
    aks_columns_secret[], aks_columns_config_map[], aks_columns_service_account[],
    aks_columns_event[], aks_columns_deployment[], aks_columns_replica_set[],
    aks_columns_identity[], aks_columns_identity_binding[], aks_columns_plain[];

enum aks_include { AKS_INCLUDE_METADATA, AKS_INCLUDE_OBJECT, AKS_INCLUDE_NONE };
/* A Table of these objects; `definitions` false: columnDefinitions null (later events of a watch). `metadata`: taken. */
cJSON *aks_table(const struct aks_kind *kind, struct aks_object *const *items, size_t count,
                 enum aks_include include, bool definitions, cJSON *metadata,
                 int64_t now_ms) BASE_MUST_USE;
/* {"kind":"PartialObjectMetadata",...}; members are references into body, which must outlive it. */
cJSON *aks_partial(const cJSON *body) BASE_MUST_USE;
/* "5m", "3d4h": as kubectl prints ages. */
void aks_age_text(int64_t from_ms, int64_t now_ms, char out[32]);

#endif
