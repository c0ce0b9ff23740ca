# Shared by scripts/run and scripts/test: brings a fresh Debian 12 to where Imago builds.
# Sourced, not run. Everything here talks on stderr, so that stdout stays the program's own.

readonly kBuildPackages=(
  g++ cmake ninja-build ccache pkg-config       # compiler and build tools
  glslc libvulkan-dev mesa-vulkan-drivers       # shader compiler, loader, drivers (a CPU one too)
  libopencv-dev libexiv2-dev                    # pictures and their metadata
  libjpeg-dev libpng-dev libtiff-dev libwebp-dev libheif-dev libjxl-dev
  libavformat-dev libavcodec-dev libswscale-dev libavutil-dev libavdevice-dev  # films, cameras
  zlib1g-dev nlohmann-json3-dev                 # checkpoints
  libcli11-dev                                  # command line
  qt6-base-dev qt6-charts-dev libqt6opengl6-dev libgl-dev  # desktop app; charts need the last two
  libgtest-dev                                  # tests
)

# The tests skip, with a reason, what one of these is missing for.
readonly kTestPackages=(
  python3 python3-torch python3-numpy python3-pil  # what results are compared with
  ffmpeg                                        # makes films and looks at those of the tests
  vulkan-validationlayers                       # checks every Vulkan call
  chromium                                      # ships SwiftShader, a second CPU driver
  clang libclang-rt-dev clang-format            # fuzz targets and style
  zsh                                           # reads what completes the commands in it
)

say() { printf '%s\n' "$*" >&2; }

missing_packages() {
  local package
  for package in "$@"; do
    dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q 'ok installed' || echo "$package"
  done
}

as_root() {
  if [ "$(id -u)" = 0 ]; then
    "$@"
  elif command -v sudo >/dev/null; then
    sudo "$@"
  else
    say "Not root and no sudo here; as root, run: $*"
    return 1
  fi
}

apt_install() {
  as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends "$@" >&2
}

# install_packages WHY PACKAGE...: installs what is missing; says what and why. Fails if it cannot.
install_packages() {
  local why=$1
  shift
  if ! command -v dpkg-query >/dev/null; then
    say "Not a Debian system: going on as if the equivalents of these were installed: $*"
    return 0
  fi
  local missing
  mapfile -t missing < <(missing_packages "$@")
  [ ${#missing[@]} -gt 0 ] || return 0
  say "Installing $why: ${missing[*]}"
  as_root apt-get update -q >&2 || say "apt-get update failed; trying with the lists at hand"
  apt_install "${missing[@]}"
}

# The same one by one where all at once fails; what cannot be installed is named and left out.
install_optional_packages() {
  install_packages "$@" && return 0
  shift
  local package
  for package in $(missing_packages "$@"); do
    apt_install "$package" || say "Going on without $package: it could not be installed"
  done
}

# run_quietly WHAT LOG COMMAND...: output goes to LOG; its end is shown if the command fails.
run_quietly() {
  local what=$1 log=$2
  shift 2
  mkdir -p "$(dirname "$log")"
  say "$what..."
  "$@" >"$log" 2>&1 </dev/null && return 0
  tail -n 60 "$log" >&2
  say "$what: failed; the whole output is in $log"
  return 1
}

# configure PRESET: configures its build folder, or brings one up to date with the CMake files.
configure() {
  local log=build/$1-configure.log
  if [ -f "build/$1/build.ninja" ]; then
    ninja -C "build/$1" build.ninja >"$log" 2>&1 && return 0
  fi
  run_quietly "Configuring build/$1" "$log" cmake --preset "$1"
}

# build PRESET [TARGET...]: all targets when none is named.
build() {
  local preset=$1
  shift
  configure "$preset"
  local targets=()
  [ $# -eq 0 ] || targets=(--target "$@")
  run_quietly "Building build/$preset${*:+: $*}" "build/$preset-build.log" \
    cmake --build "build/$preset" "${targets[@]}"
}

# targets_of PRESET PATTERN: the names of its targets that match the extended regex.
targets_of() {
  ninja -C "build/$1" -t targets all 2>/dev/null | sed -n 's/^\([A-Za-z0-9_]*\): phony$/\1/p' |
    grep -E "^($2)\$" | sort -u || true
}
