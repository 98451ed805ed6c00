//! Names of people who do not exist: 120 given names and 600 family names, some of them common
//! and most of them rare, as names are.

/// Numbers that look random and are the same each time (`SplitMix64`).
pub struct Chance(pub u64);

impl Chance {
    pub fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^= mixed >> 31;
        usize::try_from(mixed % limit as u64).unwrap_or(0)
    }

    /// More often a small number than a great one.
    pub fn early(&mut self, limit: usize) -> usize {
        let within = 1 + self.below(limit);
        self.below(within)
    }
}

/// The commonest of the given names, for searches.
pub const COMMON: &str = "Maria";
/// One of the family names that many have, for searches.
pub const FAMILY: &str = "Berger";
/// Another common one and a common beginning of family names, for searches for two words.
pub const TWO_WORDS: &str = "jane berg";

const GIVEN: [&str; 120] = [
    "Maria",
    "Jane",
    "Anna",
    "Mohamed",
    "Wei",
    "Peter",
    "Sofía",
    "Ivan",
    "Emma",
    "Lars",
    "Fatima",
    "Noah",
    "Priya",
    "Hugo",
    "Elif",
    "Jonas",
    "Chen",
    "Camille",
    "Diego",
    "Ingrid",
    "Aisha",
    "Marek",
    "Yuki",
    "Tomás",
    "Olga",
    "Björn",
    "Nadia",
    "Kenji",
    "Lucía",
    "Tariq",
    "Zoë",
    "Viktor",
    "Mei",
    "Amara",
    "Søren",
    "Tereza",
    "Rania",
    "Anders",
    "Dalia",
    "Goran",
    "Hana",
    "Ines",
    "Farid",
    "Kaja",
    "Leila",
    "Ulrike",
    "Olu",
    "Rasmus",
    "Yara",
    "Fiona",
    "Adam",
    "Alba",
    "Aleksandra",
    "Amir",
    "Astrid",
    "Aurélie",
    "Bartosz",
    "Beatriz",
    "Benedikt",
    "Bilal",
    "Brigitte",
    "Carlos",
    "Cecilia",
    "Daan",
    "Dmitri",
    "Dorota",
    "Eamon",
    "Edith",
    "Eino",
    "Esra",
    "Filippo",
    "Freya",
    "Gabriel",
    "Giulia",
    "Grzegorz",
    "Halima",
    "Heidi",
    "Hiroshi",
    "Ida",
    "Ilse",
    "Imran",
    "Isak",
    "Jamila",
    "Jiří",
    "João",
    "Julia",
    "Kamala",
    "Katarzyna",
    "Khadija",
    "Klaus",
    "Lena",
    "Linnea",
    "Ludmila",
    "Luka",
    "Magnus",
    "Malik",
    "Margit",
    "Matteo",
    "Mikael",
    "Milena",
    "Mina",
    "Nikolai",
    "Nour",
    "Orla",
    "Oskar",
    "Paola",
    "Pavel",
    "Quentin",
    "Radka",
    "Ravi",
    "Rosa",
    "Samir",
    "Sigrid",
    "Stefan",
    "Svetlana",
    "Thandi",
    "Ursula",
    "Vera",
    "Wanda",
    "Zeynep",
];
const ROOTS: [&str; 30] = [
    "Berg", "Lind", "Sand", "Holm", "Stein", "Eich", "Wald", "Hag", "Nor", "Dahl", "Ek", "Grün", "Ros", "Fjeld",
    "Kirch", "Lang", "Mark", "Neu", "Ober", "Quist", "Rein", "Sol", "Thor", "Unter", "Vest", "Wein", "Ya", "Zeller",
    "Hoch", "Ask",
];
const ENDINGS: [&str; 20] = [
    "ström", "mann", "qvist", "er", "gren", "bach", "sen", "ova", "feld", "ley", "moto", "dal", "ić", "ski", "heim",
    "by", "stad", "ton", "dóttir", "aro",
];
/// A department each person is in, and its group.
pub const DEPARTMENTS: [&str; 12] = [
    "Operations",
    "Engineering",
    "Sales",
    "Support",
    "Finance",
    "Research",
    "Human Resources",
    "Purchasing",
    "Legal",
    "Facilities",
    "Communications",
    "Executive Office",
];
/// What people do.
pub const TITLES: [&str; 8] =
    ["Engineer", "Analyst", "Nurse", "Technician", "Consultant", "Accountant", "Project Manager", "Team Lead"];

/// A given and a family name.
pub fn name(chance: &mut Chance) -> (String, String) {
    let family = format!("{}{}", ROOTS[chance.early(ROOTS.len())], ENDINGS[chance.early(ENDINGS.len())]);
    (GIVEN[chance.early(GIVEN.len())].to_owned(), family)
}
