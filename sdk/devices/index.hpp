#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sdk/devices/build_graph.hpp"
#include "sdk/devices/match.hpp"
#include "sdk/host/host.hpp"
#include "sdk/source/source.hpp"
#include "sdk/support/result.hpp"

namespace rpikit::devices {

/// A source file of the kernel that names a device's id.
struct Driver {
    std::string source;  ///< "drivers/net/ethernet/broadcom/genet/bcmgenet.c"
    int line = 0;        ///< where the id stands, or the table it is in
    Bus bus = Bus::of;
    Evidence evidence = Evidence::table;
    std::string id;  ///< as the driver has it; with '*' for numbers that do not matter
    /// The ways in which its folder's Makefile comes to build it, the simplest first: all symbols of one must
    /// be set. One way without symbols: it is always built. No way: no Makefile that was read builds it.
    Ways ways;
    /// For each folder above that is entered only under symbols, the outermost first: the ways to enter it.
    std::vector<Ways> folders;
};

/// Which of a kernel tree's sources is for which device, and what builds it.
class Index {
  public:
    /// Reads the tree's text for an architecture (`kernel.arch` of boards: "arm64", "arm", "x86", "riscv"):
    /// drivers, sound, net and arch/ARCH. Needs no compiler. On one tree the result is always the same, byte
    /// for byte. \param identity what the tree's content is, SourceTree::identity; becomes part of the text
    static Result<Index> build(const std::filesystem::path& root, const std::string& identity,
                               const std::string& arch);

    /// An index from its text; an error when it is not whole or of another version of this format.
    static Result<Index> parse(std::string text);

    /// What parse() reads.
    const std::string& text() const { return *text_; }

    /// The sources that name exactly this id, strongest evidence first, then by path.
    std::vector<Driver> find(Bus bus, std::string_view id) const;

    /// The same for what a running machine's /sys has in `modalias`: "pci:v000014E4d...",
    /// "of:NmmcT(null)C...". Of an `of:` alias the first compatible that anybody names counts.
    std::vector<Driver> find_modalias(std::string_view modalias) const;

    /// Drivers for an Ethernet PHY by its identifier (IEEE 802.3 22.2.4.3.1, registers 2 and 3).
    std::vector<Driver> find_phy(std::uint32_t id) const;

    /// The symbols of the platform that a board's or SoC's compatible belongs to, as the tree's own device
    /// trees are built by: {"ARCH_BCM2835"} for "brcm,bcm2711". Empty when no device tree of this kernel has
    /// it.
    Conditions platform(std::string_view compatible) const;

    const std::string& identity() const { return identity_; }
    std::size_t size() const { return mentions_.size(); }

  private:
    struct Source {
        std::string_view path;
        std::string_view ways;
    };
    struct Entry {
        Bus bus;
        std::string_view key;
        Evidence evidence;
        std::uint32_t source;
        int line;
    };
    Index() = default;
    Result<> read();
    bool read_line(std::string_view line);
    Driver driver(const Entry& entry) const;
    std::vector<Driver> sorted(std::vector<Driver> drivers) const;
    std::vector<Driver> find_pattern(Bus bus, std::string_view id) const;
    std::vector<Driver> find_of_alias(std::string_view alias) const;

    std::unique_ptr<const std::string> text_;  ///< what all views below point into
    std::string identity_;
    std::vector<Source> sources_;
    std::vector<Entry> mentions_;  ///< sorted by bus and key
    std::map<std::string_view, std::string_view> folders_;
    std::map<std::string_view, std::string_view> platforms_;
};

/// The index of a tree for an architecture from the cache; made and put there, whole or not at all, when it
/// is not there or cannot be read. Of several processes that need the same one, one makes it.
Result<Index> open_index(const host::Host& host, const source::SourceTree& tree, const std::string& arch);

}  // namespace rpikit::devices
