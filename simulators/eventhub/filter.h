/* eventhub/filter.h: where a receiver wants to begin. */
#ifndef EVENTHUB_FILTER_H
#define EVENTHUB_FILTER_H

#include "amqp/performative.h"

#define EH_SELECTOR "apache.org:selector-filter:string"

enum eh_start_kind {
    EH_START_FIRST,
    EH_START_LATEST,
    EH_START_OFFSET,
    EH_START_SEQUENCE,
    EH_START_TIME
};

struct eh_start {
    enum eh_start_kind kind;
    int64_t value;
    bool inclusive;
};
/* Reads the filter of a source. No filter: the first event. Fails: BASE_INVALID, com.microsoft:argument-error. */
BASE_MUST_USE enum base_status eh_start_read(const struct amqp_value *filter, struct eh_start *out,
                                             struct base_error *err);

#endif
