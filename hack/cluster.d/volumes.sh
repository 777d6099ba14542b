# shellcheck shell=bash
# Storage for claims that name no class: folders of the node, made beforehand. Each serves one claim and is not used again.

make_volumes() {
  local count=${1:-} number
  [[ $count =~ ^[1-9][0-9]{0,2}$ ]] || die 'volumes needs to know how many, from 1 to 999'
  use_cluster
  [[ $tier == node ]] || die "cluster '$NAME' has no node; start it with: hack/cluster --name $NAME up --node"
  for ((number = 1; number <= count; number++)); do
    mkdir -p "$STATE/volumes/$number"
    chmod 777 "$STATE/volumes/$number" # the kubelet does not hand a folder of the node to the group of a Pod
  done
  volume_objects "$count" | as_kubectl apply --server-side -f - >/dev/null || die 'the volumes cannot be made'
  say "$count volumes of 1 GiB in $STATE/volumes"
}

# volume_objects COUNT: a claim gets its volume when a Pod that uses it is scheduled
volume_objects() {
  local number
  cat <<END
apiVersion: storage.k8s.io/v1
kind: StorageClass
metadata: { name: node-folders, annotations: { storageclass.kubernetes.io/is-default-class: 'true' } }
provisioner: kubernetes.io/no-provisioner
volumeBindingMode: WaitForFirstConsumer
END
  for ((number = 1; number <= $1; number++)); do
    cat <<END
---
apiVersion: v1
kind: PersistentVolume
metadata: { name: node-folder-$number }
spec:
  storageClassName: node-folders
  capacity: { storage: 1Gi }
  accessModes: [ReadWriteOnce]
  persistentVolumeReclaimPolicy: Retain
  hostPath: { path: $STATE/volumes/$number }
END
  done
}
