// All words of the site in both languages, and how numbers and days are written.
// The names of specializations, positions and client groups come from the base.

export const pages = {
  "index": {ru: "Компания", en: "Company"},
  "office": {ru: "Офис", en: "Office"},
  "manager": {ru: "Менеджер", en: "Manager"},
  "blacklist": {ru: "Чёрный список", en: "Black list"},
  "releases": {ru: "Календарь отвязок", en: "Release calendar"},
  "trend": {ru: "Динамика", en: "Trend"}
};

export const measures = {
  base_size: {ru: "Размер базы", en: "Base size", of: {ru: "клиентов", en: "accounts"}},
  paying_share: {ru: "Доля платящих", en: "Paying share", of: {ru: "доля клиентов с ТО выше порога", en: "share of accounts paying above the threshold"}},
  off_profile: {ru: "Непрофильные", en: "Off-profile", of: {ru: "непрофильных клиентов", en: "off-profile accounts"}},
  client_group: {ru: "Запретная ЦКГ", en: "Forbidden group", of: {ru: "клиентов запретных групп", en: "accounts of forbidden groups"}},
  group_quota: {ru: "Квота группы", en: "Group quota", of: {ru: "клиентов сверх квоты", en: "accounts above the quota"}},
  territory: {ru: "Чужой город", en: "Other city", of: {ru: "клиентов вне города без обоснования", en: "accounts outside the city, not justified"}},
  newcomer_territory: {ru: "Территория новичка", en: "Newcomer's territory", of: {ru: "клиентов с выделенных территорий", en: "accounts in territories"}},
  meetings: {ru: "Встречи", en: "Meetings", of: {ru: "встреч вне офиса", en: "meetings outside the office"}},
  cold_calls: {ru: "Холодные звонки", en: "Cold calls", of: {ru: "звонков", en: "calls"}},
  respecialization: {ru: "Смена специализации", en: "Re-binding", of: {ru: "клиентов не новой специализации", en: "accounts that do not fit the new one"}},
  handover: {ru: "Передача базы", en: "Hand-over", of: {ru: "клиентов к передаче", en: "accounts to hand over"}},
  head_meetings: {ru: "Встречи руководителя", en: "Head's meetings", of: {ru: "встреч вне офиса", en: "meetings outside the office"}},
  lead_own_meetings: {ru: "Свои встречи старшего", en: "Lead's own meetings", of: {ru: "встреч со своими клиентами", en: "meetings with own accounts"}},
  lead_group_meetings: {ru: "Встречи с группой", en: "Lead's group meetings", of: {ru: "встреч с клиентами группы", en: "meetings with the group's accounts"}}
};

export const verdicts = {
  met: {ru: "выполнен", en: "met"},
  pending: {ru: "ещё не решено", en: "pending"},
  missed: {ru: "не выполнен", en: "missed"},
  exempt: {ru: "не нормируется", en: "exempt"}
};

const statuses = {
  intern: {ru: "стажёр", en: "intern"},
  novice: {ru: "новичок", en: "novice"},
  experienced: {ru: "опытный", en: "experienced"},
  veteran: {ru: "ветеран", en: "veteran"}
};

export const lang = globalThis.document?.documentElement.lang === "en" ? "en" : "ru";

/** The one of two texts that the reader asked for. */
export const say = (ru, en) => lang === "en" ? en : ru;

const look = (table) => (code) => table[code]?.[lang] ?? code;
export const measureName = look(measures);
export const verdictName = look(verdicts);
export const statusName = look(statuses);
export const measureOf = (code) => measures[code]?.of[lang] ?? code;

/** Surname and initials. */
export const shortName = (name) => name.replace(/^(\S+)\s+(\S)\S*(?:\s+(\S)\S*)?.*$/, (_, surname, first, second) => `${surname}\u00a0${first}.${second ? `\u00a0${second}.` : ""}`);

const locale = say("ru-RU", "en-GB");
const formatInteger = new Intl.NumberFormat(locale, {maximumFractionDigits: 0});
const formatDecimal = new Intl.NumberFormat(locale, {maximumFractionDigits: 1});
const formatPercent = new Intl.NumberFormat(locale, {style: "percent", maximumFractionDigits: 0});
const formatExactPercent = new Intl.NumberFormat(locale, {style: "percent", maximumFractionDigits: 1});
const formatDay = new Intl.DateTimeFormat(locale, {day: "2-digit", month: "2-digit", year: "numeric", timeZone: "UTC"});
const formatMonth = new Intl.DateTimeFormat(locale, {month: "long", year: "numeric", timeZone: "UTC"});
const formatShortMonth = new Intl.DateTimeFormat(locale, {month: "short", year: "numeric", timeZone: "UTC"});

const unlessNull = (format) => (value) => value === null || value === undefined ? "–" : format(value);
export const integer = unlessNull((n) => formatInteger.format(n));
export const percent = unlessNull((n) => formatPercent.format(n));
export const exactPercent = unlessNull((n) => formatExactPercent.format(n));
export const day = unlessNull((d) => formatDay.format(new Date(d)));
export const month = unlessNull((d) => formatMonth.format(new Date(d)).replace(/ г\.$/, ""));
export const shortMonth = unlessNull((d) => formatShortMonth.format(new Date(d)).replace(/ г\.$/, ""));
export const money = unlessNull((n) =>
  Math.abs(n) >= 1e6 ? `${formatDecimal.format(n / 1e6)} ${say("млн ₽", "m ₽")}`
    : Math.abs(n) >= 1e4 ? `${formatInteger.format(n / 1e3)} ${say("тыс. ₽", "k ₽")}`
      : `${formatInteger.format(n)} ₽`);

/** A figure of a measure: a share as percent, all else as a number. */
export const figure = (measure, value) => measure === "paying_share" ? percent(value) : integer(value === null ? null : Math.ceil(value));
