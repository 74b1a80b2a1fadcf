/* eventhub/address.h: what the address of a link names. */
#ifndef EVENTHUB_ADDRESS_H
#define EVENTHUB_ADDRESS_H

#include "amqp/codec.h"

enum eh_node_kind { EH_NODE_CBS, EH_NODE_MANAGEMENT, EH_NODE_SEND, EH_NODE_RECEIVE };

struct eh_address { /* texts are heap, NULL when absent; release with eh_address_release */
    enum eh_node_kind kind;
    char *path;      /* as given, without scheme, host and outer slashes */
    char *hub;       /* NULL for $cbs and a bare $management */
    char *group;     /* receiving */
    char *partition; /* as given: its number is checked against the hub */
    char *publisher;
};
/* Takes an address apart: "$cbs", "[hub/]$management", "hub[/Partitions/n | /Publishers/p]" (sending),
 * "hub/ConsumerGroups/g/Partitions/n" (receiving). False: it names nothing of these. */
bool eh_address_parse(struct amqp_bytes text, bool sending, struct eh_address *out);
void eh_address_release(struct eh_address *address);

#endif
