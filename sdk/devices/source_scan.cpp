#include "sdk/devices/source_scan.hpp"

#include <algorithm>
#include <array>

#include "sdk/devices/c_text.hpp"
#include "sdk/devices/headers.hpp"
#include "sdk/devices/id_table.hpp"

namespace rpikit::devices {

namespace {

constexpr std::size_t longest_key = 128;
constexpr std::size_t longest_call = 400;     // of a macro's or function's arguments
constexpr std::size_t longest_assigned = 80;  // what ".of_match_table =" is given
constexpr auto none = std::string_view::npos;

/// A key goes into a text file and onto a terminal: printable, no blanks.
bool usable(std::string_view key) {
    return !key.empty() && key.size() <= longest_key &&
           std::ranges::all_of(key, [](char c) { return c > ' ' && c <= '~'; });
}

class Scan {
  public:
    Scan(std::string_view text, std::string_view folder, const Headers& headers)
        : text_(text), folder_(folder), headers_(headers) {}

    std::vector<Mention> run() {
        const bool compatibles = find_fast(text_, "compatible", 0) != none;
        if (find_fast(text_, "_device_id", 0) != none) tables_ = find_tables(text_);
        if (compatibles || !tables_.empty()) read_tables();
        if (compatibles) {
            read_compatibles();
            read_checks();
        }
        read_declarations();
        read_aliases();
        return finish();
    }

  private:
    struct Hit {
        std::size_t offset;
        Mention mention;
    };

    void add(std::size_t offset, Bus bus, Evidence evidence, std::string_view key) {
        if (usable(key)) hits_.push_back({offset, {bus, evidence, std::string(key)}});
    }

    /// Whether a driver binds by this table, as far as the file tells; one that other files see counts too.
    bool binds(const IdTable& table) const {
        if (!table.is_static) return true;
        for (const std::string_view mark : {"of_match_table", "id_table", "MODULE_DEVICE_TABLE", "of_ids"}) {
            for (auto at = find_fast(text_, mark, 0); at != none; at = find_fast(text_, mark, at + 1)) {
                if (has_word(text_.substr(at + mark.size(), longest_assigned), table.name) &&
                    has_word(first_statement(at + mark.size()), table.name))
                    return true;
            }
        }
        return false;
    }

    /// Up to the comma or semicolon that ends an assignment; of a call, up to its end.
    std::string_view first_statement(std::size_t at) const {
        const auto rest = text_.substr(at, longest_assigned);
        const bool call = rest.starts_with('(');
        return rest.substr(0, rest.find_first_of(call ? ")" : ",;}"));
    }

    void read_tables() {
        for (const auto& table : tables_) {
            const auto bus = bus_of(table.type);
            if (!bus) continue;
            const auto evidence = binds(table) ? Evidence::table : Evidence::lookup;
            if (*bus == Bus::of) {
                evidence_.push_back({table.offset, table.offset + table.body.size(), evidence});
                // Entries that a macro of the file makes.
                if (table.body.contains("(\"")) read_expanded(table, evidence);
                continue;
            }
            for (const auto& key : table_keys(*bus, table.body, macros()))
                add(table.offset, *bus, evidence, key);
        }
    }

    void read_expanded(const IdTable& table, Evidence evidence) {
        const auto expanded = macros().expand(table.body);
        for_each(expanded, ".compatible", [&](std::size_t at) {
            if (const auto key = assigned_literal(expanded, at)) add(table.offset, Bus::of, evidence, *key);
        });
    }

    template <class Action>
    static void for_each(std::string_view text, std::string_view mark, Action action) {
        for (auto at = find_fast(text, mark, 0); at != none; at = find_fast(text, mark, at + mark.size()))
            action(at + mark.size());
    }

    /// The literal of `= "..."` at `at`.
    static std::optional<std::string_view> assigned_literal(std::string_view text, std::size_t at) {
        at = skip_blanks(text, at);
        if (at >= text.size() || text[at] != '=') return std::nullopt;
        return literal_at(text, skip_blanks(text, at + 1));
    }

    void read_compatibles() {
        for_each(text_, ".compatible", [&](std::size_t at) {
            const auto evidence = evidence_at(at);
            if (const auto key = assigned_literal(text_, at)) return add(at, Bus::of, evidence, *key);
            const auto equals = skip_blanks(text_, at);
            if (equals >= text_.size() || text_[equals] != '=') return;
            const auto name = identifier_at(text_, skip_blanks(text_, equals + 1));
            if (name.empty()) return;
            const auto value = macros().expand(name);
            if (const auto key = first_literal(value)) add(at, Bus::of, evidence, *key);
        });
    }

