#include "sdk/boot/hardware.hpp"

#include <algorithm>
#include <array>

#include "sdk/board/formats.hpp"
#include "sdk/boot/device_tree.hpp"
#include "sdk/boot/known_drivers.hpp"
#include "sdk/boot/tree_reader.hpp"
#include "sdk/support/text.hpp"

namespace rpikit::boot {

namespace {

using board::Hardware;

/// 32-bit cores by their names in device trees (Documentation/devicetree/bindings/arm/cpus.yaml).
constexpr std::array arm_cores = {"arm,arm1",       "arm,arm7",       "arm,arm9",       "arm,cortex-a5",
                                  "arm,cortex-a7",  "arm,cortex-a8",  "arm,cortex-a9",  "arm,cortex-a12",
                                  "arm,cortex-a15", "arm,cortex-a17", "arm,cortex-a32", "marvell,sheeva",
                                  "marvell,pj4",    "qcom,krait",     "qcom,scorpion",  "faraday,"};

bool is_arm_core(const std::string& name) {
    return std::ranges::any_of(arm_cores, [&](std::string_view core) {
        // "arm,cortex-a5" is not "arm,cortex-a53".
        return core.starts_with("arm,cortex") ? name == core : name.starts_with(core);
    });
}

bool matches(const std::vector<std::string>& names, std::string_view compatible) {
    return std::ranges::find(names, compatible) != names.end();
}

class HardwareReader {
  public:
    explicit HardwareReader(std::string_view blob) : tree_(blob), nodes_(tree_.enabled_nodes()) {}

    Hardware read(std::vector<std::string> compatible) {
        result_.model = tree_.text(0, "model");
        result_.compatible = std::move(compatible);
        read_arch();
        read_memory();
        read_vendor();
        read_loader();
        read_console();
        read_disks();
        return std::move(result_);
    }

  private:
    static void add_symbols(std::vector<std::string>& symbols, std::string_view names) {
        for (const auto name : split(names, ' ')) {
            if (!name.empty() && std::ranges::find(symbols, name) == symbols.end())
                symbols.emplace_back(name);
        }
    }

    void read_arch() {
        for (const auto& node : nodes_) {
            if (node.parent != "/cpus" || node.base_name() != "cpu") continue;
            for (const auto& name : tree_.texts(node.offset, "compatible")) {
                if (name == "riscv" || name.starts_with("riscv,"))
                    result_.arch = "riscv";
                else if (is_arm_core(name))
                    result_.arch = "arm";
                else if (name.starts_with("arm,") && result_.arch.empty())
                    result_.arch = "arm64";
            }
            if (!result_.arch.empty()) return;
        }
        // Other makers' cores: an ARMv8 has its timer.
        for (const auto& node : nodes_) {
            const auto names = tree_.texts(node.offset, "compatible");
            if (matches(names, "arm,armv8-timer"))
                result_.arch = "arm64";
            else if (matches(names, "arm,armv7-timer") && result_.arch.empty())
                result_.arch = "arm";
        }
    }

    /// Devicetree Specification 3.4: `reg` has #address-cells and #size-cells of the root for each piece.
    void read_memory() {
        const auto width = [&](const char* property, std::size_t fallback) {
            const auto cells = tree_.cells(0, property);
            return cells.size() == 1 && cells[0] >= 1 && cells[0] <= 2 ? std::size_t{cells[0]} : fallback;
        };
        const auto address = width("#address-cells", 2);
        const auto size = width("#size-cells", 1);
        for (const auto& node : nodes_) {
            if (node.parent != "/" || node.base_name() != "memory") continue;
            const auto reg = tree_.cells(node.offset, "reg");
            for (std::size_t at = 0; at + address + size <= reg.size(); at += address + size) {
                std::uint64_t bytes = reg[at + address];
                if (size == 2) bytes = bytes << 32 | reg[at + address + 1];
                if (bytes < (std::uint64_t{1} << 48)) result_.memory += bytes;
            }
        }
    }

    void read_vendor() {
        for (const auto& name : result_.compatible) {
            for (const auto& vendor : known_vendors()) {
                if (!name.starts_with(std::string(vendor.prefix) + ',')) continue;
                result_.folder = vendor.folder;
                return;
            }
        }
    }

