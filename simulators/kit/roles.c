/* Decides which built-in roles exist and what each allows (Azure RBAC built-in roles). */
#include "simulators/kit/rbac.h"
#include "common/text.h"

#define LIST(...) ((const char *const[]){__VA_ARGS__, NULL})
#define HUB "Microsoft.EventHub/namespaces/"
#define STORE "Microsoft.Storage/storageAccounts/blobServices/"
#define BLOBS STORE "containers/blobs/"
#define VAULT "Microsoft.KeyVault/vaults/"
#define FHIR_GEN1 "Microsoft.HealthcareApis/services/fhir/resources/"
#define FHIR_GEN2 "Microsoft.HealthcareApis/workspaces/fhirservices/resources/"

static const struct sim_role roles[] = {
    {"Owner", "8e3af657-a8ff-443c-a75c-2fe8c4bcb635", "Full access, and may assign roles.",
     LIST("*"), NULL, NULL},
    {"Contributor", "b24988ac-6180-42a0-ab88-20f7382dd24c",
     "Full access, but may not assign roles.", LIST("*"),
     LIST("Microsoft.Authorization/*/Delete", "Microsoft.Authorization/*/Write",
          "Microsoft.Authorization/elevateAccess/Action"),
     NULL},
    {"Reader", "acdd72a7-3385-48ef-bd42-f606fba81ae7", "Sees everything, changes nothing.",
     LIST("*/read"), NULL, NULL},
    {"User Access Administrator", "18d7d88d-d35e-4fb5-a5c3-7773c20a72d9",
     "Manages access to resources.", LIST("*/read", "Microsoft.Authorization/*"), NULL, NULL},
    {"Azure Event Hubs Data Owner", "f526a384-b230-433a-b45c-95f59c4a2dec",
     "Full access to event data.", LIST("Microsoft.EventHub/*"), NULL,
     LIST("Microsoft.EventHub/*")},
    {"Azure Event Hubs Data Receiver", "a638d3c7-ab3a-418d-83e6-5f17a39d4fde",
     "Receives event data.", LIST(HUB "eventhubs/consumergroups/read"), NULL,
     LIST(HUB "messages/receive/action")},
    {"Azure Event Hubs Data Sender", "2b629674-e913-4c01-ae53-ef4638d8f975", "Sends event data.",
     LIST(HUB "eventhubs/read"), NULL, LIST(HUB "messages/send/action")},
    {"Storage Blob Data Owner", "b7e6dc6d-f1e8-4753-8033-0f276bb0955b", "Full access to blobs.",
     LIST(STORE "containers/*", STORE "generateUserDelegationKey/action"), NULL, LIST(BLOBS "*")},
    {"Storage Blob Data Contributor", "ba92f5b4-2d11-453d-a403-e96b0029c9fe",
     "Reads, writes and deletes blobs.",
     LIST(STORE "containers/delete", STORE "containers/read", STORE "containers/write",
          STORE "generateUserDelegationKey/action"),
     NULL,
     LIST(BLOBS "delete", BLOBS "read", BLOBS "write", BLOBS "move/action", BLOBS "add/action")},
    {"Storage Blob Data Reader", "2a2b9908-6ea1-4ae2-8e65-a410df84e7d1", "Reads blobs.",
     LIST(STORE "containers/read", STORE "generateUserDelegationKey/action"), NULL,
     LIST(BLOBS "read")},
    {"Key Vault Administrator", "00482a5a-887f-4fb3-b363-3b7fe8e74483",
     "All data-plane work on a vault.", LIST("Microsoft.KeyVault/*/read"), NULL,
     LIST("Microsoft.KeyVault/vaults/*")},
    {"Key Vault Certificates Officer", "a4417e6f-fecd-4de8-b567-7b0420556985",
     "All work on certificates.", LIST("Microsoft.KeyVault/*/read"), NULL,
     LIST(VAULT "certificatecas/*", VAULT "certificates/*")},
    {"Key Vault Certificate User", "db79e9a7-68ee-4b58-9aeb-b90e7c24fcba",
     "Reads whole certificates.", LIST("Microsoft.KeyVault/*/read"), NULL,
     LIST(VAULT "certificates/read", VAULT "secrets/getSecret/action",
          VAULT "secrets/readMetadata/action")},
    {"Key Vault Secrets Officer", "b86a8fe4-44ce-4948-aee5-eccb2c155cd7", "All work on secrets.",
     LIST("Microsoft.KeyVault/*/read"), NULL, LIST(VAULT "secrets/*")},
    {"Key Vault Secrets User", "4633458b-17de-408a-b874-0445c86b69e6", "Reads secrets.", NULL, NULL,
     LIST(VAULT "secrets/getSecret/action", VAULT "secrets/readMetadata/action")},
    {"Key Vault Reader", "21090545-7ca7-4776-b22c-e363652d74d2",
     "Reads metadata of a vault and what it holds.", LIST("Microsoft.KeyVault/*/read"), NULL,
     LIST(VAULT "*/read", VAULT "secrets/readMetadata/action")},
    {"FHIR Data Contributor", "5a1fc7df-4bf1-4951-a576-89034ee01acd", "Full access to FHIR data.",
     NULL, NULL,
     LIST("Microsoft.HealthcareApis/services/fhir/resources/*",
          "Microsoft.HealthcareApis/workspaces/fhirservices/resources/*")},
    {"FHIR Data Writer", "3f88fce4-5892-4214-ae73-ba5294559913", "Reads and writes FHIR data.",
     NULL, NULL,
     LIST(FHIR_GEN1 "read", FHIR_GEN1 "write", FHIR_GEN1 "delete", FHIR_GEN1 "export/action",
          FHIR_GEN1 "resourceValidate/action", FHIR_GEN1 "reindex/action",
          FHIR_GEN1 "convertData/action", FHIR_GEN2 "read", FHIR_GEN2 "write", FHIR_GEN2 "delete",
          FHIR_GEN2 "export/action", FHIR_GEN2 "resourceValidate/action",
          FHIR_GEN2 "reindex/action", FHIR_GEN2 "convertData/action")},
    {"FHIR Data Reader", "4c8d0bbc-75d3-4935-991f-5f3c56d81508", "Reads FHIR data.", NULL, NULL,
     LIST(FHIR_GEN1 "read", FHIR_GEN2 "read")},
    {"Managed Identity Operator", "f1a07417-d97a-45cb-824c-7a7467783830",
     "Reads and assigns user-assigned identities.",
     LIST("Microsoft.ManagedIdentity/userAssignedIdentities/*/read",
          "Microsoft.ManagedIdentity/userAssignedIdentities/read",
          "Microsoft.ManagedIdentity/userAssignedIdentities/*/assign/action"),
     NULL, NULL},
    {"Managed Identity Contributor", "e40ec5ca-96e0-45a2-b4ff-59039f2c2b59",
     "Creates, reads, updates and deletes user-assigned identities.",
     LIST("Microsoft.ManagedIdentity/userAssignedIdentities/*",
          "Microsoft.ManagedIdentity/userAssignedIdentities/read",
          "Microsoft.ManagedIdentity/userAssignedIdentities/write",
          "Microsoft.ManagedIdentity/userAssignedIdentities/delete"),
     NULL, NULL},
    {"Azure Kubernetes Service Cluster User Role", "4abbcc35-e782-43d8-92c5-2d3f1bd2253f",
     "Lists the cluster user credential.",
     LIST("Microsoft.ContainerService/managedClusters/listClusterUserCredential/action",
          "Microsoft.ContainerService/managedClusters/read"),
     NULL, NULL},
    {"Azure Kubernetes Service Cluster Admin Role", "0ab0b1a8-8aac-4efd-b8c2-3ee1fb270be8",
     "Lists the cluster admin credential.",
     LIST("Microsoft.ContainerService/managedClusters/listClusterAdminCredential/action",
          "Microsoft.ContainerService/managedClusters/read"),
     NULL, NULL},
};

size_t sim_role_count(void)
{
    return sizeof roles / sizeof *roles;
}

const struct sim_role *sim_role_at(size_t index)
{
    return index < sim_role_count() ? &roles[index] : NULL;
}

const struct sim_role *sim_role_find(const char *guid_or_name)
{
    for (size_t i = 0; i < sim_role_count(); i++)
        if (base_equal_nocase(roles[i].guid, guid_or_name) ||
            base_equal_nocase(roles[i].name, guid_or_name))
            return &roles[i];
    return NULL;
}
