# shellcheck shell=bash
# The certificates of a cluster: one authority, servers and clients signed by it, a key pair for service-account tokens.

make_pki() {
  local pki=$STATE/pki names
  [[ ! -e $pki/complete ]] || return 0
  rm -rf "$pki"
  (umask 077 && mkdir -p "$pki")
  make_key "$pki/ca"
  openssl req -x509 -new -key "$pki/ca.key" -sha256 -days 3650 -subj "/CN=porterops-cluster-$NAME" \
    -addext 'keyUsage=critical,keyCertSign,cRLSign' -out "$pki/ca.crt" 2>/dev/null
  make_key "$pki/service-account"
  openssl pkey -in "$pki/service-account.key" -pubout -out "$pki/service-account.pub"
  names='DNS:localhost,DNS:kubernetes,DNS:kubernetes.default,DNS:kubernetes.default.svc,DNS:kubernetes.default.svc.cluster.local'
  sign apiserver '/CN=kube-apiserver' serverAuth "$names,IP:127.0.0.1,IP:$service_ip,IP:$node_ip"
  sign registry '/CN=registry' serverAuth "DNS:localhost,IP:127.0.0.1,IP:$node_ip"
  sign kubelet '/O=system:nodes/CN=system:node:node' 'serverAuth,clientAuth' "DNS:node,IP:$node_ip"
  sign apiserver-client '/O=system:masters/CN=kube-apiserver' clientAuth
  sign front-proxy '/CN=front-proxy' clientAuth
  sign admin '/O=system:masters/CN=admin' clientAuth
  sign controller-manager '/CN=system:kube-controller-manager' clientAuth
  sign scheduler '/CN=system:kube-scheduler' clientAuth
  sign proxy '/CN=system:kube-proxy' clientAuth
  sign dns '/CN=cluster-dns' clientAuth
  touch "$pki/complete"
}

make_key() { (umask 077 && openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:prime256v1 -out "$1.key" 2>/dev/null); }

# sign NAME SUBJECT USAGE [ALTERNATIVE NAMES]
sign() {
  local file=$STATE/pki/$1
  make_key "$file"
  openssl req -new -key "$file.key" -subj "$2" 2>/dev/null |
    openssl x509 -req -CA "$STATE/pki/ca.crt" -CAkey "$STATE/pki/ca.key" -CAcreateserial -sha256 -days 3650 -out "$file.crt" \
      -extfile <(printf 'keyUsage=critical,digitalSignature\nextendedKeyUsage=%s\n%s\n' "$3" "${4:+subjectAltName=$4}") 2>/dev/null
}

# write_kubeconfig FILE CLIENT: everything embedded, so that the file can be taken elsewhere
write_kubeconfig() {
  local new=$1.$$
  (umask 077 && cat >"$new") <<END
apiVersion: v1
kind: Config
current-context: $NAME
clusters:
- name: $NAME
  cluster:
    server: $(apiserver_url)
    certificate-authority-data: $(base64 -w0 "$STATE/pki/ca.crt")
contexts:
- name: $NAME
  context: { cluster: $NAME, user: $2 }
users:
- name: $2
  user:
    client-certificate-data: $(base64 -w0 "$STATE/pki/$2.crt")
    client-key-data: $(base64 -w0 "$STATE/pki/$2.key")
END
  mv "$new" "$1"
}
