/* azure/kubernetes.h: the Kubernetes API with a kubeconfig as AKS hands it out. Objects are plain
 * JSON; paths are API paths
 * ("/apis/apps/v1/namespaces/ns/deployments/name"). */
#ifndef AZURE_KUBERNETES_H
#define AZURE_KUBERNETES_H

#include "azure/credential.h"

typedef struct az_kubernetes az_kubernetes_t;
/* Opens a kubeconfig (YAML or JSON text, as listClusterUserCredential gives it after base64):
 * current context's server, CA data and token, or client-certificate-data/client-key-data. Nothing
 * of it is written to disk. BASE_INVALID names what is missing or malformed, BASE_UNSUPPORTED what
 * is not spoken here (exec and auth-provider plug-ins, files, passwords, TLS without verification);
 * no part of the text gets into err. */
BASE_MUST_USE az_kubernetes_t *az_kubernetes_open(const struct az_client *az,
                                                  const char *kubeconfig, size_t len,
                                                  struct base_error *err);
void az_kubernetes_close(az_kubernetes_t *k8s);
/* Later calls are made for `az` (its correlation id, tries, time limits), on the connections there are: for a client that is kept
 * from one piece of work to the next. What `az` points to is borrowed, as at az_kubernetes_open. */
void az_kubernetes_use(az_kubernetes_t *k8s, const struct az_client *az);

/* *out (may be NULL for writes): the object answered; cJSON_Delete it; NULL after a failure.
 * BASE_NOT_FOUND, BASE_EXISTS (409 AlreadyExists), BASE_CONFLICT (409 Conflict), err->code = reason,
 * err->target = the field at fault, else the object's name. Blocks. */
BASE_MUST_USE enum base_status az_kubernetes_get(az_kubernetes_t *k8s, const char *path,
                                                 cJSON **out, struct base_error *err);
BASE_MUST_USE enum base_status az_kubernetes_create(az_kubernetes_t *k8s, const char *collection,
                                                    const cJSON *object, cJSON **out,
                                                    struct base_error *err);
BASE_MUST_USE enum base_status az_kubernetes_replace(az_kubernetes_t *k8s, const char *path,
                                                     const cJSON *object, cJSON **out,
                                                     struct base_error *err);
BASE_MUST_USE enum base_status az_kubernetes_merge(az_kubernetes_t *k8s, const char *path,
                                                   const cJSON *patch, cJSON **out,
                                                   struct base_error *err);
/* look, compare, write: GET; absent -> POST to the collection (path minus its last segment); there
 * -> merge-patch with `object` when a merge would change it. What the server added (defaults, status)
 * is no change; arrays must have the same length. *out is the object as it stands then. */
BASE_MUST_USE enum base_status az_kubernetes_apply(az_kubernetes_t *k8s, const char *path,
                                                   const cJSON *object, cJSON **out,
                                                   struct base_error *err);
/* Foreground-less delete (propagationPolicy Background). Absent is BASE_OK. */
BASE_MUST_USE enum base_status az_kubernetes_delete(az_kubernetes_t *k8s, const char *path,
                                                    struct base_error *err);

#endif
