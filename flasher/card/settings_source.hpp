#pragma once

#include <memory>
#include <stop_token>
#include <string>

#include "flasher/card/image_source.hpp"

namespace rpikit::card {

/// The same image with settings in the file that waits for them (sdk/archive/settings_slot.hpp). The image's
/// own block map is checked against the bytes before they change, and then no longer holds.
/// \param slot what takes the empty slot's place, of its size
/// \returns a source whose end is an error when the image has no such place, or more than one
std::unique_ptr<ImageSource> with_settings(std::unique_ptr<ImageSource> image, std::string slot);

/// Reads an image to its end. \returns an error when it has no place for settings: told before a card is
/// touched, for an image that can be read twice
Result<> check_settings_place(ImageSource& image, const std::stop_token& stop);

}  // namespace rpikit::card
