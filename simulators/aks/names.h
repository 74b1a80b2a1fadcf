/* aks/names.h: which names, labels and keys the API takes, and the sentences with which it refuses the others.
 * Source: apimachinery util/validation, as recorded in the golden answers. Pure; any thread. */
#ifndef AKS_NAMES_H
#define AKS_NAMES_H

#include "common/mem.h"

/* Each appends what is wrong, one sentence a line; nothing when the text is good. */
typedef void (*aks_name_check)(const char *text, struct base_buf *wrong);
void aks_check_label(const char *text,
                     struct base_buf *wrong); /* RFC 1123 label: namespaces, containers */
void aks_check_subdomain(const char *text,
                         struct base_buf *wrong); /* RFC 1123 subdomain: most names */
void aks_check_qualified(const char *text,
                         struct base_buf *wrong); /* [prefix/]name: label keys, finalizers */
void aks_check_label_value(const char *text, struct base_buf *wrong);
void aks_check_config_key(const char *text, struct base_buf *wrong);
void aks_check_env_name(const char *text, struct base_buf *wrong);
void aks_check_port_name(const char *text, struct base_buf *wrong);

#endif
