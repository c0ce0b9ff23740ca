#include "gui/library/model_sheet.h"

#include <QDir>
#include <QFileInfo>
#include <QLabel>
#include <QLocale>
#include <QUrl>
#include <QVBoxLayout>

#include "gui/session/words.h"
#include "gui/widgets/icons.h"

namespace imago::gui {

namespace {

QString link(const QUrl& url, const QString& text) {
  return QString("<a href=\"%1\">%2</a>")
      .arg(QString::fromLatin1(url.toEncoded()).toHtmlEscaped(), text.toHtmlEscaped());
}

/// A link where the address is one of the web; else only the text. A card may say anything.
QString linkOrText(const QString& address, const QString& text) {
  const QUrl url(address, QUrl::StrictMode);
  const bool web = url.scheme() == "https" || url.scheme() == "http";
  return web ? link(url, text.isEmpty() ? address : text) : text.toHtmlEscaped();
}

/// Rows of a table that is read as rich text; rows without a value are left out.
class Facts {
 public:
  void add(const QString& name, const QString& value) {
    if (!value.isEmpty()) addHtml(name, value.toHtmlEscaped());
  }
  void addHtml(const QString& name, const QString& value) {
    if (value.isEmpty()) return;
    rows_ += QString("<tr><td style=\"padding-right:16px\">%1</td><td>%2</td></tr>")
                 .arg(name.toHtmlEscaped(), value);
  }
  QString html() const { return "<table cellspacing=\"2\">" + rows_ + "</table>"; }

 private:
  QString rows_;
};

QString factsOf(const ModelCard& card, const QString& speed) {
  const auto tr = [](const char* text) { return ModelSheet::tr(text); };
  const QLocale locale;
  const QFileInfo file(card.path);
  Facts facts;
  facts.add(tr("File"), file.fileName());
  facts.addHtml(tr("Folder"), link(QUrl::fromLocalFile(file.absolutePath()),
                                   QDir::toNativeSeparators(file.absolutePath())));
  facts.add(tr("Size"), bytesText(file.size()));
  if (card.broken()) return facts.html();
  if (card.usable())
    facts.add(tr("Scale"),
              card.scale == 1 ? tr("as large as the photo") : tr("%1 × as large").arg(card.scale));
  if (card.side > 0)
    facts.add(tr("Learned at"), tr("%1 pixels; larger photos are reduced to that and the result is "
                                   "enlarged")
                                    .arg(card.side));
  facts.add(tr("Network"), card.paper.isEmpty() ? card.architecture
                                                : tr("%1, %2").arg(card.architecture, card.paper));
  facts.add(tr("Parameters"), tr("%1, stored as %2")
                                  .arg(locale.toString(card.parameters),
                                       card.precision.isEmpty() ? tr("unknown") : card.precision));
  if (card.usable()) facts.add(tr("Speed here"), speed.isEmpty() ? tr("not measured yet") : speed);
  facts.add(tr("Licence"), card.licence.isEmpty() ? tr("not stated in the file") : card.licence);
  if (!card.card.isEmpty())
    facts.addHtml(tr("Card"),
                  link(QUrl::fromLocalFile(card.card), QFileInfo(card.card).fileName()));
  if (card.origin.isEmpty() && !card.command.isEmpty())
    facts.add(tr("Origin"), tr("trained with Imago: %1").arg(card.command));
  else
    facts.addHtml(tr("Origin"), linkOrText(card.origin, card.origin));
  facts.addHtml(tr("Learned from"), linkOrText(card.picturesFrom, card.pictures));
  return facts.html();
}

}  // namespace

ModelSheet::ModelSheet(QWidget* parent)
    : QWidget(parent),
      title_(new QLabel(this)),
      about_(new QLabel(this)),
      sample_(new QLabel(this)),
      facts_(new QLabel(this)) {
  title_->setObjectName("modelTitle");
  about_->setObjectName("modelText");
  sample_->setObjectName("modelSample");
  facts_->setObjectName("modelFacts");
  QFont large = title_->font();
  large.setPointSizeF(large.pointSizeF() * 1.4);
  large.setWeight(QFont::DemiBold);
  title_->setFont(large);
  sample_->setAccessibleName(tr("A sample, a pixel for each of its pixels"));
  sample_->setAlignment(Qt::AlignLeft | Qt::AlignTop);
  for (QLabel* label : {title_, about_}) {
    label->setWordWrap(true);
    label->setTextFormat(Qt::PlainText);
    label->setTextInteractionFlags(Qt::TextSelectableByMouse);
  }
  facts_->setTextFormat(Qt::RichText);
  facts_->setWordWrap(true);
  facts_->setTextInteractionFlags(Qt::TextBrowserInteraction);
  facts_->setOpenExternalLinks(true);
  auto* column = new QVBoxLayout(this);
  column->setSpacing(10);
  column->addWidget(title_);
  column->addWidget(about_);
  column->addWidget(sample_);
  column->addWidget(facts_);
  column->addStretch(1);
}

void ModelSheet::show(const ModelCard& card, const QString& speed) {
  title_->setText(card.title.isEmpty() ? card.name : card.title);
  QStringList lines = {card.broken() ? QString() : card.description, card.error, card.limits};
  lines.removeAll({});
  about_->setText(lines.join('\n'));
  about_->setVisible(!lines.isEmpty());
  QPalette colours = palette();
  if (card.broken()) colours.setColor(QPalette::WindowText, errorColor(palette()));
  about_->setPalette(colours);
  sample_->setPixmap(QPixmap::fromImage(card.sample));
  sample_->setVisible(!card.sample.isNull());
  facts_->setText(factsOf(card, speed));
}

void ModelSheet::clear() {
  for (QLabel* label : {title_, about_, sample_, facts_}) label->clear();
  title_->setText(tr("Choose a model, or drop a model's file here"));
}

}  // namespace imago::gui
