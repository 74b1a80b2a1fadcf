/* simulators/arm/filter.h: the OData $filter subset of ARM's lists: and, or, parentheses, "field eq 'x'", "field ne 'x'",
 * substringof('x', field), startswith(field, 'x'), and functions of one text or none (atScope(), assignedTo('x')). */
#ifndef ARM_FILTER_H
#define ARM_FILTER_H

#include "simulators/arm/call.h"

/* Judges one term: operators "eq", "ne", "substringof", "startswith", or "()" for a function named `field`.
 * 1 holds, 0 does not, -1 no such field or operator here. */
typedef int (*arm_filter_term)(void *context, const char *field, const char *operator_,
                               const char *value);

/* 1 matches (also when filter is NULL or empty), 0 does not, -1 malformed. Every term is judged, in order. */
int arm_filter_matches(const char *filter, arm_filter_term term, void *context);
/* The call's $filter if it is well-formed, judged against nothing; else 400 InvalidFilterInQueryString and false. */
bool arm_filter_check(struct arm_call *call, arm_filter_term term, void *context,
                      const char **filter);
/* A term over a resource or group: resourceType, type, name, location, resourceGroup, tagName, tagValue, identity... */
struct arm_filter_item {
    const cJSON *item;
    const char *tag; /* value of the tag that tagName last named */
};
int arm_filter_item_term(void *item, const char *field, const char *operator_, const char *value);

#endif
