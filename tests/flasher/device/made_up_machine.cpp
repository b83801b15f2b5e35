#include "tests/flasher/device/made_up_machine.hpp"

#include <stdexcept>

namespace rpikit::test {

namespace fs = std::filesystem;

MadeUpMachine::MadeUpMachine() {
    roots_ = {.sys = directory_ / "sys",
              .proc = directory_ / "proc",
              .dev = "/dev",
              .run = directory_ / "run",
              .bus = "unix:path=" + (directory_ / "no-bus").string()};
    for (const auto* folder : {"sys/block", "sys/class/block", "sys/dev/block"})
        fs::create_directories(directory_ / folder);
    directory_.write("proc/swaps", swaps_);
    mount("0:21 / /proc rw - proc proc rw");
}

fs::path MadeUpMachine::folder_of(const std::string& name) const {
    return fs::canonical(directory_ / "sys/class/block" / name);
}

void MadeUpMachine::volume(const fs::path& folder, const std::string& name, const std::string& number,
                           const Attributes& attributes) {
    fs::create_directories(folder / "holders");
    const auto below = fs::relative(folder, directory_.path()).string();
    directory_.write(below + "/dev", number + "\n");
    for (const auto& [file, value] : attributes)
        directory_.write(below + "/" + file, value + "\n");
    fs::create_symlink(folder, directory_ / "sys/class/block" / name);
    fs::create_symlink(folder, directory_ / "sys/dev/block" / number);
}

void MadeUpMachine::disk(const std::string& name, const std::string& number, const std::string& bus,
                         const Attributes& attributes) {
    const auto parent = directory_ / "sys/devices" / bus;
    const auto folder = parent / "block" / name;
    fs::create_directories(folder / "slaves");
    fs::create_directory_symlink("../..", folder / "device");
    volume(folder, name, number, attributes);
    fs::create_symlink(folder, directory_ / "sys/block" / name);
}

void MadeUpMachine::partition(const std::string& disk, int partition, const std::string& number,
                              const Attributes& attributes) {
    const auto name =
        disk + (disk.back() >= '0' && disk.back() <= '9' ? "p" : "") + std::to_string(partition);
    Attributes all{{"partition", std::to_string(partition)}, {"size", "2048"}};
    for (const auto& [file, value] : attributes)
        all[file] = value;
    volume(folder_of(disk) / name, name, number, all);
}

void MadeUpMachine::stack(const std::string& upper, const std::string& lower) {
    fs::create_symlink(folder_of(lower), folder_of(upper) / "slaves" / lower);
    fs::create_symlink(folder_of(upper), folder_of(lower) / "holders" / upper);
}

void MadeUpMachine::mount(const std::string& line) {
    mounts_ += "36 35 " + line + "\n";
    directory_.write("proc/self/mountinfo", mounts_);
}

void MadeUpMachine::swap(const std::string& path) {
    swaps_ += path + "                               partition\t6140\t\t0\t\t-2\n";
    directory_.write("proc/swaps", swaps_);
}

void MadeUpMachine::udev(const std::string& number, const std::string& properties) {
    directory_.write("run/udev/data/b" + number, properties);
}

device::Machine MadeUpMachine::survey() const {
    auto machine = device::survey(roots_);
    if (!machine) throw std::runtime_error(machine.error().message);
    return *std::move(machine);
}

void add_usb_stick(MadeUpMachine& machine) {
    machine.disk("sdb", "4000:16", "pci0000:00/0000:00:14.0/usb1/1-2/1-2:1.0/host6/target6:0:0/6:0:0:0",
                 {{"size", "15625000"},
                  {"removable", "1"},
                  {"ro", "0"},
                  {"diskseq", "12"},
                  {"queue/logical_block_size", "512"},
                  {"queue/physical_block_size", "4096"},
                  {"device/vendor", "SanDisk "},
                  {"device/model", "Ultra           "}});
    machine.directory().write("sys/devices/pci0000:00/0000:00:14.0/usb1/1-2/idVendor", "0781\n");
    machine.directory().write("sys/devices/pci0000:00/0000:00:14.0/usb1/1-2/serial", "4C530001\n");
    machine.partition("sdb", 1, "4000:17");
    machine.udev("4000:16", "E:ID_PART_TABLE_TYPE=dos\n");
    machine.udev("4000:17", "E:ID_FS_TYPE=vfat\nE:ID_FS_LABEL=CARD\nE:ID_FS_LABEL_ENC=CARD\\x201\n");
}

void add_system_disk(MadeUpMachine& machine) {
    machine.disk("sda", "4000:0", "pci0000:00/0000:00:17.0/ata1/host0/target0:0:0/0:0:0:0",
                 {{"size", "1000000000"}, {"removable", "0"}, {"ro", "0"}, {"device/model", "Samsung SSD"}});
    machine.partition("sda", 1, "4000:1");
    machine.partition("sda", 2, "4000:2");
    machine.mount("4000:1 / /boot/efi rw - vfat /dev/sda1 rw");
    machine.mount("4000:2 / / rw - ext4 /dev/sda2 rw");
}

}  // namespace rpikit::test
