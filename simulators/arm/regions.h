/* simulators/arm/regions.h: the Azure regions of this world. */
#ifndef ARM_REGIONS_H
#define ARM_REGIONS_H

#include "common/json.h"
#include "common/text.h"

struct arm_region {
    const char *name, *display; /* "westus2", "West US 2" */
    const char *geography, *group, *paired, *place;
    const char *latitude, *longitude;
};
/* By any spelling: "West US 2", "westus2", "US West 2", "W e s t US 2"; NULL when there is no such region. */
const struct arm_region *arm_region_find(const char *text);
size_t arm_region_count(void);
const struct arm_region *arm_region_at(size_t index);
/* The display names as a JSON array, or as one text "'East US, ...'" appended to `out`. */
cJSON *arm_region_names(void) BASE_MUST_USE;
void arm_region_enumerate(struct base_buf *out);

#endif
