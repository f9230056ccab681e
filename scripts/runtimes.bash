# shellcheck shell=bash disable=SC2034  # what is unused here is used where this is sourced
# Where the OpenCL runtimes are. Sourced by `setup`, which installs them, and `with-runtimes`.

scripts=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)

# HOME may be unset where no one has logged in, as in some containers.
: "${HOME:=$(getent passwd "$(id -u)" | cut -d: -f6)}"
runtimes=${XDG_CACHE_HOME:-$HOME/.cache}/chorus/runtimes

# Each version has its own folder, so a changed pin is installed anew.
intel_pins=$scripts/intel-runtime.txt
intel=$runtimes/intel-$(sed -n 's/^intel-opencl-rt==\([^ ]*\).*/\1/p' "$intel_pins")

# The drivers that the system has registered: a folder of .icd files, each naming one library.
system_vendors=${OCL_ICD_VENDORS:-/etc/OpenCL/vendors}

# Whether a registered driver's library has a name that contains $1.
system_has() { grep -qsF "$1" "$system_vendors"/*.icd; }
