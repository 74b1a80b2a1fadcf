/* aks/schema.h: the types of the Kubernetes API, as data: what the server's decoder keeps, drops and refuses, and the keys by which
 * a strategic merge patch matches list elements.
 *
 * A line of aks_schema_lines is "Type field=type ...". Types: s string, i integer, b boolean, t time, q quantity, x integer or string,
 * y base64 bytes, * anything, Name another line; [T] list, {T} map by string. Marks after it, in this order: "!" always written (Go without
 * omitempty), "?" a pointer (kept when it is zero; in a CRD: may be null), "~" $retainKeys, "@key" merged by that member
 * ("@" alone: a list of scalars that merges as a set).
 * Read-only after the first call; any thread. */
#ifndef AKS_SCHEMA_H
#define AKS_SCHEMA_H

#include "simulators/aks/fail.h"

extern const char *const aks_schema_lines[];

struct aks_type;
struct aks_field {
    const char *name;
    char shape;  /* 0, '[' or '{' */
    char scalar; /* one of "sibtqxy*"; 0: a type */
    const struct aks_type *type;
    bool always, pointer, retain;
    const char *merge_key; /* NULL: the list is replaced; "": merges as a set */
};
struct aks_type {
    const char *name;
    struct aks_field *fields;
    size_t count;
};
/* NULL when there is none of that name. */
const struct aks_type *aks_type_find(const char *name);
const struct aks_field *aks_type_field(const struct aks_type *type, const char *name);

/* Rewrites an object as a server does that decodes it into Go types and encodes it again: unknown fields go, empty ones too, times and
 * quantities take their canonical form. apiVersion and kind at the root are left alone. False + 400 naming the field and what was
 * found. `unknown` (NULL: do not care) gets the paths of dropped fields, "spec.foo" each on a line. */
bool aks_decode(const struct aks_type *type, const char *kind, cJSON *body,
                struct base_buf *unknown, struct aks_fail *fail);
/* Puts the members of an object and of all below into the order of their types, apiVersion and kind first. */
void aks_sort_fields(const struct aks_type *type, cJSON *body);
/* The same as aks_decode for a custom resource (all but metadata): wrong types become causes, unknown fields go, empty ones stay. */
void aks_prune_custom(const struct aks_type *type, cJSON *body, struct base_buf *unknown,
                      struct aks_causes *causes);

/* "1000m" -> "1", "1.5Gi" -> "1536Mi", 2 -> "2". False when it is not a quantity. Release *out with free(). */
bool aks_quantity_canonical(const char *text, char **out);
/* Less than, equal, greater: <0, 0, >0; texts that are no quantities count as 0. */
int aks_quantity_compare(const char *a, const char *b);

#endif
