// Which file becomes which.
#include <algorithm>
#include <map>
#include <set>

#include "models/image/folder_walk.h"
#include "models/translate/batch.h"
#include "models/video/film.h"
#include "models/video/film_formats.h"

namespace imago {
namespace fs = std::filesystem;
namespace {

using Status = BatchResult::Status;

/// A picture found, and where it goes below the output folder.
struct Found {
  fs::path file, relative;
};

std::string lower(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return text;
}

/// The format that pictures or films are written in for this extension; empty if none.
std::string format_of(const fs::path& path) {
  static const std::map<std::string, std::string> kFormats = {
      {".png", "png"}, {".jpg", "jpg"},  {".jpeg", "jpg"}, {".webp", "webp"},
      {".tif", "tif"}, {".tiff", "tif"}, {".bmp", "bmp"},  {".ppm", "ppm"}};
  const auto found = kFormats.find(lower(path.extension().string()));
  return found == kFormats.end() ? film_format_of(path) : found->second;
}

BatchResult settled(const BatchJob& job, Status status, const std::string& reason) {
  BatchResult result;
  result.job = job;
  result.status = status;
  result.reason = reason;
  return result;
}

/// The extension of what keeps its own format: a gif that does not move is a picture.
std::string own_extension(const Found& found, bool stills) {
  const fs::path& name = found.relative;
  const bool moves = film_format_of(name) == "gif" && !stills && is_moving(found.file);
  if (moves || has_film_extension(found.file))
    return format_of(name).empty() ? ".mkv" : name.extension().string();
  return format_of(name).empty() || !film_format_of(name).empty() ? ".png"
                                                                  : name.extension().string();
}

/// A picture's name in the output folder, with its own extension replaced or kept before the new.
fs::path output_name(const Found& found, const BatchRequest& request, bool whole_name) {
  const std::string& format = request.format;
  fs::path name = found.relative;
  const bool stills = request.stills || !request.films;
  const std::string extension = format.empty() ? own_extension(found, stills) : "." + format;
  if (!whole_name) name.replace_extension();
  return name += request.suffix + extension;
}

/// Names for all; those that several pictures would share keep the whole name of the input. That
/// may meet a name already taken (a.jpg.png), so repeat until nothing changes.
std::vector<fs::path> output_names(const std::vector<Found>& found, const BatchRequest& request) {
  std::vector<bool> whole(found.size(), false);
  std::vector<fs::path> names(found.size());
  for (bool changed = true; changed;) {
    std::map<fs::path, int> uses;
    for (size_t i = 0; i < found.size(); ++i)
      ++uses[names[i] = output_name(found[i], request, whole[i])];
    changed = false;
    for (size_t i = 0; i < found.size(); ++i)
      if (uses[names[i]] > 1 && !whole[i]) changed = whole[i] = true;
  }
  return names;
}

void require_existing(const fs::path& input) {
  std::error_code error;
  const fs::file_status status = fs::status(input, error);
  if (status.type() == fs::file_type::not_found)
    throw Error(input.string() + ": no such file or folder");
  if (!fs::status_known(status)) throw Error(input.string() + ": " + error.message());
  if (!fs::is_directory(status) && !fs::is_regular_file(status))
    throw Error(input.string() + ": is neither a file nor a folder");
}

std::vector<BatchJob> jobs_to_folder(const BatchRequest& request, BatchPlan& plan) {
  std::error_code ignored;
  const bool names_file = fs::exists(request.output, ignored) || !format_of(request.output).empty();
  if (names_file && !is_folder(request.output))
    throw Error(request.output.string() +
                ": names a file; several pictures need a folder as their output");
  std::vector<Found> found;
  FolderWalk walk;
  walk.leave_out(request.output);
  for (const fs::path& input : request.inputs) {
    if (!is_folder(input)) {
      found.push_back({input, input.filename()});
      continue;
    }
    if (resolved(input) == resolved(request.output))
      throw Error(input.string() + ": is the input and the output; name another output folder");
    const fs::path top = request.inputs.size() > 1 ? resolved(input).filename() : fs::path();
    walk.walk(input, [&](const fs::path& file, const fs::path& relative) {
      if (has_image_extension(file) || (request.films && has_film_extension(file)))
        found.push_back({file, top / relative});
      else
        plan.left_out.push_back(file);
      return true;
    });
  }
  for (const FolderWalk::Unreadable& unreadable : walk.unreadable())
    plan.settled.push_back(settled({unreadable.folder, {}, {}}, Status::failed, unreadable.reason));
  if (found.empty() && plan.settled.empty())
    throw Error(request.inputs.front().string() +
                ": no pictures in this folder (png, jpg, webp, tif, gif, bmp, ppm, avif, heic, "
                "jxl), and no "
                "films");
  const std::vector<fs::path> names = output_names(found, request);
  std::vector<BatchJob> jobs;
  for (size_t i = 0; i < names.size(); ++i)
    jobs.push_back({found[i].file, request.output / names[i],
                    request.format.empty() ? format_of(names[i]) : request.format});
  return jobs;
}

BatchJob job_to_file(const BatchRequest& request) {
  const fs::path& output = request.output;
  const std::string own = format_of(output), format = request.format.empty() ? own : request.format;
  if (format.empty())
    throw Error(output.string() +
                ": unknown format; end the name in .png, .jpg, .webp or .tif, a film's in .mp4, "
                ".mov, .mkv, "
                ".webm, .gif or .apng, or in / for a folder");
  if (!own.empty() && own != format)
    throw Error(output.string() + ": the name does not end in the chosen format, " + format);
  if (output.has_parent_path() && !is_folder(output.parent_path()))
    throw Error(output.string() + ": there is no folder " + output.parent_path().string());
  return {request.inputs.front(), output, format};
}

}  // namespace

BatchPlan plan_batch(const BatchRequest& request) {
  if (request.inputs.empty()) throw Error("no pictures were given");
  for (const fs::path& input : request.inputs) require_existing(input);
  const bool to_folder = request.inputs.size() != 1 || is_folder(request.inputs.front()) ||
                         is_folder(request.output) || !request.output.has_filename();
  BatchPlan plan;
  const std::vector<BatchJob> jobs =
      to_folder ? jobs_to_folder(request, plan) : std::vector<BatchJob>{job_to_file(request)};

  std::set<fs::path> originals;
  for (const BatchJob& job : jobs) originals.insert(resolved(job.input));
  std::map<fs::path, fs::path> taken;  // output -> its input
  for (const BatchJob& job : jobs) {
    const auto settle = [&](Status status, const std::string& reason) {
      plan.settled.push_back(settled(job, status, reason));
    };
    const auto [other, is_first] = taken.emplace(resolved(job.output), job.input);
    std::error_code ignored;
    if (has_film_extension(job.input) && !is_film_format(job.format))
      settle(Status::failed, std::string("is a film; its output must be ") + kWrittenFilms);
    else if (originals.contains(resolved(job.output)))
      settle(Status::failed, "the output " + job.output.string() +
                                 " would overwrite a picture of the input; name another");
    else if (!is_first)
      settle(Status::failed,
             "the output " + job.output.string() + " is already that of " + other->second.string());
    else if (request.skip_existing && fs::exists(job.output, ignored))
      settle(Status::skipped, "");
    else
      plan.jobs.push_back(job);
  }
  return plan;
}

}  // namespace imago
