/* reference/pods/ownership.h: which partitions this replica reads. Replicas agree through blobs as the official clients' checkpoint
 * stores do, so that a processor of another language can stand beside: blob "{namespace}/{hub}/{group}/ownership/{partition}", lower
 * case, in the checkpoint container, metadata ownerid (facts/clients.md §5). A new blob is claimed with If-None-Match: *, one that is
 * there is renewed, taken over or released with If-Match; an owner who has not renewed for a while (last-modified) has none.
 *
 * Each balance renews, claims what nobody owns up to a fair share, or else takes one partition from the replica that has at least two
 * more. One thread; blocks on HTTP. */
#ifndef REFERENCE_PODS_OWNERSHIP_H
#define REFERENCE_PODS_OWNERSHIP_H

#include "reference/pods/pod.h"

struct pod_ownership { /* look inside; change only through the functions */
    struct pod *pod;
    char id[128];           /* this replica's name */
    struct base_buf prefix; /* ".../ownership/" */
    const char *const *partitions;
    size_t count;
    struct pod_owned {
        bool owned;
        char etag[64];
    } * owned; /* by place in `partitions` */
};

/* `partitions` is borrowed. Calls nobody. */
void pod_ownership_init(struct pod_ownership *ownership, struct pod *pod,
                        const char *const *partitions, size_t count);
void pod_ownership_release(struct pod_ownership *ownership);
/* Looks at all partitions and changes ownership->owned. A failure other than a lost race leaves what is owned as it was: who cannot
 * reach the storage goes on reading until somebody else displaces it at the hub. */
BASE_MUST_USE enum base_status pod_ownership_balance(struct pod_ownership *ownership,
                                                     struct base_error *err);
/* Gives all up (ownerid empty), so that others need not wait for the expiry. */
BASE_MUST_USE enum base_status pod_ownership_give_up(struct pod_ownership *ownership,
                                                     struct base_error *err);
/* Real milliseconds until the next balance. */
int pod_ownership_wait(const struct pod_ownership *ownership);

#endif
