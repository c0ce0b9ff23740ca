#include "gui/session/words.h"

#include <QCoreApplication>
#include <QLocale>
#include <cmath>

namespace imago::gui {

namespace {
QString word(const char* source) { return QCoreApplication::translate("Words", source); }
}  // namespace

QString timeLeft(double seconds) {
  return seconds < 0 ? QString() : word("%1 left").arg(aboutSoLong(seconds));
}

QString aboutSoLong(double seconds) {
  const qint64 whole = std::llround(std::ceil(seconds));
  if (whole < 90) return word("about %1 s").arg(whole);
  const qint64 minutes = (whole + 30) / 60;
  if (minutes < 90) return word("about %1 min").arg(minutes);
  const qint64 hours = (minutes + 30) / 60;
  if (hours < 72) return word("about %1 h").arg(hours);
  return word("about %1 days").arg((hours + 12) / 24);
}

QString duration(double milliseconds) {
  const QLocale locale;
  if (milliseconds < 1000) return word("%1 ms").arg(locale.toString(std::llround(milliseconds)));
  return word("%1 s").arg(locale.toString(milliseconds / 1000, 'f', 1));
}

QString playingTime(double seconds) {
  const qint64 whole = std::llround(seconds), hours = whole / 3600, minutes = whole / 60 % 60;
  const QString end = QString(":%1").arg(whole % 60, 2, 10, QChar('0'));
  if (hours == 0) return QString::number(minutes) + end;
  return QString("%1:%2").arg(hours).arg(minutes, 2, 10, QChar('0')) + end;
}

QString bytesText(qint64 bytes) {
  return QLocale().formattedDataSize(bytes, bytes < 1'000'000'000 ? 0 : 1,
                                     QLocale::DataSizeSIFormat);
}

}  // namespace imago::gui
