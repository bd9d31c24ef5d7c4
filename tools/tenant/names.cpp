// SPDX-License-Identifier: Apache-2.0
#include "tools/tenant/names.h"

namespace trueup::tenant {

namespace {

constexpr Name kGivenNames[] = {
    {"James", "james"},       {"Mary", "mary"},       {"Robert", "robert"},
    {"Patricia", "patricia"}, {"John", "john"},       {"Jennifer", "jennifer"},
    {"Michael", "michael"},   {"Linda", "linda"},     {"David", "david"},
    {"Anna", "anna"},         {"Thomas", "thomas"},   {"Sarah", "sarah"},
    {"Daniel", "daniel"},     {"Lisa", "lisa"},       {"Matthew", "matthew"},
    {"Nancy", "nancy"},       {"Anthony", "anthony"}, {"Sandra", "sandra"},
    {"Mark", "mark"},         {"Ashley", "ashley"},   {"Paul", "paul"},
    {"Emily", "emily"},       {"Steven", "steven"},   {"Donna", "donna"},
    {"Andrew", "andrew"},     {"Carol", "carol"},     {"Kevin", "kevin"},
    {"Amanda", "amanda"},     {"Brian", "brian"},     {"Melissa", "melissa"},
    {"George", "george"},     {"Laura", "laura"},     {"Priya", "priya"},
    {"Arjun", "arjun"},       {"Wei", "wei"},         {"Mei", "mei"},
    {"Fatima", "fatima"},     {"Omar", "omar"},       {"Ingrid", "ingrid"},
    {"Lars", "lars"},
};

constexpr Name kSurnames[] = {
    {"Smith", "smith"},         {"Johnson", "johnson"},
    {"Williams", "williams"},   {"Brown", "brown"},
    {"Jones", "jones"},         {"Garcia", "garcia"},
    {"Miller", "miller"},       {"Davis", "davis"},
    {"Rodriguez", "rodriguez"}, {"Martinez", "martinez"},
    {"Lopez", "lopez"},         {"Wilson", "wilson"},
    {"Anderson", "anderson"},   {"Taylor", "taylor"},
    {"Moore", "moore"},         {"Jackson", "jackson"},
    {"Martin", "martin"},       {"Lee", "lee"},
    {"Thompson", "thompson"},   {"White", "white"},
    {"Harris", "harris"},       {"Clark", "clark"},
    {"Lewis", "lewis"},         {"Walker", "walker"},
    {"Hall", "hall"},           {"Young", "young"},
    {"King", "king"},           {"Wright", "wright"},
    {"O'Brien", "obrien"},      {"Schmidt", "schmidt"},
    {"Fischer", "fischer"},     {"Weber", "weber"},
    {"Rossi", "rossi"},         {"Russo", "russo"},
    {"Silva", "silva"},         {"Kumar", "kumar"},
    {"Patel", "patel"},         {"Nguyen", "nguyen"},
    {"Tanaka", "tanaka"},       {"van der Berg", "vanderberg"},
};

constexpr Name kForeignGivenNames[] = {
    {"Jürgen", "juergen"}, {"Björn", "bjoern"},  {"François", "francois"}, {"Zoë", "zoe"},
    {"José", "jose"},      {"Łukasz", "lukasz"}, {"Şebnem", "sebnem"},     {"André", "andre"},
    {"Søren", "soeren"},   {"Hélène", "helene"}, {"Иван", "ivan"},         {"明子", "akiko"},
};

constexpr Name kForeignSurnames[] = {
    {"Müller", "mueller"},       {"Groß", "gross"},
    {"Nuñez", "nunez"},          {"Dvořák", "dvorak"},
    {"Lindström", "lindstroem"}, {"Gauß", "gauss"},
    {"Çelik", "celik"},          {"Kowalczyński", "kowalczynski"},
    {"Петров", "petrov"},        {"佐藤", "sato"},
    {"Ångström", "angstroem"},   {"D’Angelo", "dangelo"},
};

constexpr Name kPlaces[] = {
    {"Berlin", "berlin"}, {"London", "london"}, {"Paris", "paris"},   {"Madrid", "madrid"},
    {"Milan", "milan"},   {"Oslo", "oslo"},     {"Dublin", "dublin"}, {"Boston", "boston"},
    {"Austin", "austin"}, {"Tokyo", "tokyo"},   {"Sydney", "sydney"}, {"Chicago", "chicago"},
};

constexpr std::string_view kForeignPlaces[] = {
    "Köln",   "Zürich", "São Paulo", "Malmö",        "Kraków",
    "Genève", "東京",   "Αθήνα",     "Málaga – Süd", "Tromsø 🏔",
};

constexpr std::string_view kTitles[] = {
    "Engineer",  "Manager",    "Analyst",   "Consultant", "Team Lead", "Director",
    "Assistant", "Technician", "Architect", "Accountant", "Buyer",     "Nurse",
};

constexpr std::string_view kDepartments[] = {
    "Sales",     "Finance",   "IT",      "HR",  "Legal",      "Research",
    "Logistics", "Marketing", "Service", "R&D", "Production", "QA",
};

constexpr std::string_view kCompanies[] = {"Contoso", "Fabrikam", "Adatum", "Contoso GmbH"};

constexpr OrganizationalUnit kOrganizationalUnits[] = {
    {"OU=Staff", "Staff", 400},
    {"OU=München,OU=Staff", "München", 30},
    {"OU=Sales\\, EMEA,OU=Staff", "Sales, EMEA", 120},
    {"OU=São Paulo,OU=Staff", "São Paulo", 20},
    {"OU=R\\+D,OU=Staff", "R+D", 100},
    {"OU=New York,OU=Staff", "New York", 200},
    {"OU=日本,OU=Staff", "日本", 10},
    {"OU=Contractors", "Contractors", 120},
    {"OU=Resources", "Resources", 0},
    {"OU=Groups", "Groups", 0},
    {"OU=Contacts", "Contacts", 0},
    {"OU=Workstations", "Workstations", 0},
};

}  // namespace

std::span<const Name> given_names() noexcept { return kGivenNames; }
std::span<const Name> surnames() noexcept { return kSurnames; }
std::span<const Name> foreign_given_names() noexcept { return kForeignGivenNames; }
std::span<const Name> foreign_surnames() noexcept { return kForeignSurnames; }
std::span<const Name> places() noexcept { return kPlaces; }
std::span<const std::string_view> foreign_places() noexcept { return kForeignPlaces; }
std::span<const std::string_view> titles() noexcept { return kTitles; }
std::span<const std::string_view> departments() noexcept { return kDepartments; }
std::span<const std::string_view> companies() noexcept { return kCompanies; }
std::span<const OrganizationalUnit> organizational_units() noexcept { return kOrganizationalUnits; }

}  // namespace trueup::tenant
