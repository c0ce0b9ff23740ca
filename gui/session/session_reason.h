// What the session's halves share: paths, and exceptions in words for a person.
#pragma once

#include <QString>
#include <exception>
#include <filesystem>

namespace imago::gui {

std::filesystem::path to_path(const QString& path);
QString from_path(const std::filesystem::path& path);

/// `text` with options of the command line under the names that they have on the Train page:
/// “Batch” for --batch-size. Those that the app does not have stay.
QString in_app_words(const QString& text);

/// The message without the path it may begin with: it is shown beside the file it speaks of.
QString reason_for(const std::exception& error, const QString& path = {});

/// Whether nothing on the device can be trusted after it.
bool is_of_device(const std::exception& error);

}  // namespace imago::gui
