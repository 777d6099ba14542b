# shellcheck shell=bash
# Whether this machine lets us make a node.

# can_make_node: root of an unprivileged container may make neither networks nor mounts
can_make_node() { [[ $EUID == 0 ]] && unshare --net --mount true 2>/dev/null; }
