#include "models/training/prepare_tabular.h"

#include "compute/base/error.h"
#include "models/checkpoint/checkpoint.h"
#include "models/data/tables/coding.h"
#include "models/library/identify.h"
#include "models/training/methods/tabular.h"

namespace imago {
namespace {

namespace fs = std::filesystem;

/// Before the table was looked at: a number and a word.
TableCoding any_coding() {
  TableColumn number{.name = "number"}, word{.name = "word", .kind = ColumnKind::category};
  number.modes = {{1, 0, 1}};
  word.values = {"a", "b"};
  word.counts = {1, 1};
  return {',', {number, word}};
}

TableCoding coding_of(const DataOptions& data) {
  return data.table.empty() ? any_coding() : coding_from_json(data.table, "options.json");
}

/// The generator that --init names and the discriminator beside it: of the same table.
void begin_from(const TrainingRequest& request, const TabularOptions& options,
                PreparedTraining& prepared) {
  const fs::path& path = request.init_model;
  const Generator found = load_generator(path);
  if (found.info.architecture != "ctgan")
    throw Error(path.string() + ": is " + found.info.architecture + ", not ctgan");
  const TabularConfig config = guess_tabular(found.weights);
  if (config.layout != options.config.layout || config.latent != options.config.latent ||
      config.features != options.config.features)
    throw Error(path.string() +
                ": is of another table, or of another --ngf or --latent; rows are learnt on with "
                "the columns that they were learnt with");
  prepared.start[kG] = found.weights;
  if (const auto judge = network_beside(path, "G", "D"))
    prepared.start[kD] = unwrap(read_checkpoint(*judge));
}

}  // namespace

void set_tabular_defaults(TrainingRequest& request) {
  request.data.kind = DataKind::table;
  request.data.flip = false;
  request.data.batch_size = 500;
  request.data.latent = 128;
  request.generator = request.discriminator = "ctgan";
  request.generator_features = request.discriminator_features = 256;
  request.norm = Norm::none;
  request.dropout = true;
  request.init = {InitType::uniform, 1};
  request.gan_mode = GanMode::wgangp;
  request.adam = {.beta1 = 0.5f, .beta2 = 0.9f, .weight_decay = 1e-6f};
  request.schedule.learning_rate = 2e-4f;
  request.schedule.epochs = 300;
  request.schedule.epochs_decay = 0;
  request.save_epochs = 100;
  request.validate_epochs = 25;
}

BatchShapes table_batch_shapes(const DataOptions& data) {
  const TableCoding coding = coding_of(data);
  const int conditions = coding.conditions();
  return {{data.batch_size, data.latent + conditions, 1, 1},
          {data.batch_size, coding.width() + conditions, 1, 1}};
}

PreparedTraining prepare_tabular(const TrainingRequest& request, const Shape& a, const Shape& b) {
  const TableCoding coding = coding_of(request.data);
  PreparedTraining prepared;
  TabularOptions options;
  options.config = {.latent = request.data.latent,
                    .features = request.generator_features,
                    .layout = table_layout_from(coding.layout())};
  options.generator = tabular_generator(options.config);
  options.generator.weights.metadata["imago_table"] = to_json(coding);
  options.discriminator = {.channels = static_cast<int>(b.c),
                           .packed = request.packed_rows,
                           .features = request.discriminator_features};
  options.dropout = request.dropout;
  options.critic_steps = request.critic_steps;
  options.training = common_options(request);
  if (!request.init_model.empty()) begin_from(request, options, prepared);
  prepared.method = tabular(options, a, b);
  return prepared;
}

}  // namespace imago