    /// Outside of any table it is some description of a node that code looks for.
    Evidence evidence_at(std::size_t at) const {
        for (const auto& range : evidence_)
            if (at >= range.begin && at < range.end) return range.evidence;
        return Evidence::lookup;
    }

    std::string_view call_at(std::size_t open) const {
        const auto rest = text_.substr(open, longest_call);
        const auto end = closing(rest, 0);
        return end ? rest.substr(1, *end - 1) : std::string_view();
    }

    void read_checks() {
        for_each(text_, "device_is_compatible", [&](std::size_t at) {
            if (at >= text_.size() || text_[at] != '(') return;
            if (const auto key = first_literal(call_at(at))) add(at, Bus::of, Evidence::check, *key);
        });
    }

    void read_declarations() {
        const auto read = [&](std::size_t open, Evidence evidence) {
            if (open >= text_.size() || text_[open] != '(') return;
            if (const auto key = first_literal(call_at(open))) add(open, Bus::of, evidence, *key);
        };
        for_each(text_, "_DECLARE", [&](std::size_t at) {
            if (text_.substr(at).starts_with("_DRIVER")) at += std::string_view("_DRIVER").size();
            const auto name = identifier_before(text_, at);
            if (!name.contains("OF_DECLARE") && !name.contains("OF_EARLYCON") && name != "IRQCHIP_DECLARE")
                return;
            // An early console is a few bytes of the driver that the node has anyway.
            read(at, name.contains("EARLYCON") ? Evidence::lookup : Evidence::declaration);
        });
        for_each(text_, "IRQCHIP_MATCH", [&](std::size_t at) { read(at, Evidence::table); });
    }

    void read_aliases() {
        for_each(text_, "MODULE_ALIAS(", [&](std::size_t at) {
            const auto alias = literal_at(text_, skip_blanks(text_, at));
            if (!alias) return;
            const auto colon = alias->find(':');
            if (colon == none) return;
            auto key = alias->substr(colon + 1);
            auto type = alias->substr(0, colon);
            if (type == "acpi*") type = "acpi";
            const auto bus = bus_of(type);
            if (!bus || *bus == Bus::of || *bus == Bus::mdio) return;
            if (*bus == Bus::acpi) key = key.substr(0, key.find(':'));
            add(at, *bus, Evidence::table, key);
        });
    }

    const MacroText& macros() {
        if (!macros_) macros_ = headers_.macros_for(text_, folder_);
        return *macros_;
    }

    std::vector<Mention> finish() {
        std::ranges::stable_sort(hits_, {}, &Hit::offset);
        std::vector<Mention> mentions;
        int line = 1;
        std::size_t counted = 0;
        for (auto& hit : hits_) {
            line +=
                static_cast<int>(std::count(text_.begin() + static_cast<std::ptrdiff_t>(counted),
                                            text_.begin() + static_cast<std::ptrdiff_t>(hit.offset), '\n'));
            counted = hit.offset;
            hit.mention.line = line;
            mentions.push_back(std::move(hit.mention));
        }
        return mentions;
    }

    struct Range {
        std::size_t begin;
        std::size_t end;
        Evidence evidence;
    };

    std::string_view text_;
    std::string_view folder_;
    const Headers& headers_;
    std::vector<IdTable> tables_;
    std::vector<Range> evidence_;
    std::vector<Hit> hits_;
    std::optional<MacroText> macros_;
};

}  // namespace

std::string_view to_string(Bus bus) {
    constexpr auto names = std::to_array<std::string_view>(
        {"of", "acpi", "i2c", "mdio", "pci", "platform", "sdio", "spi", "usb", "virtio"});
    return names.at(static_cast<std::size_t>(bus));
}

std::string_view to_string(Evidence evidence) {
    constexpr auto names = std::to_array<std::string_view>({"check", "lookup", "declaration", "table"});
    return names.at(static_cast<std::size_t>(evidence));
}

std::vector<Mention> scan_source(std::string_view text, std::string_view folder, const Headers& headers) {
    return Scan(text, folder, headers).run();
}

}  // namespace rpikit::devices
