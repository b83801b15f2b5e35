#include "flasher/card/read_card.hpp"

namespace rpikit::card {

Result<ReadSummary> read_card(device::BlockDevice& card, const std::filesystem::path&, const ReadOptions&,
                              std::stop_token) {
    return fail({.message = card.name() + " cannot be read yet"});
}

}  // namespace rpikit::card
