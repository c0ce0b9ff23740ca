// A classifier, by which generated pictures are measured: trained as Krizhevsky et al. 2012 train
// theirs, on labels.
#pragma once

#include "models/networks/classifier.h"
#include "models/training/methods/method.h"

namespace imago {

struct ClassifierOptions {
  ClassifierConfig network;
  ClassifierFacts facts;
  bool dropout = true;
  TrainingOptions training;
};

/// Loss cross_entropy, health number accuracy_C: the share of the batch that is recognised. `a` is
/// the shape of a batch of samples {N, latent + classes, 1, 1} (data/dataset.h), of which only the
/// labels count, `b` that of its pictures. One phase. Throws Error where they are not the
/// network's.
Method classifier(const ClassifierOptions& options, const Shape& a, const Shape& b);

}  // namespace imago
