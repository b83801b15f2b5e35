#include "flasher/card/flash.hpp"

namespace rpikit::card {

Result<std::vector<CardResult>> flash(ImageSource& image, std::span<device::BlockDevice* const>,
                                      const FlashOptions&, std::stop_token) {
    return fail({.message = image.name() + " cannot be written yet"});
}

}  // namespace rpikit::card
