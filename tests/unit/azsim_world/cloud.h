/* What the whole-world tests share: a world with every room in it, in memory, without listeners and without pods. */
#ifndef TEST_AZSIM_WORLD_CLOUD_H
#define TEST_AZSIM_WORLD_CLOUD_H

#include "simulators/aks/aks.h"
#include "simulators/arm/arm.h"
#include "simulators/blob/blob.h"
#include "simulators/entra/entra.h"
#include "simulators/eventhub/eventhub.h"
#include "simulators/fhir/fhir.h"
#include "simulators/keyvault/keyvault.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

struct cloud {
    sim_world_t *world;
    arm_t *arm;
    entra_t *entra;
    kv_t *keyvault;
    blob_t *blob;
    eh_t *eventhub;
    fhir_t *fhir;
    aks_t *aks;
    struct base_clock clock;
    base_random_t *random;
};

/* cmocka's set-up and tear-down; *state is the struct cloud. */
static int setup(void **state)
{
    struct cloud *cloud = base_alloc(sizeof *cloud);
    struct base_error err = {0};

    base_clock_init(&cloud->clock);
    cloud->random = base_random_new("cloud");
    cloud->world = sim_world_new(
        &(struct sim_world_config){.clock = &cloud->clock, .random = cloud->random}, &err);
    assert_non_null(cloud->world);
    sim_setting_set(cloud->world, "kubelet", "off");
    assert_non_null(cloud->entra = entra_add(cloud->world, &err));
    assert_non_null(cloud->arm = arm_add(cloud->world, &err));
    assert_non_null(cloud->keyvault = kv_add(cloud->world, &err));
    assert_non_null(cloud->blob = blob_add(cloud->world, &err));
    assert_non_null(cloud->eventhub = eh_add(cloud->world, &err));
    assert_non_null(cloud->fhir = fhir_add(cloud->world, &err));
    assert_non_null(cloud->aks = aks_add(cloud->world, &err));
    *state = cloud;
    return 0;
}

static int teardown(void **state)
{
    struct cloud *cloud = *state;

    arm_free(cloud->arm); /* first: its workers call the others' providers */
    aks_free(cloud->aks);
    eh_free(cloud->eventhub);
    fhir_free(cloud->fhir);
    blob_free(cloud->blob);
    kv_free(cloud->keyvault);
    entra_free(cloud->entra);
    sim_world_free(cloud->world);
    base_random_free(cloud->random);
    free(cloud);
    return 0;
}

#endif
