/* eventhub/fault.h: faults on purpose at a hub's connections and links (kit/fault.h, docs/faults.md). Loop thread unless said
 * otherwise. Calls: eventhub.open, eventhub.putToken, eventhub.attach, eventhub.credit,
 * eventhub.send, eventhub.receive. */
#ifndef EVENTHUB_FAULT_H
#define EVENTHUB_FAULT_H

#include "simulators/eventhub/peer.h"
#include "simulators/kit/fault.h"

/* Tells the kit how the room's calls are named, refused and struck. While the world is being built. */
void eh_fault_add(eh_t *eh);

/* Does a rule strike this call of the peer (`link` NULL: of the connection as a whole)? Marks the next entry of the peer's trace. */
bool eh_fault_take(struct eh_peer *peer, const struct eh_link *link, const char *call,
                   struct sim_fault *out);
/* Is the connection held or delayed by a rule? Then nothing is read from it or written to it. One that is dropped becomes broken. */
bool eh_fault_pausing(struct eh_peer *peer);
/* A sender's link gets no credit until the rule is healed; eh_fault_feed looks for that. */
void eh_fault_starve(struct eh_link *link, const struct sim_fault *fault);
void eh_fault_feed(struct eh_peer *peer);
/* The AMQP condition of a refusal, and its description (heap). */
const char *eh_fault_condition(const struct sim_fault *fault);
char *eh_fault_text(const struct eh_peer *peer, const struct sim_fault *fault) BASE_MUST_USE;
/* Ends what the fault ends: the link (detach), the connection (closeConnection), the socket (dropRequest, dropAnswer). False:
 * it is none of these. */
bool eh_fault_end(struct eh_peer *peer, struct eh_link *link, const struct sim_fault *fault);

/* A strike that somebody waits for: called by the loop for each peer. */
struct eh_strike {
    const char *space, *hub, *group; /* NULL: any */
    const struct sim_fault *fault;
    int struck;
    bool done; /* under eh->strike_lock */
};
void eh_fault_strike(struct eh_peer *peer, struct eh_strike *strike);
void eh_fault_struck(eh_t *eh, struct eh_strike *strike); /* all peers were seen */

#endif
