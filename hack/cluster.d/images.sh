# shellcheck shell=bash
# Names of images.

pause_image=localhost/porterops/pause:v1

# full_reference NAME: as containerd knows it, with the registry that a short name means
full_reference() {
  local first=${1%%/*}
  if [[ $1 != */* ]]; then
    printf 'docker.io/library/%s' "$1"
  elif [[ $first == *[.:]* || $first == localhost ]]; then
    printf '%s' "$1"
  else
    printf 'docker.io/%s' "$1"
  fi
}
