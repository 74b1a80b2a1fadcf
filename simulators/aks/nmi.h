/* aks/nmi.h: the managed-identity endpoint of one pod: what aad-pod-identity's NMI answers to it. Source: facts kubernetes.md 6. */
#ifndef AKS_NMI_H
#define AKS_NMI_H

#include "simulators/aks/room.h"

typedef struct aks_nmi aks_nmi_t;

/* Listens on 127.0.0.1 for this pod alone. The cluster is borrowed. Fails: BASE_IO. No lock held. */
BASE_MUST_USE aks_nmi_t *aks_nmi_start(struct aks_cluster *cluster, const char *ns, const char *pod,
                                       struct base_error *err);
int aks_nmi_port(const aks_nmi_t *nmi);
void aks_nmi_stop(aks_nmi_t *nmi); /* answers what waits with 503; NULL is fine. No lock held */

/* The handler itself (context: an aks_nmi_t); for tests. */
void aks_nmi_handle(void *nmi, const struct base_http_request *request,
                    struct base_http_response *response);
/* One without a listener, for tests. */
aks_nmi_t *aks_nmi_new(struct aks_cluster *cluster, const char *ns, const char *pod) BASE_MUST_USE;

#endif
