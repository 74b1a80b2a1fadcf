/* kit/route.h: an HTTP surface as a table: one row an operation, from which COVERAGE.md is made as
 * well.
 *
 * A pattern is a path with captures in braces: "/secrets/{name}/{version}". Words are compared
 * without case, captures are decoded; empty segments (a trailing slash, a double slash) do not
 * count. The first row that fits wins, so words stand before captures. */
#ifndef KIT_ROUTE_H
#define KIT_ROUTE_H

#include "common/http.h"

#define SIM_ROUTE_CAPTURES 6

struct sim_route {
    const char *operation; /* the service's own name of it: "SetSecret" */
    const char *method, *pattern;
    void (*run)(void *call); /* the room's own call structure */
    const void *more;        /* what the room adds to the row: rights, flags; NULL: nothing */
};

struct sim_route_match {
    const struct sim_route *route;          /* NULL when nothing fits */
    const char *values[SIM_ROUTE_CAPTURES]; /* captures in order; live in the arena */
    const char
        *other_method; /* when only the method is wrong: one that the path knows; else NULL */
};

/* Finds the row for a method and a raw path. False: `route` is NULL. */
bool sim_route_find(struct base_arena *arena, const struct sim_route *routes, size_t count,
                    const char *method, const char *path, struct sim_route_match *out);

#endif
