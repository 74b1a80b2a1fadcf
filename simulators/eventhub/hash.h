/* eventhub/hash.h: where a partition key goes. */
#ifndef EVENTHUB_HASH_H
#define EVENTHUB_HASH_H

#include <stddef.h>
#include <stdint.h>

/* Jenkins' lookup3 (hashlittle2, both seeds 0), its two words folded as the service does (facts eventhub.md §6). */
int16_t eh_key_hash(const void *key, size_t len);
/* Index of the partition, 0..count-1. */
int eh_key_partition(const void *key, size_t len, int count);

#endif
