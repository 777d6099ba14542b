# shellcheck shell=bash
# The request counter beside a node: outside every Pod, it knows how often something really ran.

start_counter() {
  provide_binaries counter
  start counter "$(binary counter)" "$counter_address"
  ready counter 10 "${inside[@]}" curl -fsS --noproxy '*' --max-time 2 "http://$counter_address/counts"
}
