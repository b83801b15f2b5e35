#include <algorithm>
#include <nlohmann/json.hpp>
#include <optional>

#include "sdk/host/file.hpp"
#include "sdk/pipeline/derive.hpp"
#include "sdk/support/text.hpp"

namespace rpikit::pipeline {

namespace {

using nlohmann::ordered_json;

ordered_json driver_json(const devices::Need& need, const devices::Driver& driver,
                         const devices::Requests& requests) {
    const auto symbols = driver.ways.empty() ? devices::Conditions() : driver.ways.front();
    ordered_json values = ordered_json::object();
    for (const auto& symbol : symbols)
        if (const auto value = requests.values.find(symbol); value != requests.values.end())
            values[symbol] = value->second;
    return {{"id", printable(need.id)},
            {"source", driver.source},
            {"line", driver.line},
            {"bus", to_string(driver.bus)},
            {"evidence", to_string(driver.evidence)},
            {"symbols", symbols},
            {"values", values}};
}

ordered_json node_json(const devices::DerivedNode& node, const devices::Requests& requests) {
    ordered_json compatible = ordered_json::array();
    for (const auto& each : node.compatible)
        compatible.push_back(printable(each));
    ordered_json drivers = ordered_json::array();
    for (const auto& need : node.needs)
        for (const auto& driver : need.drivers)
            drivers.push_back(driver_json(need, driver, requests));
    ordered_json rules = ordered_json::array();
    for (const auto& wish : node.wishes)
        rules.push_back(
            {{"reason", wish.reason}, {"where", to_string(wish.where)}, {"symbols", wish.symbols}});
    return {{"path", printable(node.path)},
            {"compatible", compatible},
            {"outcome", to_string(node.outcome)},
            {"reason", printable(node.reason)},
            {"value", node.value},
            {"drivers", drivers},
            {"rules", rules}};
}

ordered_json requests_json(const devices::Requests& requests) {
    ordered_json rows = ordered_json::array();
    for (const auto& request : requests.requests) {
        rows.push_back({{"symbol", request.symbol},
                        {"value", request.value},
                        {"cause", to_string(request.cause)},
                        {"because", request.because},
                        {"detail", request.detail}});
    }
    return rows;
}

ordered_json refusals_json(const devices::Requests& requests) {
    ordered_json rows = ordered_json::array();
    for (const auto& refusal : requests.refusals)
        rows.push_back({{"symbol", refusal.symbol}, {"nodes", refusal.nodes}, {"reasons", refusal.reasons}});
    return rows;
}

/// Code that is called for a node before there are devices (clocks, interrupt controllers) binds to none.
/// Modules bind too: the system loads those of its devices when it starts. ARM's own devices are matched by
/// numbers in their registers, which the source's text does not connect with a node.
std::optional<std::string> binding_driver(const ordered_json& node) {
    if (node.at("outcome") != "driven") return std::nullopt;
    const auto& drivers = node.at("drivers");
    for (const auto& driver : drivers)
        if (driver.at("evidence") == "table") return driver.at("source").get<std::string>();
    if (std::ranges::count(node.at("compatible"), "arm,primecell") == 0) return std::nullopt;
    return drivers.empty() ? "a driver of the AMBA bus" : drivers.front().at("source").get<std::string>();
}

}  // namespace

std::string to_json(const DerivedConfiguration& derived) {
    ordered_json nodes = ordered_json::array();
    for (const auto& node : derived.derivation.nodes)
        nodes.push_back(node_json(node, derived.requests));
    ordered_json document = {{"device_trees", derived.sources.device_trees},
                             {"platforms", derived.derivation.platforms},
                             {"nodes", nodes},
                             {"requests", requests_json(derived.requests)},
                             {"refusals", refusals_json(derived.requests)},
                             {"warnings", derived.derivation.warnings}};
    return document.dump(2, ' ', false, ordered_json::error_handler_t::replace) + "\n";
}

Result<std::vector<BoundDevice>> read_bound_devices(const BuildFolders& folders) {
    std::vector<BoundDevice> devices;
    std::error_code ignored;
    if (!std::filesystem::exists(folders.derived_devices(), ignored)) return devices;
    TRY_ASSIGN(const auto text, host::read_file(folders.derived_devices()));
    try {
        const auto document = ordered_json::parse(text);
        for (const auto& node : document.at("nodes")) {
            if (auto driver = binding_driver(node))
                devices.push_back({node.at("path").get<std::string>(), *std::move(driver)});
        }
    } catch (const nlohmann::json::exception& error) {
        return fail({.message = "the build's list of devices cannot be read",
                     .where = Location{.file = folders.derived_devices()},
                     .causes = {error.what()}});
    }
    return devices;
}

}  // namespace rpikit::pipeline
