#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "sdk/board/board.hpp"
#include "sdk/host/host.hpp"
#include "sdk/pipeline/plan.hpp"
#include "sdk/source/source.hpp"

namespace rpikit::pipeline {

/// What a user may ask of a build besides the board.
struct BuildOptions {
    std::filesystem::path work;                            ///< absolute; holds out/ and rpi-kit.lock
    std::filesystem::path toolchains;                      ///< folder of the toolchain descriptions
    std::vector<std::filesystem::path> device_rules = {};  ///< what no device tree and kernel source tells
    std::string profile = {};                              ///< empty: the source's own default
    std::string source = "auto";                           ///< source::Request::wanted
    bool offline = false;
    bool update = false;
    std::vector<std::string> settings = {};  ///< --set
    std::filesystem::path config_file = {};  ///< --config
    std::filesystem::path rootfs = {};       ///< --rootfs: folder or tar
    std::filesystem::path firmware = {};     ///< --firmware: folder
    unsigned keep = 0;  ///< kernels of earlier builds that the image has too, to fall back to
    std::filesystem::path signing_key = {};  ///< --signing-key: instead of the board's
    bool initramfs = false;                  ///< --initramfs: one is made whatever the board says
    bool strip_modules = true;
    bool ccache = true;  ///< where it is installed
    bool sandbox = true;
    std::string program = {};  ///< identity of this program: its stages run anew when it changes
    unsigned jobs = 0;         ///< 0: what the machine allows
};

/// Where a board's build keeps its things, all below work/out/BOARD.
struct BuildFolders {
    explicit BuildFolders(const std::filesystem::path& work, const std::string& board);

    std::filesystem::path out;        ///< out/BOARD
    std::filesystem::path state;      ///< records, the build's lock, the expected number of objects
    std::filesystem::path objects;    ///< O= of the kernel
    std::filesystem::path derived;    ///< what the board's devices ask of the configuration, and why
    std::filesystem::path modules;    ///< staging root of the modules
    std::filesystem::path initramfs;  ///< what goes onto the boot partition
    std::filesystem::path edits;      ///< PROFILE/edited.config: what `config` changed and has not saved
    std::filesystem::path installed_modules;  ///< RELEASE/x.ko from outside the tree, for the next image
    std::filesystem::path key;       ///< for modules, made for this board; only its owner can read it
    std::filesystem::path log;       ///< everything that other programs said
    std::filesystem::path draft;     ///< image, map and manifest until the image is checked
    std::filesystem::path image;     ///< sdcard.img
    std::filesystem::path manifest;  ///< manifest.json

    std::filesystem::path derived_fragment() const { return derived / "derived.config"; }
    std::filesystem::path derived_devices() const { return derived / "devices.json"; }
};

/// The plan that makes `board`'s image. The value keeps what its stages share; `host` must outlive it. An
/// error for a profile that the board lacks and for a malformed --set: both would come to light minutes
/// later.
Result<Plan> make_build_plan(const host::Host& host, const board::Board& board, const BuildOptions& options);

}  // namespace rpikit::pipeline
