/* aks/selector.h: label selectors (text and LabelSelector object) and field selectors. Any thread. */
#ifndef AKS_SELECTOR_H
#define AKS_SELECTOR_H

#include "simulators/aks/kinds.h"

#define AKS_REQUIREMENTS 64 /* of one selector */
#define AKS_VALUES 64       /* of one requirement */

enum aks_operator { AKS_IN, AKS_NOT_IN, AKS_EXISTS, AKS_ABSENT, AKS_GREATER, AKS_LESS };

struct aks_requirement {
    const char *key;
    enum aks_operator op;
    const char **values;
    size_t count;
};
struct
    aks_selector { /* everything lives in the arena it was parsed into; no requirement: everything matches */
    struct aks_requirement *requirements;
    size_t count;
};

/* "a=b,c!=d,e in (f,g),!h,i>1". False + 400 with the real parser's sentence. */
bool aks_label_selector_parse(struct base_arena *arena, const char *text, struct aks_selector *out,
                              struct aks_fail *fail);
/* "metadata.name=x,status.phase!=y"; only keys of `kind`. */
bool aks_field_selector_parse(struct base_arena *arena, const char *text,
                              const struct aks_kind *kind, struct aks_selector *out,
                              struct aks_fail *fail);
bool aks_labels_match(const struct aks_selector *selector, const cJSON *labels);
bool aks_fields_match(const struct aks_selector *selector, const struct aks_kind *kind,
                      const cJSON *body);
/* A LabelSelector object {matchLabels, matchExpressions}; an absent or empty one matches nothing here (what controllers need). */
bool aks_label_object_matches(const cJSON *selector, const cJSON *labels);
/* "app=web,tier in (a,b)", as in a Scale. Release with free(). */
char *aks_label_object_text(const cJSON *selector) BASE_MUST_USE;

#endif