    void read_loader() {
        const auto of_vendor = [](const KnownLoader& loader) {
            return [prefix = std::string(loader.vendor) + ','](const std::string& name) {
                return name.starts_with(prefix);
            };
        };
        for (const auto& loader : known_loaders()) {
            if (loader.arch != result_.arch || std::ranges::none_of(result_.compatible, of_vendor(loader)))
                continue;
            result_.loader = {.package = std::string(loader.package),
                              .alignment = std::string(loader.alignment)};
            for (const auto piece : split(loader.pieces, ',')) {
                const auto words = split(trim(piece), ' ');
                result_.loader.pieces.push_back(
                    {.file = std::string(words.front()), .offset = std::string(words.back())});
            }
            return;
        }
    }

    /// Devicetree Specification 3.6: stdout-path is a path or alias,
    /// with what the port is set to behind a colon ("serial0:115200n8").
    void read_console() {
        const int chosen = tree_.find("/chosen");
        auto path = chosen < 0 ? std::string() : tree_.text(chosen, "stdout-path");
        if (path.empty() && chosen >= 0) path = tree_.text(chosen, "linux,stdout-path");
        if (path.empty()) path = "serial0";
        const auto colon = path.find(':');
        const int node = tree_.find(path.substr(0, colon));
        if (node < 0) return;
        if (colon != std::string::npos) read_baud(std::string_view(path).substr(colon + 1));
        const auto names = tree_.texts(node, "compatible");
        for (const auto& uart : known_uarts()) {
            if (!matches(names, uart.compatible)) continue;
            // Without an alias the driver numbers the ports as it meets them.
            result_.console =
                std::string(uart.tty) + std::to_string(std::max(tree_.alias_number(node, "serial"), 0));
            return;
        }
    }

    void read_baud(std::string_view settings) {
        constexpr std::uint64_t slowest = 300;
        constexpr std::uint64_t fastest = 4'000'000;
        const auto baud = parse_number(settings.substr(0, settings.find_first_not_of("0123456789")));
        if (baud && *baud >= slowest && *baud <= fastest) result_.baud = static_cast<unsigned>(*baud);
    }

    void read_disks() {
        for (const auto& node : nodes_) {
            // Settings of pins have such names, too.
            if (!tree_.has(node.offset, "compatible")) continue;
            const auto base = node.base_name();
            if (base == "mmc" || base == "sdhci" || base == "dwmmc" || base == "sdmmc") read_card(node);
            if (base == "sata" || base == "ahci") add_disk(node, "SATA");
            if (base == "usb") add_disk(node, "USB");
        }
    }

    /// A card slot, or memory that is soldered on; not the WiFi that many boards have on such a controller.
    void read_card(const TreeNode& node) {
        const auto below = [&](const TreeNode& other) {
            return other.parent == node.path && (other.base_name() == "wifi" || other.base_name() == "bcrmf");
        };
        const bool fixed = tree_.has(node.offset, "non-removable");
        if (std::ranges::any_of(nodes_, below) || (fixed && tree_.has(node.offset, "cap-sdio-irq"))) return;
        add_disk(node, fixed ? "eMMC" : "SD card");
    }

    void add_disk(const TreeNode& node, const char* kind) {
        result_.disks.push_back({.kind = kind, .node = node.path});
        const auto names = tree_.texts(node.offset, "compatible");
        for (const auto& disk : known_disks()) {
            if (!matches(names, disk.compatible)) continue;
            if (disk.symbols.starts_with("MMC")) add_symbols(result_.disk_symbols, "MMC MMC_BLOCK");
            add_symbols(result_.disk_symbols, disk.symbols);
        }
    }

    TreeReader tree_;
    std::vector<TreeNode> nodes_;
    Hardware result_;
};

}  // namespace

Result<Hardware> read_hardware(std::string_view blob) {
    TRY_ASSIGN(auto compatible, read_compatible(blob));
    // They become part of a board file.
    std::erase_if(compatible, [](const auto& name) { return board::format::compatible(name).has_value(); });
    if (compatible.empty())
        return fail({.message = "the device tree does not say what it is compatible with"});
    return HardwareReader(blob).read(std::move(compatible));
}

}  // namespace rpikit::boot
