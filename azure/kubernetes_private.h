/* azure/kubernetes_private.h: an opened kubeconfig, for kubernetes.c and kubeconfig.c only. */
#ifndef AZURE_KUBERNETES_PRIVATE_H
#define AZURE_KUBERNETES_PRIVATE_H

#include "azure/kubernetes.h"

struct az_kubernetes {
    struct az_client az;
    base_http_client_t *http; /* own: the cluster has a CA (and perhaps a client certificate) of its
                                 own; the caller's when that is an in-process one */
    bool borrowed;
    char *server, *token;
    int files[3]; /* CA, client certificate, client key: files without a name, which no crash can
                     leave behind; 0: none */
};

#endif
