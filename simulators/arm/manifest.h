/* simulators/arm/manifest.h: the resource types that are known before anybody declares them: ARM's own, and those of the
 * providers that stand behind an endpoint. Sources: facts of ARM 3.1, 3.2, 3.6, 3.7, 4.0. */
#ifndef ARM_MANIFEST_H
#define ARM_MANIFEST_H

#include <stdbool.h>
#include <stddef.h>

struct arm_manifest_row {
    const char *provider, *type; /* type without the namespace */
    const char *const *versions; /* newest first */
    bool tracked, external;
};
extern const struct arm_manifest_row arm_manifest[];
extern const size_t arm_manifest_count;

/* Another spelling of a type segment. */
struct arm_manifest_alias {
    const char *provider, *spelling, *segment;
};
extern const struct arm_manifest_alias arm_manifest_aliases[];
extern const size_t arm_manifest_alias_count;

/* Versions of ARM's own operations. */
extern const char *const arm_versions_resources[];
extern const char *const arm_versions_subscriptions[];

#endif
