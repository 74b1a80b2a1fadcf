/* Decides which fields the kinds we serve have, and of which type: read off k8s.io/api v0.31 (core/v1, apps/v1, autoscaling/v1,
 * authentication/v1) and the aad-pod-identity CRDs. How a line reads: schema.h. */
#include "simulators/aks/schema.h"

/* clang-format off */
const char *const aks_schema_lines[] = {
    "Namespace metadata=ObjectMeta! spec=NamespaceSpec! status=NamespaceStatus!",
    "Node metadata=ObjectMeta! spec=NodeSpec! status=NodeStatus!",
    "Secret metadata=ObjectMeta! immutable=b? data={y} stringData={s} type=s",
    "ConfigMap metadata=ObjectMeta! immutable=b? data={s} binaryData={y}",
    "ServiceAccount metadata=ObjectMeta! secrets=[ObjectReference]@name "
    "imagePullSecrets=[LocalObjectReference] automountServiceAccountToken=b?",
    "Pod metadata=ObjectMeta! spec=PodSpec! status=PodStatus!",
    "Event metadata=ObjectMeta! involvedObject=ObjectReference! reason=s message=s "
    "source=EventSource! firstTimestamp=t! lastTimestamp=t! count=i type=s eventTime=t! "
    "series=EventSeries? action=s related=ObjectReference? reportingComponent=s! "
    "reportingInstance=s!",
    "Deployment metadata=ObjectMeta! spec=DeploymentSpec! status=DeploymentStatus!",
    "ReplicaSet metadata=ObjectMeta! spec=ReplicaSetSpec! status=ReplicaSetStatus!",
    "Binding metadata=ObjectMeta! target=ObjectReference!",
    "Scale metadata=ObjectMeta! spec=ScaleSpec! status=ScaleStatus!",
    "TokenRequest metadata=ObjectMeta! spec=TokenRequestSpec! status=TokenRequestStatus!",
    "ObjectMeta name=s generateName=s namespace=s selfLink=s uid=s resourceVersion=s generation=i "
    "creationTimestamp=t! deletionTimestamp=t? deletionGracePeriodSeconds=i? labels={s} "
    "annotations={s} ownerReferences=[OwnerReference]@uid finalizers=[s]@ managedFields=[*]",
    "NamespaceSpec finalizers=[s]",
    "NamespaceStatus phase=s conditions=[NamespaceCondition]@type",
    "NodeSpec podCIDR=s podCIDRs=[s]@ providerID=s unschedulable=b taints=[Taint] "
    "configSource=NodeConfigSource? externalID=s",
    "NodeStatus capacity={q} allocatable={q} phase=s conditions=[NodeCondition]@type "
    "addresses=[NodeAddress]@type daemonEndpoints=NodeDaemonEndpoints! nodeInfo=NodeSystemInfo! "
    "images=[ContainerImage] volumesInUse=[s] volumesAttached=[AttachedVolume] "
    "config=NodeConfigStatus? runtimeHandlers=[NodeRuntimeHandler] features=NodeFeatures?",
    "ObjectReference kind=s namespace=s name=s uid=s apiVersion=s resourceVersion=s fieldPath=s",
    "LocalObjectReference name=s",
    "PodSpec volumes=[Volume]~@name initContainers=[Container]@name containers=[Container]!@name "
    "ephemeralContainers=[EphemeralContainer]@name restartPolicy=s terminationGracePeriodSeconds=i? "
    "activeDeadlineSeconds=i? dnsPolicy=s nodeSelector={s} serviceAccountName=s serviceAccount=s "
    "automountServiceAccountToken=b? nodeName=s hostNetwork=b hostPID=b hostIPC=b "
    "shareProcessNamespace=b? securityContext=PodSecurityContext? "
    "imagePullSecrets=[LocalObjectReference]@name hostname=s subdomain=s affinity=Affinity? "
    "schedulerName=s tolerations=[Toleration] hostAliases=[HostAlias]@ip priorityClassName=s "
    "priority=i? dnsConfig=PodDNSConfig? readinessGates=[PodReadinessGate] runtimeClassName=s? "
    "enableServiceLinks=b? preemptionPolicy=s? overhead={q} "
    "topologySpreadConstraints=[TopologySpreadConstraint]@topologyKey setHostnameAsFQDN=b? os=PodOS? "
    "hostUsers=b? schedulingGates=[PodSchedulingGate]@name resourceClaims=[PodResourceClaim]~@name",
    "PodStatus phase=s conditions=[PodCondition]@type message=s reason=s nominatedNodeName=s "
    "hostIP=s hostIPs=[HostIP]@ip podIP=s podIPs=[PodIP]@ip startTime=t? "
    "initContainerStatuses=[ContainerStatus] containerStatuses=[ContainerStatus] qosClass=s "
    "ephemeralContainerStatuses=[ContainerStatus] resize=s "
    "resourceClaimStatuses=[PodResourceClaimStatus]~@name",
    "EventSource component=s host=s",
    "EventSeries count=i lastObservedTime=t!",
    "DeploymentSpec replicas=i? selector=LabelSelector? template=PodTemplateSpec! "
    "strategy=DeploymentStrategy!~ minReadySeconds=i revisionHistoryLimit=i? paused=b "
    "progressDeadlineSeconds=i?",
    "DeploymentStatus observedGeneration=i replicas=i updatedReplicas=i readyReplicas=i "
    "availableReplicas=i unavailableReplicas=i conditions=[DeploymentCondition]@type "
    "collisionCount=i?",
    "ReplicaSetSpec replicas=i? minReadySeconds=i selector=LabelSelector? template=PodTemplateSpec!",
    "ReplicaSetStatus replicas=i! fullyLabeledReplicas=i readyReplicas=i availableReplicas=i "
    "observedGeneration=i conditions=[ReplicaSetCondition]@type",
    "ScaleSpec replicas=i",
    "ScaleStatus replicas=i! selector=s",
    "TokenRequestSpec audiences=[s]! expirationSeconds=i? boundObjectRef=BoundObjectReference?",
    "TokenRequestStatus token=s! expirationTimestamp=t!",
    "OwnerReference apiVersion=s! kind=s! name=s! uid=s! controller=b? blockOwnerDeletion=b?",
    "NamespaceCondition type=s! status=s! lastTransitionTime=t! reason=s message=s",
    "Taint key=s! value=s effect=s! timeAdded=t?",
    "NodeConfigSource configMap=ConfigMapNodeConfigSource?",
    "NodeCondition type=s! status=s! lastHeartbeatTime=t! lastTransitionTime=t! reason=s message=s",
    "NodeAddress type=s! address=s!",
    "NodeDaemonEndpoints kubeletEndpoint=DaemonEndpoint!",
    "NodeSystemInfo machineID=s! systemUUID=s! bootID=s! kernelVersion=s! osImage=s! "
    "containerRuntimeVersion=s! kubeletVersion=s! kubeProxyVersion=s! operatingSystem=s! "
    "architecture=s!",
    "ContainerImage names=[s]! sizeBytes=i",
    "AttachedVolume name=s! devicePath=s!",
    "NodeConfigStatus assigned=NodeConfigSource? active=NodeConfigSource? "
    "lastKnownGood=NodeConfigSource? error=s",
    "NodeRuntimeHandler name=s! features=NodeRuntimeHandlerFeatures?",
    "NodeFeatures supplementalGroupsPolicy=b?",
    "Volume name=s! hostPath=HostPathVolumeSource? emptyDir=EmptyDirVolumeSource? "
    "gcePersistentDisk=GCEPersistentDiskVolumeSource? "
    "awsElasticBlockStore=AWSElasticBlockStoreVolumeSource? gitRepo=GitRepoVolumeSource? "
    "secret=SecretVolumeSource? nfs=NFSVolumeSource? iscsi=ISCSIVolumeSource? "
    "glusterfs=GlusterfsVolumeSource? persistentVolumeClaim=PersistentVolumeClaimVolumeSource? "
    "rbd=RBDVolumeSource? flexVolume=FlexVolumeSource? cinder=CinderVolumeSource? "
    "cephfs=CephFSVolumeSource? flocker=FlockerVolumeSource? downwardAPI=DownwardAPIVolumeSource? "
    "fc=FCVolumeSource? azureFile=AzureFileVolumeSource? configMap=ConfigMapVolumeSource? "
    "vsphereVolume=VsphereVirtualDiskVolumeSource? quobyte=QuobyteVolumeSource? "
    "azureDisk=AzureDiskVolumeSource? photonPersistentDisk=PhotonPersistentDiskVolumeSource? "
    "projected=ProjectedVolumeSource? portworxVolume=PortworxVolumeSource? "
    "scaleIO=ScaleIOVolumeSource? storageos=StorageOSVolumeSource? csi=CSIVolumeSource? "
    "ephemeral=EphemeralVolumeSource? image=ImageVolumeSource?",
    "Container name=s! image=s command=[s] args=[s] workingDir=s ports=[ContainerPort]@containerPort "
    "envFrom=[EnvFromSource] env=[EnvVar]@name resources=ResourceRequirements! "
    "resizePolicy=[ContainerResizePolicy] restartPolicy=s? volumeMounts=[VolumeMount]@mountPath "
    "volumeDevices=[VolumeDevice]@devicePath livenessProbe=Probe? readinessProbe=Probe? "
    "startupProbe=Probe? lifecycle=Lifecycle? terminationMessagePath=s terminationMessagePolicy=s "
    "imagePullPolicy=s securityContext=SecurityContext? stdin=b stdinOnce=b tty=b",
    "EphemeralContainer name=s! image=s command=[s] args=[s] workingDir=s "
    "ports=[ContainerPort]@containerPort envFrom=[EnvFromSource] env=[EnvVar]@name "
    "resources=ResourceRequirements! resizePolicy=[ContainerResizePolicy] restartPolicy=s? "
    "volumeMounts=[VolumeMount]@mountPath volumeDevices=[VolumeDevice]@devicePath "
    "livenessProbe=Probe? readinessProbe=Probe? startupProbe=Probe? lifecycle=Lifecycle? "
    "terminationMessagePath=s terminationMessagePolicy=s imagePullPolicy=s "
    "securityContext=SecurityContext? stdin=b stdinOnce=b tty=b targetContainerName=s",
    "PodSecurityContext seLinuxOptions=SELinuxOptions? windowsOptions=WindowsSecurityContextOptions? "
    "runAsUser=i? runAsGroup=i? runAsNonRoot=b? supplementalGroups=[i] supplementalGroupsPolicy=s? "
    "fsGroup=i? sysctls=[Sysctl] fsGroupChangePolicy=s? seccompProfile=SeccompProfile? "
    "appArmorProfile=AppArmorProfile?",
    "Affinity nodeAffinity=NodeAffinity? podAffinity=PodAffinity? podAntiAffinity=PodAntiAffinity?",
    "Toleration key=s operator=s value=s effect=s tolerationSeconds=i?",
    "HostAlias ip=s! hostnames=[s]",
    "PodDNSConfig nameservers=[s] searches=[s] options=[PodDNSConfigOption]",
    "PodReadinessGate conditionType=s!",
    "TopologySpreadConstraint maxSkew=i! topologyKey=s! whenUnsatisfiable=s! "
    "labelSelector=LabelSelector? minDomains=i? nodeAffinityPolicy=s? nodeTaintsPolicy=s? "
    "matchLabelKeys=[s]",
    "PodOS name=s!",
    "PodSchedulingGate name=s!",
    "PodResourceClaim name=s! resourceClaimName=s? resourceClaimTemplateName=s?",
    "PodCondition type=s! status=s! lastProbeTime=t! lastTransitionTime=t! reason=s message=s",
    "HostIP ip=s!",
    "PodIP ip=s!",
    "ContainerStatus name=s! state=ContainerState! lastState=ContainerState! ready=b! "
    "restartCount=i! image=s! imageID=s! containerID=s started=b? allocatedResources={q} "
    "resources=ResourceRequirements? volumeMounts=[VolumeMountStatus]@mountPath user=ContainerUser? "
    "allocatedResourcesStatus=[ResourceStatus]@name",
    "PodResourceClaimStatus name=s! resourceClaimName=s?",
    "LabelSelector matchLabels={s} matchExpressions=[LabelSelectorRequirement]",
    "PodTemplateSpec metadata=ObjectMeta! spec=PodSpec!",
    "DeploymentStrategy type=s rollingUpdate=RollingUpdateDeployment?",
    "DeploymentCondition type=s! status=s! lastUpdateTime=t! lastTransitionTime=t! reason=s message=s",
    "ReplicaSetCondition type=s! status=s! lastTransitionTime=t! reason=s message=s",
    "BoundObjectReference kind=s apiVersion=s name=s uid=s",
    "ConfigMapNodeConfigSource namespace=s! name=s! uid=s resourceVersion=s kubeletConfigKey=s!",
    "DaemonEndpoint Port=i!",
    "NodeRuntimeHandlerFeatures recursiveReadOnlyMounts=b? userNamespaces=b?",
    "HostPathVolumeSource path=s! type=s?",
    "EmptyDirVolumeSource medium=s sizeLimit=q?",
    "GCEPersistentDiskVolumeSource pdName=s! fsType=s partition=i readOnly=b",
    "AWSElasticBlockStoreVolumeSource volumeID=s! fsType=s partition=i readOnly=b",
    "GitRepoVolumeSource repository=s! revision=s directory=s",
    "SecretVolumeSource secretName=s items=[KeyToPath] defaultMode=i? optional=b?",
    "NFSVolumeSource server=s! path=s! readOnly=b",
    "ISCSIVolumeSource targetPortal=s! iqn=s! lun=i! iscsiInterface=s fsType=s readOnly=b "
    "portals=[s] chapAuthDiscovery=b chapAuthSession=b secretRef=LocalObjectReference? "
    "initiatorName=s?",
    "GlusterfsVolumeSource endpoints=s! path=s! readOnly=b",
    "PersistentVolumeClaimVolumeSource claimName=s! readOnly=b",
    "RBDVolumeSource monitors=[s]! image=s! fsType=s pool=s user=s keyring=s "
    "secretRef=LocalObjectReference? readOnly=b",
    "FlexVolumeSource driver=s! fsType=s secretRef=LocalObjectReference? readOnly=b options={s}",
    "CinderVolumeSource volumeID=s! fsType=s readOnly=b secretRef=LocalObjectReference?",
    "CephFSVolumeSource monitors=[s]! path=s user=s secretFile=s secretRef=LocalObjectReference? "
    "readOnly=b",
    "FlockerVolumeSource datasetName=s datasetUUID=s",
    "DownwardAPIVolumeSource items=[DownwardAPIVolumeFile] defaultMode=i?",
    "FCVolumeSource targetWWNs=[s] lun=i? fsType=s readOnly=b wwids=[s]",
    "AzureFileVolumeSource secretName=s! shareName=s! readOnly=b",
    "ConfigMapVolumeSource name=s items=[KeyToPath] defaultMode=i? optional=b?",
    "VsphereVirtualDiskVolumeSource volumePath=s! fsType=s storagePolicyName=s storagePolicyID=s",
    "QuobyteVolumeSource registry=s! volume=s! readOnly=b user=s group=s tenant=s",
    "AzureDiskVolumeSource diskName=s! diskURI=s! cachingMode=s? fsType=s? readOnly=b? kind=s?",
    "PhotonPersistentDiskVolumeSource pdID=s! fsType=s",
    "ProjectedVolumeSource sources=[VolumeProjection]! defaultMode=i?",
    "PortworxVolumeSource volumeID=s! fsType=s readOnly=b",
    "ScaleIOVolumeSource gateway=s! system=s! secretRef=LocalObjectReference? sslEnabled=b "
    "protectionDomain=s storagePool=s storageMode=s volumeName=s fsType=s readOnly=b",
    "StorageOSVolumeSource volumeName=s volumeNamespace=s fsType=s readOnly=b "
    "secretRef=LocalObjectReference?",
    "CSIVolumeSource driver=s! readOnly=b? fsType=s? volumeAttributes={s} "
    "nodePublishSecretRef=LocalObjectReference?",
    "EphemeralVolumeSource volumeClaimTemplate=PersistentVolumeClaimTemplate?",
    "ImageVolumeSource reference=s pullPolicy=s",
    "ContainerPort name=s hostPort=i containerPort=i! protocol=s hostIP=s",
    "EnvFromSource prefix=s configMapRef=ConfigMapEnvSource? secretRef=SecretEnvSource?",
    "EnvVar name=s! value=s valueFrom=EnvVarSource?",
    "ResourceRequirements limits={q} requests={q} claims=[ResourceClaim]",
    "ContainerResizePolicy resourceName=s! restartPolicy=s!",
    "VolumeMount name=s! readOnly=b recursiveReadOnly=s? mountPath=s! subPath=s mountPropagation=s? "
    "subPathExpr=s",
    "VolumeDevice name=s! devicePath=s!",
    "Probe exec=ExecAction? httpGet=HTTPGetAction? tcpSocket=TCPSocketAction? grpc=GRPCAction? "
    "initialDelaySeconds=i timeoutSeconds=i periodSeconds=i successThreshold=i failureThreshold=i "
    "terminationGracePeriodSeconds=i?",
    "Lifecycle postStart=LifecycleHandler? preStop=LifecycleHandler?",
    "SecurityContext capabilities=Capabilities? privileged=b? seLinuxOptions=SELinuxOptions? "
    "windowsOptions=WindowsSecurityContextOptions? runAsUser=i? runAsGroup=i? runAsNonRoot=b? "
    "readOnlyRootFilesystem=b? allowPrivilegeEscalation=b? procMount=s? "
    "seccompProfile=SeccompProfile? appArmorProfile=AppArmorProfile?",
    "SELinuxOptions user=s role=s type=s level=s",
    "WindowsSecurityContextOptions gmsaCredentialSpecName=s? gmsaCredentialSpec=s? runAsUserName=s? "
    "hostProcess=b?",
    "Sysctl name=s! value=s!",
    "SeccompProfile type=s! localhostProfile=s?",
    "AppArmorProfile type=s! localhostProfile=s?",
    "NodeAffinity requiredDuringSchedulingIgnoredDuringExecution=NodeSelector? "
    "preferredDuringSchedulingIgnoredDuringExecution=[PreferredSchedulingTerm]",
    "PodAffinity requiredDuringSchedulingIgnoredDuringExecution=[PodAffinityTerm] "
    "preferredDuringSchedulingIgnoredDuringExecution=[WeightedPodAffinityTerm]",
    "PodAntiAffinity requiredDuringSchedulingIgnoredDuringExecution=[PodAffinityTerm] "
    "preferredDuringSchedulingIgnoredDuringExecution=[WeightedPodAffinityTerm]",
    "PodDNSConfigOption name=s value=s?",
    "ContainerState waiting=ContainerStateWaiting? running=ContainerStateRunning? "
    "terminated=ContainerStateTerminated?",
    "VolumeMountStatus name=s! mountPath=s! readOnly=b recursiveReadOnly=s?",
    "ContainerUser linux=LinuxContainerUser?",
    "ResourceStatus name=s! resources=[ResourceHealth]",
    "LabelSelectorRequirement key=s! operator=s! values=[s]",
    "RollingUpdateDeployment maxUnavailable=x? maxSurge=x?",
    "KeyToPath key=s! path=s! mode=i?",
    "DownwardAPIVolumeFile path=s! fieldRef=ObjectFieldSelector? "
    "resourceFieldRef=ResourceFieldSelector? mode=i?",
    "VolumeProjection secret=SecretProjection? downwardAPI=DownwardAPIProjection? "
    "configMap=ConfigMapProjection? serviceAccountToken=ServiceAccountTokenProjection? "
    "clusterTrustBundle=ClusterTrustBundleProjection?",
    "PersistentVolumeClaimTemplate metadata=ObjectMeta! spec=PersistentVolumeClaimSpec!",
    "ConfigMapEnvSource name=s optional=b?",
    "SecretEnvSource name=s optional=b?",
    "EnvVarSource fieldRef=ObjectFieldSelector? resourceFieldRef=ResourceFieldSelector? "
    "configMapKeyRef=ConfigMapKeySelector? secretKeyRef=SecretKeySelector?",
    "ResourceClaim name=s! request=s",
    "ExecAction command=[s]",
    "HTTPGetAction path=s port=x! host=s scheme=s httpHeaders=[HTTPHeader]",
    "TCPSocketAction port=x! host=s",
    "GRPCAction port=i! service=s?",
    "LifecycleHandler exec=ExecAction? httpGet=HTTPGetAction? tcpSocket=TCPSocketAction? "
    "sleep=SleepAction?",
    "Capabilities add=[s] drop=[s]",
    "NodeSelector nodeSelectorTerms=[NodeSelectorTerm]!",
    "PreferredSchedulingTerm weight=i! preference=NodeSelectorTerm!",
    "PodAffinityTerm labelSelector=LabelSelector? namespaces=[s] topologyKey=s! "
    "namespaceSelector=LabelSelector? matchLabelKeys=[s] mismatchLabelKeys=[s]",
    "WeightedPodAffinityTerm weight=i! podAffinityTerm=PodAffinityTerm!",
    "ContainerStateWaiting reason=s message=s",
    "ContainerStateRunning startedAt=t!",
    "ContainerStateTerminated exitCode=i! signal=i reason=s message=s startedAt=t! finishedAt=t! "
    "containerID=s",
    "LinuxContainerUser uid=i! gid=i! supplementalGroups=[i]",
    "ResourceHealth resourceID=s! health=s",
    "ObjectFieldSelector apiVersion=s fieldPath=s!",
    "ResourceFieldSelector containerName=s resource=s! divisor=q",
    "SecretProjection name=s items=[KeyToPath] optional=b?",
    "DownwardAPIProjection items=[DownwardAPIVolumeFile]",
    "ConfigMapProjection name=s items=[KeyToPath] optional=b?",
    "ServiceAccountTokenProjection audience=s expirationSeconds=i? path=s!",
    "ClusterTrustBundleProjection name=s? signerName=s? labelSelector=LabelSelector? optional=b? path=s!",
    "PersistentVolumeClaimSpec accessModes=[s] selector=LabelSelector? "
    "resources=VolumeResourceRequirements! volumeName=s storageClassName=s? volumeMode=s? "
    "dataSource=TypedLocalObjectReference? dataSourceRef=TypedObjectReference? "
    "volumeAttributesClassName=s?",
    "ConfigMapKeySelector name=s key=s! optional=b?",
    "SecretKeySelector name=s key=s! optional=b?",
    "HTTPHeader name=s! value=s!",
    "SleepAction seconds=i!",
    "NodeSelectorTerm matchExpressions=[NodeSelectorRequirement] matchFields=[NodeSelectorRequirement]",
    "VolumeResourceRequirements limits={q} requests={q}",
    "TypedLocalObjectReference apiGroup=s? kind=s! name=s!",
    "TypedObjectReference apiGroup=s? kind=s! name=s! namespace=s?",
    "NodeSelectorRequirement key=s! operator=s! values=[s]",
    "AzureIdentity metadata=ObjectMeta! spec=AzureIdentitySpec status=AzureIdentityStatus",
    "AzureIdentitySpec adEndpoint=s adResourceID=s auxiliaryTenantIDs=[s]? clientID=s "
    "clientPassword=SecretReference metadata=Nothing replicas=i? resourceID=s tenantID=s type=i",
    "AzureIdentityStatus availableReplicas=i metadata=Nothing",
    "SecretReference name=s namespace=s",
    "AzureIdentityBinding metadata=ObjectMeta! spec=AzureIdentityBindingSpec status=AzureIdentityStatus",
    "AzureIdentityBindingSpec azureIdentity=s metadata=Nothing selector=s weight=i",
    "AzureAssignedIdentity metadata=ObjectMeta! spec=AzureAssignedIdentitySpec "
    "status=AzureAssignedIdentityStatus",
    "AzureAssignedIdentitySpec azureBindingRef=EmbeddedBinding azureIdentityRef=EmbeddedIdentity "
    "metadata=Nothing nodename=s pod=s podNamespace=s replicas=i?",
    "AzureAssignedIdentityStatus availableReplicas=i metadata=Nothing status=s",
    "EmbeddedBinding apiVersion=s! kind=s! metadata=* spec=AzureIdentityBindingSpec "
    "status=AzureIdentityStatus",
    "EmbeddedIdentity apiVersion=s! kind=s! metadata=* spec=AzureIdentitySpec status=AzureIdentityStatus",
    "AzurePodIdentityException metadata=ObjectMeta! spec=AzurePodIdentityExceptionSpec "
    "status=AzureIdentityStatus",
    "AzurePodIdentityExceptionSpec metadata=Nothing podLabels={s}",
    "Nothing",
    "DeleteOptions gracePeriodSeconds=i? preconditions=Preconditions? orphanDependents=b? "
    "propagationPolicy=s? dryRun=[s]",
    "Preconditions uid=s? resourceVersion=s?",
    NULL,
};
/* clang-format on */
