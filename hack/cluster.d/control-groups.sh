# shellcheck shell=bash
# The control groups of a node: one folder of its own per hierarchy, so that kubelets side by side leave each other's Pods alone.

# cgroup_hierarchies: those of version 1, the one of version 2, or both where a machine has both
cgroup_hierarchies() { awk '$3 == "cgroup" || $3 == "cgroup2" { print $2 }' /proc/mounts; }

make_control_groups() {
  local hierarchy folder file
  while read -r hierarchy; do
    folder=$hierarchy/$netns
    mkdir -p "$folder" || die "no control group can be made in $hierarchy; in a container, is it a privileged one?"
    if [[ -e $hierarchy/cgroup.controllers ]]; then hand_down_controllers "$hierarchy" "$folder"; fi
    for file in cpuset.cpus cpuset.mems; do # empty in a new folder of version 1, and then no process can enter it
      [[ ! -e $hierarchy/cgroup.clone_children || ! -e $folder/$file ]] || cat "$hierarchy/$file" >"$folder/$file"
    done
  done < <(cgroup_hierarchies)
}

# hand_down_controllers FOLDER…: on version 2 a group has the controllers that the one above it hands down; the kubelet
# wants these, as far as the machine has them
hand_down_controllers() {
  local root=$1 folder controller
  for folder; do
    for controller in cpu cpuset memory hugetlb pids; do
      if has_word "$controller" "$root/cgroup.controllers" && ! has_word "$controller" "$folder/cgroup.subtree_control"; then
        hand_down "$controller" "$folder"
      fi
    done
  done
}

# hand_down CONTROLLER FOLDER: a group that has processes may not. In a container its root has: they are moved into a group of
# their own, as other containers that run containers do. The machine's own root (it has no cgroup.events) may.
hand_down() {
  local file=$2/cgroup.subtree_control pid
  if write_to "$file" "+$1"; then return; fi
  if [[ -e $2/cgroup.events ]] && mkdir -p "$2/init" 2>/dev/null; then
    while read -r pid; do
      write_to "$2/init/cgroup.procs" "$pid" || true # it may have ended meanwhile
    done <"$2/cgroup.procs"
  fi
  write_to "$file" "+$1" || die "the control group $2 cannot hand down the controller '$1', without which no Pod can run (write to $file refused)"
}

has_word() { [[ " $(<"$2") " == *" $1 "* ]]; }
write_to() { { printf '%s' "$2" >"$1"; } 2>/dev/null; }

# processes_in_control_groups: whatever still runs in the node's Pods
processes_in_control_groups() {
  local hierarchy
  while read -r hierarchy; do
    [[ ! -d $hierarchy/$netns ]] || find "$hierarchy/$netns" -name cgroup.procs -exec cat {} + 2>/dev/null
  done < <(cgroup_hierarchies) | sort -u
}

remove_control_groups() {
  local hierarchy
  while read -r hierarchy; do
    [[ ! -d $hierarchy/$netns ]] || find "$hierarchy/$netns" -depth -type d -exec rmdir {} + 2>/dev/null || true
  done < <(cgroup_hierarchies)
}
