# Shared by the tidy checks: rooms with their folder, symbol prefix, library and what they may include.
# folder            prefix   library        may include (folders, blank-separated)
rooms='
common              base_    base           common
amqp                amqp_    amqp           common+amqp
azure               az_      azure          common+amqp+azure
reference/dataplane dp_      dataplane      common+reference/dataplane
reference/map       map_     map            common+reference/dataplane+reference/map
reference/rp        rp_      rp             common+azure+amqp+reference/dataplane+reference/rp
reference/pods      pod_     pods           common+azure+amqp+reference/dataplane+reference/pods
simulators/kit      sim_     sim_kit        common+simulators/kit
simulators/arm      arm_     sim_arm        common+simulators/kit+simulators/arm
simulators/entra    entra_   sim_entra      common+simulators/kit+simulators/entra
simulators/keyvault kv_      sim_keyvault   common+simulators/kit+simulators/keyvault
simulators/eventhub eh_      sim_eventhub   common+amqp+simulators/kit+simulators/eventhub
simulators/blob     blob_    sim_blob       common+simulators/kit+simulators/blob
simulators/aks      aks_     sim_aks        common+simulators/kit+simulators/aks
simulators/fhir     fhir_    sim_fhir       common+simulators/kit+simulators/fhir
simulators/azsim    azsim_   azsim_world    common+simulators
runner              run_     runner         common+amqp+azure+runner
'
cd "$(dirname "$0")/../.." || exit 2
failures=0
fail() { echo "$*" >&2; failures=$((failures + 1)); }
finish() { [ "$failures" -eq 0 ] || { echo "$failures faults" >&2; exit 1; }; echo "ok"; }
sources() { find common amqp azure reference simulators runner -name '*.[ch]' | sort; }
