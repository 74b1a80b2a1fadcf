/* simulators/arm/path.h: a request path taken apart, as clients really send it: any case, doubled and trailing slashes, escapes
 * (facts of ARM 1.1, clients 3.5). Texts live in the arena. */
#ifndef ARM_PATH_H
#define ARM_PATH_H

#include "simulators/arm/errors.h"

#define ARM_PATH_SEGMENTS 64
#define ARM_PATH_DEPTH 8 /* type segments */

struct arm_target {
    const char *path;         /* cleaned, still percent-encoded; no trailing slash */
    const char *const *raw;   /* its segments, percent-encoded */
    const char *const *parts; /* decoded */
    size_t count;
    const char *subscription; /* NULL at tenant scope */
    const char *group;        /* NULL when not in a group */
    const char *provider;     /* last namespace; NULL when the path names none */
    const char *type; /* "Ns/a/b" as spelled; NULL when only a namespace (and action) is named */
    const char *names[ARM_PATH_DEPTH];
    size_t depth;       /* type segments */
    size_t first;       /* index of the first type segment */
    const char *action; /* last word of a POST; NULL otherwise */
    const char *
        scope; /* decoded id before the last /providers/; "" at tenant scope. Whole id without one */
    const char *
        id; /* decoded id of what is acted on: the resource, or a collection's parent; "" at tenant scope */
    bool collection;      /* the last type segment has no name */
    enum arm_error error; /* when refused */
    const char *message;
};

/* False: the path is refused, and out->error and out->message say why (bad subscription id, bad name, too long). */
bool arm_path_parse(struct base_arena *arena, const char *method, const char *path,
                    struct arm_target *out);
/* "/a/b" of the first `count` parts; "" for none. */
const char *arm_path_join(struct base_arena *arena, const char *const *parts, size_t count);
/* The id of the resource one level up ("" when depth is below 2). */
const char *arm_parent_id(struct base_arena *arena, const struct arm_target *target);
/* The last name of the target; NULL for collections. */
const char *arm_target_name(const struct arm_target *target);
/* Is the decoded group name well-formed? */
bool arm_group_name_valid(const char *name);

#endif
