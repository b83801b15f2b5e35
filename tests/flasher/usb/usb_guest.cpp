#include "tests/flasher/usb/usb_guest.hpp"

#include <algorithm>
#include <catch2/catch_test_macros.hpp>
#include <chrono>
#include <cstdlib>

#include "sdk/host/program.hpp"
#include "sdk/support/text.hpp"

namespace rpikit::test {

namespace fs = std::filesystem;

fs::path folder_from(const char* variable, const char* what) {
    const char* value = std::getenv(variable);
    if (value == nullptr || !fs::is_directory(value)) SKIP(variable << " names no folder with " << what);
    return value;
}

std::string guest_kernel_image() {
    return std::string(300'007, 'k') + "end";
}

fs::path UsbGuest::sources() {
    return fs::path(RPIKIT_SOURCE_DIR) / "tests/flasher/usb/guest";
}

UsbGuest::UsbGuest(const std::string& init, const std::vector<std::string>& modules)
    : kernel_(folder_from("RPIKIT_TEST_GUEST_KERNEL", "an unpacked linux-image package")) {
    add_program("bin/busybox", program("busybox"));
    add_program("bin/usb_boards", stripped(RPIKIT_USB_BOARDS));
    add_program("bin/rpi-kit", stripped(RPIKIT_PROGRAM));
    add("init", sources() / init, 0755);
    for (const auto& name : modules)
        add_module(name);
    std::string order;
    for (const auto& name : modules_)
        order += name + '\n';
    add_text("modules/order", order);
    for (const char* folder : {"proc", "sys", "dev", "tmp"})
        REQUIRE(tree_.add_directory(folder));
    REQUIRE(tree_.add(
        "dev/console",
        {.type = archive::FileType::character_device, .mode = 0600, .device_major = 5, .device_minor = 1}));
    add_text("boot-files/bootcode4.bin", std::string(106'008, 'b'));
    add_text("boot-files/kernel8.img", guest_kernel_image());
    add_text("boot-files/config.txt", "for any chip\n");
}

void UsbGuest::add_text(const std::string& path, std::string text) {
    REQUIRE(tree_.add_file(path, std::move(text)));
}

void UsbGuest::add(const std::string& path, const fs::path& file, std::uint32_t mode) {
    INFO(path << " from " << file);
    REQUIRE(fs::is_regular_file(file));
    REQUIRE(tree_.add(path, {.mode = mode, .content = archive::FileSlice{file, 0, fs::file_size(file)}}));
}

void UsbGuest::add_folder(const std::string& path, const fs::path& folder) {
    const auto other = archive::tree_from_directory(folder);
    REQUIRE(other);
    REQUIRE(tree_.add_directory(path));
    REQUIRE(tree_.merge(*other, path));
}

void UsbGuest::add_program(const std::string& path, const fs::path& file) {
    add(path, file, 0755);
    // Of a static one it says so, and fails.
    const auto listed = runner_->run({.argv = {"ldd", file.string()}}, {});
    REQUIRE(listed);
    for (const auto word : split(listed->output, ' ')) {
        const auto library = trim(word.substr(word.find_last_of("\n\t") + 1));
        if (!library.starts_with('/') || !libraries_.insert(std::string(library)).second) continue;
        add(std::string(library.substr(1)), fs::canonical(library), 0755);
    }
}

fs::path UsbGuest::program(const std::string& name) {
    auto environment = host::Environment::of_this_process();
    environment.set("PATH", environment.get("PATH").value_or("") + ":/usr/sbin:/sbin");
    const auto found = host::search_program(name, environment);
    if (!found) SKIP("there is no " << name);
    return *found;
}

std::string UsbGuest::run() {
    const auto initramfs = directory_ / "initramfs";
    REQUIRE(archive::write_cpio(tree_, initramfs, archive::Compression::none));
    fs::path image;
    for (const auto& entry : fs::directory_iterator(kernel_ / "boot")) {
        if (entry.path().filename().string().starts_with("vmlinuz-")) image = entry.path();
    }
    const auto exit = runner_->run({.argv = {program("qemu-system-x86_64").string(),
                                             "-accel",
                                             "tcg",
                                             "-M",
                                             "q35",
                                             "-cpu",
                                             "max",
                                             "-m",
                                             "1G",
                                             "-display",
                                             "none",
                                             "-monitor",
                                             "none",
                                             "-serial",
                                             "stdio",
                                             "-nic",
                                             "none",
                                             "-no-reboot",
                                             "-kernel",
                                             image.string(),
                                             "-initrd",
                                             initramfs.string(),
                                             "-append",
                                             "console=ttyS0 quiet panic=-1"}},
                                   {.time_limit = std::chrono::minutes(15)});
    REQUIRE(exit);
    return exit->output;
}

/// Without what only a debugger reads: the guest's memory is small.
fs::path UsbGuest::stripped(const fs::path& file) const {
    const auto copy = directory_ / file.filename().string();
    static_cast<void>(output_of({"strip", "-o", copy.string(), file.string()}));
    return copy;
}

std::string UsbGuest::output_of(const std::vector<std::string>& argv) const {
    auto environment = host::Environment::of_this_process();
    environment.set("PATH", environment.get("PATH").value_or("") + ":/usr/sbin:/sbin");
    const auto exit = runner_->run({.argv = argv, .environment = environment}, {});
    REQUIRE((exit && exit->success()));
    return exit->output;
}

fs::path UsbGuest::module_file(const std::string& name) const {
    for (const auto& entry : fs::recursive_directory_iterator(kernel_ / "lib/modules")) {
        // A module's name has '_' where its file may have '-'.
        auto stem = entry.path().stem().string();
        std::ranges::replace(stem, '-', '_');
        if (stem == name && entry.path().extension() == ".ko") return entry.path();
    }
    FAIL(kernel_ << " has no module " << name);
    return {};
}

void UsbGuest::add_module(const std::string& wanted) {
    auto name = wanted;
    std::ranges::replace(name, '-', '_');
    if (std::ranges::find(modules_, name) != modules_.end()) return;
    const auto file = module_file(name);
    const auto depends = output_of({"modinfo", "-F", "depends", file.string()});
    for (const auto other : split(trim(depends), ',')) {
        if (!other.empty()) add_module(std::string(other));
    }
    add("modules/" + name + ".ko", file);
    modules_.push_back(name);
}

}  // namespace rpikit::test
