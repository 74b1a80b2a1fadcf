/* Decides which regions exist and which spellings name them. */
#include "simulators/arm/regions.h"

#include <string.h>

#define US "United States", "US"
#define EUROPE "Europe"
#define ASIA "Asia Pacific"

static const struct arm_region regions[] = {
    {"eastus", "East US", US, "westus", "Virginia", "37.3719", "-79.8164"},
    {"eastus2", "East US 2", US, "centralus", "Virginia", "36.6681", "-78.3889"},
    {"centralus", "Central US", US, "eastus2", "Iowa", "41.5908", "-93.6208"},
    {"northcentralus", "North Central US", US, "southcentralus", "Illinois", "41.8819", "-87.6278"},
    {"southcentralus", "South Central US", US, "northcentralus", "Texas", "29.4167", "-98.5"},
    {"westcentralus", "West Central US", US, "westus2", "Wyoming", "40.89", "-110.234"},
    {"westus", "West US", US, "eastus", "California", "37.783", "-122.417"},
    {"westus2", "West US 2", US, "westcentralus", "Washington", "47.233", "-119.852"},
    {"westus3", "West US 3", US, "eastus", "Phoenix", "33.448376", "-112.074036"},
    {"canadacentral", "Canada Central", "Canada", "Canada", "canadaeast", "Toronto", "43.653",
     "-79.383"},
    {"northeurope", "North Europe", EUROPE, EUROPE, "westeurope", "Ireland", "53.3478", "-6.2597"},
    {"westeurope", "West Europe", EUROPE, EUROPE, "northeurope", "Netherlands", "52.3667", "4.9"},
    {"uksouth", "UK South", "United Kingdom", EUROPE, "ukwest", "London", "50.941", "-0.799"},
    {"ukwest", "UK West", "United Kingdom", EUROPE, "uksouth", "Cardiff", "53.427", "-3.084"},
    {"germanywestcentral", "Germany West Central", "Germany", EUROPE, "germanynorth", "Frankfurt",
     "50.110924", "8.682127"},
    {"francecentral", "France Central", "France", EUROPE, "francesouth", "Paris", "46.3772",
     "2.373"},
    {"switzerlandnorth", "Switzerland North", "Switzerland", EUROPE, "switzerlandwest", "Zurich",
     "47.451542", "8.564572"},
    {"swedencentral", "Sweden Central", "Sweden", EUROPE, "swedensouth", "Gävle", "60.67488",
     "17.14127"},
    {"australiaeast", "Australia East", "Australia", ASIA, "australiasoutheast", "New South Wales",
     "-33.86", "151.2094"},
    {"southeastasia", "Southeast Asia", ASIA, ASIA, "eastasia", "Singapore", "1.283", "103.833"},
    {"japaneast", "Japan East", "Japan", ASIA, "japanwest", "Tokyo, Saitama", "35.68", "139.77"},
    {"koreacentral", "Korea Central", "Korea", ASIA, "koreasouth", "Seoul", "37.5665", "126.978"},
    {"centralindia", "Central India", "India", ASIA, "southindia", "Pune", "18.5822", "73.9197"},
    {"southafricanorth", "South Africa North", "South Africa", "Africa", "southafricawest",
     "Johannesburg", "-25.73134", "28.21837"},
};

/* Further spellings: the seed writes "US West 2". */
static const struct {
    const char *spelling, *name;
} aliases[] = {
    {"uswest", "westus"}, {"uswest2", "westus2"}, {"uswest3", "westus3"},
    {"useast", "eastus"}, {"useast2", "eastus2"}, {"uscentral", "centralus"},
};

static bool same(const char *text, const char *name)
{
    for (;; text++, name++) {
        while (*text == ' ')
            text++;
        char c = *text >= 'A' && *text <= 'Z' ? (char)(*text | 0x20) : *text;
        if (c != *name)
            return false;
        if (!c)
            return true;
    }
}

const struct arm_region *arm_region_find(const char *text)
{
    for (size_t i = 0; text && i < sizeof aliases / sizeof *aliases; i++)
        if (same(text, aliases[i].spelling))
            return arm_region_find(aliases[i].name);
    for (size_t i = 0; text && i < arm_region_count(); i++)
        if (same(text, regions[i].name))
            return &regions[i];
    return NULL;
}

size_t arm_region_count(void)
{
    return sizeof regions / sizeof *regions;
}

const struct arm_region *arm_region_at(size_t index)
{
    return index < arm_region_count() ? &regions[index] : NULL;
}

cJSON *arm_region_names(void)
{
    cJSON *names = cJSON_CreateArray();

    for (size_t i = 0; i < arm_region_count(); i++)
        cJSON_AddItemToArray(names, cJSON_CreateString(regions[i].display));
    return names;
}

void arm_region_enumerate(struct base_buf *out)
{
    for (size_t i = 0; i < arm_region_count(); i++)
        base_buf_printf(out, "%s%s", i ? ", " : "", regions[i].name);
}
